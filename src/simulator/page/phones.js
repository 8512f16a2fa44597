// The phones' page: shows what the simulator tells, and hands in what is written.
"use strict";

const PLACES = [
  ["Deira, Dubai", 25.2711, 55.3075], ["Riyadh", 24.7136, 46.6753], ["Jeddah", 21.5433, 39.1728],
  ["Doha", 25.2854, 51.531], ["Kuwait", 29.3759, 47.9774], ["Beirut", 33.8938, 35.5018],
];
const CODES = { "254": "KE", "971": "AE", "966": "SA", "974": "QA", "965": "KW", "968": "OM", "973": "BH", "961": "LB", "962": "JO", "964": "IQ", "255": "TZ", "256": "UG", "44": "GB", "1": "US" };
const QUICK = [["KE", "+2547000000"], ["AE", "+9715000000"], ["SA", "+9665000000"], ["QA", "+9743000000"], ["LB", "+9617100000"]];
const STATES = { queued: "waiting", sent: "sent", delivered: "delivered", undelivered: "not delivered", failed: "failed", received: "" };

const $ = (selector, from = document) => from.querySelector(selector);
const phones = new Map(); // number -> { node, bubbles: Map(sid -> li), whatsapp }
const aside = new Set(JSON.parse(sessionStorage.getItem("aside") || "[]"));

const country = (number) => {
  for (const length of [4, 3, 2]) {
    const found = CODES[number.slice(1, length)];
    if (found) return found;
  }
  return "";
};

const spaced = (number) => {
  const code = Object.keys(CODES).find((c) => number.startsWith("+" + c)) || "";
  const rest = number.slice(1 + code.length);
  return `+${code} ${rest.replace(/(\d{3})(?=\d{3,})/g, "$1 ")}`.replace(/ +/g, " ");
};

async function ask(path, body) {
  const answer = await fetch(path, body === undefined ? {} : {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  });
  const json = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(json.detail || `The simulator answered ${answer.status}.`);
  return json;
}

function phone(number, ring) {
  let held = phones.get(number);
  if (held) return held;
  const node = $("#phone").content.firstElementChild.cloneNode(true);
  node.dataset.number = number;
  $("h2", node).textContent = spaced(number);
  $(".flag", node).textContent = country(number) || "·";
  held = { node, bubbles: new Map(), whatsapp: false };
  phones.set(number, held);

  const text = $("textarea", node);
  const form = $(".write", node);
  form.addEventListener("submit", (event) => { event.preventDefault(); write(number, { text: text.value }); });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); form.requestSubmit(); }
  });
  text.addEventListener("input", () => count(node, text.value, held.whatsapp));
  $(".sms", node).addEventListener("click", () => way(held, false));
  $(".whatsapp", node).addEventListener("click", () => way(held, true));
  $(".where", node).addEventListener("click", (event) => {
    const places = $(".places", node);
    places.hidden = !places.hidden;
    event.target.setAttribute("aria-expanded", String(!places.hidden));
  });
  for (const [name, lat, lon] of PLACES) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = name;
    button.addEventListener("click", () => share(number, lat, lon));
    $(".presets", node).append(button);
  }
  $(".send-place", node).addEventListener("click", () =>
    share(number, Number.parseFloat($(".lat", node).value), Number.parseFloat($(".lon", node).value)));
  $(".away", node).addEventListener("click", () => {
    aside.add(number);
    remember();
    node.remove();
    phones.delete(number);
    none();
  });
  if (ring) node.classList.add("new");
  $("#phones").append(node);
  none();
  return held;
}

function remember() { sessionStorage.setItem("aside", JSON.stringify([...aside])); }
function none() { $("#none").hidden = phones.size > 0; }

function way(held, whatsapp) {
  held.whatsapp = whatsapp;
  held.node.classList.toggle("wa", whatsapp);
  $(".sms", held.node).setAttribute("aria-pressed", String(!whatsapp));
  $(".whatsapp", held.node).setAttribute("aria-pressed", String(whatsapp));
  $("textarea", held.node).placeholder = whatsapp ? "WhatsApp message" : "Text message";
  count(held.node, $("textarea", held.node).value, whatsapp);
}

function share(number, lat, lon) {
  const held = phones.get(number);
  if (!Number.isFinite(lat) || !Number.isFinite(lon)) return say(held.node, "A position needs two numbers, in degrees.");
  way(held, true); // only WhatsApp shares a position
  $(".places", held.node).hidden = true;
  $(".where", held.node).setAttribute("aria-expanded", "false");
  write(number, { lat, lon });
}

const GSM = new Set("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà\f^{}\\[~]|€");
const DOUBLE = new Set("\f^{}\\[~]|€");

function count(node, text, whatsapp) {
  const characters = [...text];
  if (!text || whatsapp) return say(node, "");
  const small = characters.every((c) => GSM.has(c));
  const units = small ? characters.reduce((n, c) => n + (DOUBLE.has(c) ? 2 : 1), 0) : text.length;
  const [whole, split] = small ? [160, 153] : [70, 67];
  const parts = units <= whole ? 1 : Math.ceil(units / split);
  say(node, parts > 1 || units > whole - 40 ? `${units} of ${parts * (parts > 1 ? split : whole)}, ${parts} part${parts > 1 ? "s" : ""}` : "");
}

function say(node, words) { $(".count", node).textContent = words; }

