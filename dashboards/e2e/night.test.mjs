// A night on which everything is wanted at once: what is heard, who hears it, and more open cases than
// a desk is sent. It has a service of its own, which nobody else's stories fill.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { Desk, openBrowser, PLEA, report, send } from './people.mjs';
import { ownService } from './service.mjs';

const CRITICAL = 'ananipiga sasa hivi, anataka kuniua, niko Deira Dubai';
const URGENT = 'I am locked in a house in Deira Dubai';
const ROUTINE = 'How do I renew my passport in Dubai?';
/** More than a desk is sent. */
const MANY = 5_200;

let browser;
let service;
let host;
before(async () => {
  browser = await openBrowser();
  host = await mapHost();
  service = await ownService({ MSAADA_MAP_STYLE: `${host.url}/maps/style.json` });
});
after(async () => {
  await browser?.close();
  await service?.stop();
  host?.close();
});

/** Somebody who serves a style and its tiles, and remembers what was asked. */
async function mapHost() {
  const asked = [];
  const tile = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  );
  const style = {
    version: 8,
    sources: {
      land: { type: 'raster', tiles: ['tiles/{z}/{x}/{y}.png'], tileSize: 256, attribution: 'Map Makers' },
    },
    layers: [{ id: 'land', type: 'raster', source: 'land' }],
  };
  const server = createServer((request, response) => {
    asked.push(request.url);
    response.setHeader('access-control-allow-origin', '*');
    const wants = request.url.endsWith('.json');
    response.setHeader('content-type', wants ? 'application/json' : 'image/png');
    response.end(wants ? JSON.stringify(style) : tile);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${server.address().port}`, asked, close: () => server.close() };
}

/** Writes down every note that the page sounds, and every notification. */
function listens() {
  globalThis.heard = [];
  const { start } = OscillatorNode.prototype;
  OscillatorNode.prototype.start = function (...args) {
    globalThis.heard.push({ hz: Math.round(this.frequency.value), at: performance.now() });
    return start.apply(this, args);
  };
}

const notes = (desk, hz) =>
  desk.page.evaluate((hz) => globalThis.heard.filter((note) => note.hz === hz).length, hz);
const sounds = (desk, hz, more = 0) =>
  desk.page.waitForFunction(
    ([hz, more]) => globalThis.heard.filter((note) => note.hz === hz).length > more,
    [hz, more],
  );

async function opens(name, look = {}) {
  const desk = await Desk.open(browser, service.accounts[name], { url: service.url, ...look });
  await desk.signIn();
  return desk;
}

/** Nothing went anywhere but to the service and to the host of the map that was set. */
const strayed = (desk) => desk.strays.filter((url) => !url.startsWith(host.url));

const write = (text, contact) => report(text, contact, service.url);

describe('a night', { concurrency: false }, () => {
  test('a critical case that no desk shows goes up the ladder at once', { timeout: 90_000 }, async () => {
    const { reference } = await write(CRITICAL);
    const began = Date.now();
    // The response centre sees it, and does not answer for the consulate's desk.
    const centre = await opens('operator');
    await centre.shows(reference);
    await centre.page.locator(`[data-reference="${reference}"]:not([data-level="0"])`).waitFor({ timeout: 40_000 });
    assert.ok(Date.now() - began < 45_000, 'before its claim clock of 60 s');
    await centre.opens(reference);
    await centre.page.locator('[data-event=lapsed]').first().waitFor();
    await centre.claims();
    await centre.resolves('helped', 'The police are there.');
    assert.deepEqual(strayed(centre), []);
    await centre.close();
  });

  test('each priority has its sound, and a critical case sounds until somebody claims it', { timeout: 120_000 }, async (t) => {
    const desk = await opens('officer', { before: listens });
    const colleague = await opens('duty');
    t.after(() => Promise.all([desk.close(), colleague.close()]));
    await write(ROUTINE);
    await sounds(desk, 392);
    await write(URGENT);
    await sounds(desk, 659);
    assert.equal(await notes(desk, 1175), 0, 'the figure of a critical case is its own');
    const { reference } = await write(CRITICAL);
    await sounds(desk, 1175);
    await desk.page.waitForFunction(() => document.title === '(!) 1 critical case');
    await desk.page.waitForFunction(() => document.title !== '(!) 1 critical case');
    // Again, and again: the figure has three of these notes.
    await sounds(desk, 1175, 3);
    await sounds(desk, 1175, 6);
    await colleague.opens(reference);
    await colleague.claims();
    await desk.page.locator('.cry').waitFor({ state: 'detached' });
    const before = await notes(desk, 1175);
    await desk.page.waitForFunction(
      () => performance.now() > globalThis.heard.at(-1).at + 9_000,
      undefined,
      { polling: 500 },
    );
    assert.equal(await notes(desk, 1175), before, 'it is quiet');
    assert.notEqual(await desk.page.title(), '(!) 1 critical case');
    await colleague.resolves('helped', 'She is safe.');
    for (const one of [desk, colleague]) assert.deepEqual(strayed(one), []);
  });

  test('a mute is short, is seen by the supervisor, and covers no case that comes after it', { timeout: 120_000 }, async (t) => {
    const desk = await opens('officer', { before: listens });
    const head = await opens('head');
    t.after(() => Promise.all([desk.close(), head.close()]));
    const first = await write(CRITICAL);
    await sounds(desk, 1175);
    await desk.page.locator('#main').focus();
    await desk.page.keyboard.press('z');
    await desk.page.locator('.cry', { hasText: 'Muted for' }).waitFor();
    const left = (await desk.page.locator('.cry').innerText()).match(/(\d+):(\d\d)/);
    assert.ok(Number(left[1]) * 60 + Number(left[2]) <= 120, 'two minutes at most');
    await head.page.locator('#main').focus();
    await head.page.keyboard.press('v');
    await head.page
      .getByTestId('people')
      .locator('tr', { hasText: 'Consular officer, Dubai' })
      .getByText('muted until')
      .waitFor({ timeout: 40_000 });
    const before = await notes(desk, 1175);
    const second = await write(CRITICAL);
    await sounds(desk, 1175, before);
    for (const { reference } of [first, second]) {
      await desk.opens(reference);
      await desk.claims();
      await desk.resolves('helped', 'She is safe.');
    }
    for (const one of [desk, head]) assert.deepEqual(strayed(one), []);
  });

  test('a notification of the computer says that a case came, and nothing of it', { timeout: 60_000 }, async (t) => {
    const desk = await opens('officer', {
      before: () => {
        localStorage.setItem('msaada.notify', 'on');
        Object.defineProperty(document, 'hidden', { get: () => true });
        globalThis.told = [];
        const Real = globalThis.Notification;
        globalThis.Notification = class extends Real {
          constructor(title, options) {
            super(title, options);
            globalThis.told.push(`${title} ${options.body}`);
          }
        };
      },
    });
    t.after(() => desk.close());
    await desk.page.context().grantPermissions(['notifications']);
    await write(URGENT);
    await desk.page.waitForFunction(() => globalThis.told.length > 0);
    assert.deepEqual(await desk.page.evaluate(() => globalThis.told), ['New urgent case AE-DXB']);
  });

  test('the map lies on the style of the host that was set, the only one it may ask', { timeout: 90_000 }, async (t) => {
    const desk = await opens('officer');
    t.after(() => desk.close());
    await desk.page.goto(`${service.url}/desk#/map`);
    await desk.page.locator('[data-testid=map][data-ready=true]').waitFor();
    await desk.page.getByText('Map Makers').waitFor({ state: 'attached' });
    assert.ok(host.asked.includes('/maps/style.json'));
    assert.ok(host.asked.some((path) => /^\/maps\/tiles\/\d+\/\d+\/\d+\.png$/.test(path)), 'tiles were asked for');
    assert.deepEqual(strayed(desk), []);
    const page = await fetch(`${service.url}/desk`);
    const policy = page.headers.get('content-security-policy');
    assert.match(policy, new RegExp(`connect-src 'self' ${host.url};`));
    assert.equal(policy.split(host.url).length, 2, 'for nothing else');
  });

  test('of more cases than a desk is sent it is told so, it stays smooth, and the others are found', { timeout: 300_000 }, async (t) => {
    const began = Date.now();
    const references = [];
    const lane = async () => {
      while (references.length < MANY) {
        const place = references.push(undefined) - 1;
        references[place] = (await write(ROUTINE)).reference;
      }
    };
    await Promise.all(Array.from({ length: 48 }, lane));
    t.diagnostic(`${MANY} reports were taken in ${Math.round((Date.now() - began) / 100) / 10} s`);
    const desk = await opens('officer');
    t.after(() => desk.close());
    const { page } = desk;
    await page.getByTestId('more-open').waitFor({ timeout: 30_000 });
    const count = Number((await page.getByTestId('count').innerText()).replace(/\D/g, ''));
    assert.ok(count >= 4_700 && count <= 5_000, `${count} are shown`);
    assert.ok((await page.locator('[data-case]').count()) < 40, 'only the rows in sight exist');
    const gaps = await page.evaluate(async () => {
      const box = document.querySelector('.rows');
      const frames = [];
      let last = performance.now();
      for (let step = 0; step <= 120; step += 1) {
        box.scrollTop = (box.scrollHeight * step) / 120;
        await new Promise(requestAnimationFrame);
        frames.push(performance.now() - last);
        last = performance.now();
      }
      return frames.sort((a, b) => a - b);
    });
    t.diagnostic(`scrolling: half of the pictures within ${Math.round(gaps[60])} ms, nine of ten within ${Math.round(gaps[108])} ms`);
    assert.ok(gaps[60] < 50, `half of the pictures took ${gaps[60]} ms`);
    // The youngest of the least urgent is not among those that were sent.
    const last = references.at(-1);
    await page.locator('[data-key=search]').fill(last.toLowerCase().replaceAll('-', ' '));
    await desk.row(last).waitFor();
    await page.locator('[data-key=search]').fill('');

    // The wall does not pass the part for the whole.
    const wall = await page.context().newPage();
    await wall.goto(`${service.url}/wall`);
    await wall.getByTestId('wall-most').waitFor();
    assert.match(await wall.getByTestId('wall-open').innerText(), /^≥/);
    await wall.close();

    // From a click to its effect, with all of that on the desk.
    const took = [];
    for (const reference of references.slice(0, 9)) {
      await desk.opens(reference);
      await desk.act('claim').waitFor();
      took.push(
        await page.evaluate(async () => {
          const state = () => document.querySelector('[data-testid=state]')?.textContent;
          const seen = new Promise((resolve) => {
            const watch = new MutationObserver(() => {
              if (state() !== 'Claimed') return;
              watch.disconnect();
              requestAnimationFrame(() => resolve(performance.now()));
            });
            watch.observe(document.body, { subtree: true, childList: true, characterData: true });
          });
          const clicked = performance.now();
          document.querySelector('[data-act=claim]').click();
          return (await seen) - clicked;
        }),
      );
    }
    took.sort((a, b) => a - b);
    // Only told: beside it run the servers, this browser, and the service as it happens to be built.
    t.diagnostic(`from a click to its effect, with ${count} cards: ${took.map(Math.round).join(', ')} ms`);
    assert.deepEqual(strayed(desk), []);
  });

  test('a code that was sent as words is shown as words', { timeout: 60_000 }, async (t) => {
    const words = `${PLEA} <script>globalThis.broken = 1</script><img src=x onerror="globalThis.broken = 2">`;
    const subject = { name: '<b onclick="globalThis.broken = 3">Achieng</b>' };
    const { reference } = await send({ text: words, subject }, service.url);
    const desk = await opens('officer');
    t.after(() => desk.close());
    await desk.opens(reference);
    const shown = await desk.page.getByTestId('report').locator('blockquote').innerText();
    assert.match(shown, /<script>globalThis\.broken = 1<\/script><img src=x onerror=/);
    await desk.page.getByText('<b onclick="globalThis.broken = 3">Achieng</b>').first().waitFor();
    assert.equal(await desk.page.evaluate(() => globalThis.broken), undefined);
    assert.deepEqual(strayed(desk), []);
  });
});
