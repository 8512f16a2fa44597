// The people of the stories: an officer at her desk in a real browser, and a person with a phone.
// Everything they see is waited for until it can be seen; nothing here sleeps.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';
import { required } from './settings.mjs';

export const URL_OF_SERVICE = required('MSAADA_E2E_URL').replace(/\/$/, '');
/** Where the telephones are. */
const phones = () => required('MSAADA_E2E_GATEWAY').replace(/\/$/, '');
/** Seconds of the claim clock of a critical case, and some patience. */
export const CLAIM_S = Number(process.env.MSAADA_E2E_CLAIM_S ?? 60);

const account = (which) => [required(`MSAADA_E2E_EMAIL${which}`), required(`MSAADA_E2E_PASSWORD${which}`)];
/** Asked for when a story needs them. */
export const ACCOUNTS = {
  get officer() {
    return account('');
  },
  get colleague() {
    return account('_2');
  },
  get head() {
    return account('_3');
  },
  get centre() {
    return account('_4');
  },
};

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const ARGUMENTS =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking ' +
  '--disable-component-update --disable-sync --use-gl=angle --use-angle=swiftshader ' +
  '--enable-unsafe-swiftshader';

export const openBrowser = () =>
  chromium.launch({
    executablePath: process.env.MSAADA_E2E_CHROMIUM ?? '/usr/bin/chromium',
    args: ARGUMENTS.split(' '),
  });

/** A desk in a browser window of its own. */
export class Desk {
  constructor(page, account, url) {
    this.page = page;
    this.url = url;
    [this.email, this.password] = account;
    this.sockets = new Set();
    this.cut = false;
    /** Requests to any other place than the service, and messages of the content security policy. */
    this.strays = [];
  }

  static async open(browser, account, { lang = 'en', dark = false, width = 1366, height = 768, url = URL_OF_SERVICE, before } = {}) {
    const context = await browser.newContext({
      viewport: { width, height },
      colorScheme: dark ? 'dark' : 'light',
      reducedMotion: 'reduce',
    });
    await context.addInitScript((l) => localStorage.setItem('msaada.lang', l), lang);
    if (before) await context.addInitScript(before);
    const desk = new Desk(await context.newPage(), account, url);
    await desk.#watch();
    await desk.page.goto(`${url}/desk`);
    return desk;
  }

  async #watch() {
    const { page } = this;
    page.on('request', (request) => {
      const url = request.url();
      if (!/^(blob|data):/.test(url) && !url.startsWith(this.url)) this.strays.push(url);
    });
    page.on('console', (message) => {
      if (/content security policy/i.test(message.text())) this.strays.push(message.text());
    });
    page.on('pageerror', (error) => this.strays.push(error.message));
    // The line of this desk can be cut and mended, as a bad network does it.
    await page.routeWebSocket(/\/api\/v1\/feed/, (socket) => {
      if (this.cut) {
        void socket.close({ code: 4000 });
        return;
      }
      socket.connectToServer();
      this.sockets.add(socket);
    });
  }

  async signIn() {
    const { page } = this;
    await page.locator('input[type=email]').fill(this.email);
    await page.locator('input[type=password]').fill(this.password);
    await page.getByTestId('sign-in').click();
    await this.isLive();
    return this;
  }

  async isLive() {
    await this.page.locator('[data-testid=line].live').waitFor();
  }

  /** The line is lost and stays so. */
  async loseLine() {
    this.cut = true;
    for (const socket of this.sockets) await socket.close({ code: 4000 });
    this.sockets.clear();
  }

  mendLine() {
    this.cut = false;
  }

  row(reference) {
    return this.page.locator(`[data-reference="${reference}"]`);
  }

  /** Finds a case by its reference: the search looks through everything, whatever the filters. */
  async shows(reference, timeout = 10_000) {
    await this.page.locator('[data-key=search]').fill(reference);
    await this.row(reference).waitFor({ timeout });
  }

  /** Milliseconds from the service's acknowledgement of a report until its row can be seen. */
  async reportAppears(text) {
    return this.page.evaluate(async (words) => {
      const response = await fetch('/api/v1/reports', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ id: crypto.randomUUID(), text: words }),
      });
      const { reference } = await response.json();
      const acknowledged = performance.now();
      const search = document.querySelector('[data-key=search]');
      search.value = reference;
      search.dispatchEvent(new Event('input', { bubbles: true }));
      const there = () => document.querySelector(`[data-reference="${reference}"]`);
      await new Promise((resolve) => {
        const watch = new MutationObserver(() => there() && resolve(watch.disconnect()));
        watch.observe(document.body, { childList: true, subtree: true });
        if (there()) resolve(watch.disconnect());
      });
      return { reference, waited: Math.round(performance.now() - acknowledged) };
    }, text);
  }

  async opens(reference) {
    await this.shows(reference);
    await this.row(reference).click();
    await this.page.locator('#case-name', { hasText: reference }).waitFor();
  }

  async state(word) {
    await this.page.getByTestId('state').filter({ hasText: word }).waitFor();
  }

  act(name) {
    return this.page.locator(`[data-act=${name}]`);
  }

  async claims() {
    await this.act('claim').click();
    await this.act('start').waitFor();
  }

  /** Sends a template in the person's language and waits until it stands in the conversation. */
  async repliesBy(template) {
    const form = this.page.getByTestId('message-form');
    await form.locator(`[data-template=${template}]`).click();
    const words = await form.locator('textarea').inputValue();
    await form.locator('button[type=submit]').click();
    await this.page.locator('li.out', { hasText: words }).last().waitFor();
    return words;
  }

  async resolves(outcome, summary) {
    await this.act('resolve').click();
    const dialog = this.page.locator('dialog');
    await dialog.locator(`input[value=${outcome}]`).check();
    await dialog.locator('textarea').fill(summary);
    await this.submits(dialog);
  }

  /** Sends off what stands in a dialog, and waits until it is gone. */
  async submits(dialog) {
    await dialog.locator('button[type=submit]').click();
    await dialog.waitFor({ state: 'detached' });
  }

  /** The card of a case, as the service tells it. */
  async card(reference) {
    const { cases } = await this.get('/api/v1/cases?limit=1000');
    return cases.find((one) => one.reference === reference);
  }

  /** What the service answers to this desk's session. */
  async get(path) {
    const response = await this.page.request.get(`${this.url}${path}`);
    return response.json();
  }

  async post(path, body) {
    return this.page.request.post(`${this.url}${path}`, {
      data: body,
      headers: { 'x-msaada': '1' },
    });
  }

  async put(path, body) {
    return this.page.request.put(`${this.url}${path}`, {
      data: body,
      headers: { 'x-msaada': '1' },
    });
  }

  /** What axe finds against WCAG 2.2 AA and its own best practice. */
  async violations() {
    const session = await this.page.context().newCDPSession(this.page);
    await session.send('Runtime.evaluate', { expression: axeSource });
    const { violations } = await this.page.evaluate(() => globalThis.axe.run(document));
    await session.detach();
    return violations.map(
      ({ id, help, nodes }) => `${id}: ${help} at ${nodes.map((n) => n.target.join(' ')).join(', ')}`,
    );
  }

  async close() {
    await this.page.context().close();
  }
}