async function write(number, what) {
  const held = phones.get(number);
  const text = $("textarea", held.node);
  if (what.text !== undefined && !what.text.trim()) return;
  if (what.text !== undefined) text.value = "";
  say(held.node, "");
  try {
    await ask(`/phones/${encodeURIComponent(number)}/text`, { ...what, whatsapp: held.whatsapp });
  } catch (error) {
    if (what.text !== undefined && !text.value) text.value = what.text;
    say(held.node, error.message);
  }
}

function note(message) {
  if (message.direction === "from_phone") {
    if (message.webhook_status === null) return "sending";
    if (message.webhook_status === 0) return "The service was not reached.";
    return message.webhook_status < 300 ? "taken in" : `The service answered ${message.webhook_status}.`;
  }
  const state = STATES[message.status] ?? message.status;
  const parts = message.parts > 1 ? `, ${message.parts} parts` : "";
  return `${state}${parts}${message.error_code ? ` (${message.error_code})` : ""}`;
}

function show(message, ring) {
  if (message.direction === "to_phone" && aside.delete(message.phone)) remember();
  if (aside.has(message.phone)) return;
  const held = phone(message.phone, ring);
  const talk = $(".talk", held.node);
  let bubble = held.bubbles.get(message.sid);
  if (!bubble) {
    bubble = document.createElement("li");
    const atEnd = talk.scrollHeight - talk.scrollTop - talk.clientHeight < 80;
    held.bubbles.set(message.sid, bubble);
    talk.append(bubble);
    if (held.bubbles.size > 200) {
      const [oldest] = held.bubbles.keys();
      held.bubbles.get(oldest).remove();
      held.bubbles.delete(oldest);
      older(held);
    }
    bubble.dataset.end = atEnd || message.direction === "from_phone" ? "1" : "";
  }
  const mine = message.direction === "from_phone";
  const failed = mine ? message.webhook_status !== null && (message.webhook_status === 0 || message.webhook_status >= 300)
    : message.status === "undelivered" || message.status === "failed";
  bubble.className = `${mine ? "mine" : "theirs"}${message.whatsapp ? " wa" : ""}${failed ? " bad" : ""}`;
  bubble.dir = "auto";
  bubble.replaceChildren();
  if (message.pin) {
    const pin = document.createElement("span");
    pin.className = "pin";
    pin.textContent = `◉ ${message.pin[0].toFixed(4)}, ${message.pin[1].toFixed(4)}`;
    bubble.append(pin, message.text ? "\n" : "");
  }
  bubble.append(message.text);
  const small = document.createElement("small");
  small.dir = "ltr";
  const time = new Date(message.at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  small.textContent = [time, message.whatsapp ? "WhatsApp" : "", note(message)].filter(Boolean).join(" · ");
  bubble.append(small);
  if (bubble.dataset.end) { talk.scrollTop = talk.scrollHeight; bubble.dataset.end = ""; }
  if (!message.whatsapp && mine) stopped(held, message.text);
}

function stopped(held, text) {
  const word = text.trim().toUpperCase();
  if (["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"].includes(word)) $(".stopped", held.node).hidden = false;
  if (["START", "YES", "UNSTOP"].includes(word)) $(".stopped", held.node).hidden = true;
}

function older(held) {
  const talk = $(".talk", held.node);
  if ($(".older", talk)) return;
  const line = document.createElement("li");
  line.className = "older";
  line.textContent = "Older messages are gone.";
  talk.prepend(line);
}

async function all() {
  const [known, kept] = await Promise.all([ask("/phones"), ask("/messages?since=0")]);
  $("#service").textContent = known.service;
  for (const held of phones.values()) held.node.remove();
  phones.clear();
  for (const { number, opted_out: optedOut } of known.phones.slice(-60)) {
    if (aside.has(number)) continue;
    $(".stopped", phone(number).node).hidden = !optedOut;
  }
  kept.messages.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.seq - b.seq));
  for (const message of kept.messages) if (phones.has(message.phone)) show(message);
  for (const { number, opted_out: optedOut } of known.phones) {
    if (phones.has(number)) $(".stopped", phones.get(number).node).hidden = !optedOut;
  }
  if (kept.forgotten > 0) for (const held of phones.values()) older(held);
  none();
}

function line(state, words) { const node = $("#line"); node.className = `line ${state}`; node.textContent = words; }

function listen() {
  const events = new EventSource("/events");
  const fresh = () => all().then(() => line("live", "live")).catch(() => line("lost", "not connected"));
  events.addEventListener("open", fresh);
  events.addEventListener("message", (event) => show(JSON.parse(event.data), true));
  events.addEventListener("again", fresh);
  events.addEventListener("error", () => line("lost", "not connected"));
}

async function add(number) {
  const plain = number.replace(/[\s()-]/g, "");
  try {
    aside.delete(plain);
    remember();
    const made = await ask("/phones", { number: plain });
    const held = phone(made.number);
    held.node.scrollIntoView({ block: "nearest" });
    $("textarea", held.node).focus();
    $("#number").value = "";
    $("#number").setCustomValidity("");
  } catch (error) {
    $("#number").setCustomValidity(error.message);
    $("#number").reportValidity();
  }
}

$("#number").addEventListener("input", (event) => event.target.setCustomValidity(""));
$("#add").addEventListener("submit", (event) => { event.preventDefault(); add($("#number").value); });
for (const [name, stem] of QUICK) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = `+ ${name}`;
  button.title = `Add a phone from ${name}`;
  button.addEventListener("click", () => {
    let n = 11;
    while (phones.has(stem + n)) n += 1;
    add(stem + n);
  });
  $("#quick").append(button);
}
listen();