/** What somebody writes who is locked in. */
export const PLEA = 'nisaidie, niko Deira, madam amenifungia ndani na amechukua passport';

/** Languages, themes and widths in which what everybody uses is looked at. */
export const LOOKS = [
  { lang: 'en' },
  { lang: 'sw', dark: true },
  { lang: 'ar', dark: true },
  { lang: 'ar', width: 360, height: 740 },
];

export const called = (look) => `${look.lang}, ${look.dark ? 'night' : 'day'}, ${look.width ?? 1366} px`;

/** How stories with one desk or several are told: none of them may have strayed anywhere by its end. */
export const storyteller =
  (test, assert, browser) =>
  (name, accounts, run, { look = {}, timeout = 90_000, ...options } = {}) =>
    test(name, { timeout, ...options }, async (t) => {
      const desks = [];
      for (const account of accounts) {
        const desk = await Desk.open(browser(), ACCOUNTS[account], look);
        t.after(() => desk.close());
        await desk.signIn();
        // What was handed over before is not what this story is about.
        await desk.page.keyboard.press('Escape');
        desks.push(desk);
      }
      await run(...desks, t);
      for (const desk of desks) assert.deepEqual(desk.strays, [], 'no request to another host, nothing the policy refused');
    });

/** A report of a few words, as another program sends it. */
export const report = (text, contact, url) => send({ text, ...(contact ? { contact } : {}) }, url);

/** A report with whatever else belongs to it. */
export async function send(fields, url = URL_OF_SERVICE) {
  const response = await fetch(`${url}/api/v1/reports`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ id: crypto.randomUUID(), ...fields }),
  });
  if (response.status !== 201) throw new Error(`report: ${response.status} ${await response.text()}`);
  const { reference } = await response.json();
  return { reference };
}

/** Somebody with a telephone. */
export class Phone {
  constructor(number) {
    this.number = number;
  }

  /** A number nobody has used before in these stories. */
  static fresh() {
    return new Phone(`+2547${String(Math.floor(Math.random() * 1e8)).padStart(8, '0')}`);
  }

  async texts(text) {
    const response = await fetch(`${phones()}/phones/${encodeURIComponent(this.number)}/text`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ text }),
    });
    const answer = await response.json();
    return { reference: answer.webhook.reference };
  }

  /** Listens for a text: once it listens, `arrived` is kept when it comes, and `stop` hangs up. */
  async listensFor(words) {
    const stop = new AbortController();
    const response = await fetch(`${phones()}/events`, { signal: stop.signal });
    const arrived = (async () => {
      let rest = '';
      for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
        const frames = (rest + chunk).split('\n\n');
        rest = frames.pop() ?? '';
        for (const frame of frames) {
          const data = frame.match(/^data: (.*)$/m)?.[1];
          if (!data) continue;
          const message = JSON.parse(data);
          if (message.phone !== this.number || message.direction !== 'to_phone') continue;
          if (words(message.text)) {
            stop.abort();
            return message.text;
          }
        }
      }
      throw new Error('the telephones hung up');
    })();
    arrived.catch(() => undefined);
    return { arrived, stop: () => stop.abort() };
  }
}
