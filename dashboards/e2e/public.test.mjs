// The public pages in a real browser, against the running service.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { required } from './settings.mjs';

const service = required('MSAADA_E2E_URL');
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const heaviest = 30 * 1024;
const phone = { viewport: { width: 360, height: 640 } };
const languages = ['en', 'sw', 'ar'];
const faces = languages.flatMap((lang) => ['light', 'dark'].map((theme) => [lang, theme]));

let browser;
before(async () => {
  browser = await chromium.launch({
    executablePath: process.env.MSAADA_E2E_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
  });
});
after(() => browser?.close());

// A phone in somebody's hand. No page may ask any host but the service; the site that the way out
// leads to is stood in for.
async function hand(options = {}) {
  const context = await browser.newContext({ ...phone, ...options });
  const asked = [];
  await context.route(
    (url) => url.origin !== new URL(service).origin,
    (route) => {
      asked.push(route.request().url());
      return route.fulfill({ contentType: 'text/html', body: '<h1>Elsewhere</h1>' });
    },
  );
  const page = await context.newPage();
  return { page, asked, put_away: () => context.close() };
}

// What a page leaves on the phone.
async function left(page) {
  const [local, session] = await page.evaluate(() => [localStorage.length, sessionStorage.length]);
  return { cookies: await page.context().cookies(), local, session };
}

// The reference and the code on a receipt.
async function proof(page) {
  const [reference, code] = await page.locator('.proof dd').allTextContents();
  assert.match(reference, /^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$/);
  assert.match(code, /^[0-9A-Z]{6}$/);
  return { reference, code };
}

// That a page holds nothing that axe finds against, and is no wider than a phone.
async function isFit(page, where) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run());
  const told = found.violations.map((v) => `${v.id}: ${v.nodes[0].html}`);
  assert.deepEqual(told, [], where);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= 360, `${where} is ${wide} pixels wide`);
}

// Presses a button and waits for the page that answers. With JavaScript it comes into the same document.
async function press(page, button) {
  await page.evaluate(() => document.body.setAttribute('data-before', ''));
  await page.click(button);
  await page.waitForSelector('body:not([data-before])');
}

test('a worker reports in Arabic without JavaScript, and comes back with her reference', async () => {
  const { page, put_away } = await hand({ javaScriptEnabled: false, locale: 'ar-SA' });
  await page.goto(service);
  assert.equal(await page.getAttribute('html', 'dir'), 'rtl');
  await page.click('a.go');
  await page.fill('#text', 'صاحب العمل أخذ جوازي ولا أستطيع الخروج');
  await page.check('input[name=for][value=self]');
  await page.check('input[name=kind][value=distress]');
  // The first page alone raises the alert; each page after it asks one thing, and may be skipped.
  await page.selectOption('#danger', 'SA');
  await page.click('.danger button');
  assert.equal(await page.getAttribute('.numbers a', 'href'), 'tel:999');
  await page.click('p > button.go');
  const { reference, code } = await proof(page);

  await page.click('button.go');
  assert.equal(await page.inputValue('#country'), 'SA', 'it is not asked for twice');
  await page.fill('#place', 'الرياض');
  await page.click('p > button.go');
  await page.check('input[name=safe][value=i_will_contact_you]');
  await page.click('p > button.go');
  await page.fill('#employer', 'أبو خالد');
  await page.check('input[name=can_leave][value=no]');
  await page.click('p > button.go');
  await page.click('button[name=skip]');
  assert.deepEqual(await proof(page), { reference, code }, 'the last page shows both again');

  await page.goto(`${service}/track?lang=ar`);
  await page.fill('#reference', reference.toLowerCase().replaceAll('-', ' '));
  await page.fill('#code', code);
  await page.click('p > button.go');
  assert.equal(await page.locator('.note').count(), 1, 'it says how the case stands');
  await page.check('input[name=now][value=worse]');
  await page.fill('#text', 'ازداد الأمر سوءًا');
  await page.click('p > button.go');
  assert.equal(await page.locator('.note.good').count(), 1, 'the message was added');
  await put_away();
});

test('a wrong code shows nothing, and says so', async () => {
  const { page, put_away } = await hand();
  await page.goto(`${service}/report?lang=en`);
  await page.fill('#text', 'I have not been paid for three months');
  await press(page, 'p > button.go');
  const { reference } = await proof(page);
  await page.goto(`${service}/track?lang=en`);
  await page.fill('#reference', reference);
  await page.fill('#code', '000000');
  await press(page, 'p > button.go');
  assert.match(await page.textContent('[role=alert]'), /do not belong together/);
  assert.equal(await page.inputValue('#reference'), reference, 'what was typed is kept');
  await put_away();
});

test('an empty page is sent back in her language, and one answer is enough', async () => {
  const { page, put_away } = await hand();
  await page.goto(`${service}/report?lang=sw`);
  await press(page, 'p > button.go');
  assert.match(await page.textContent('[role=alert]'), /Bado hujajaza chochote/);
  await page.check('input[name=kind][value=medical]');
  await press(page, 'p > button.go');
  await proof(page);
  await put_away();
});

test('sent twice is one report', async () => {
  const html = await (await fetch(`${service}/report?lang=en`)).text();
  const id = /name="id" value="([^"]+)"/.exec(html)[1];
  const send = async (text) => {
    const answer = await fetch(`${service}/report`, {
      method: 'POST',
      body: new URLSearchParams({ id, lang: 'en', text, place: 'Doha' }),
    });
    assert.equal(answer.status, 200);
    return /<dd dir="ltr">([^<]+)</.exec(await answer.text())[1];
  };
  const [first, second] = await Promise.all([send('locked in'), send('locked in')]);
  assert.equal(first, second);
  assert.notEqual(await send('locked in, second floor'), first);
});

for (const how of ['the button', 'Escape']) {
  test(`leaving by ${how} goes to a neutral site, and back does not lead to what was typed`, async () => {
    const { page, asked, put_away } = await hand();
    await page.goto(`${service}/?lang=en`);
    await page.click('a.go');
    await page.fill('#text', 'help me');
    await page.waitForLoadState();
    if (how === 'Escape') {
      for (let times = 0; times < 3; times += 1) await page.keyboard.press('Escape');
    } else {
      await page.click('header .exit');
    }
    await page.waitForSelector('text=Elsewhere');
    assert.equal(asked.length, 1, 'no other host was asked before');
    await page.goBack();
    assert.ok(!page.url().includes('/report'), page.url());
    await put_away();
  });
}

test('no page weighs more than 30 KB with all it needs, keeps anything, or fails axe', async () => {
  for (const [lang, colorScheme] of faces) {
    for (const path of ['/', '/report', '/track', '/report?country=AE', '/accountability']) {
      const { page, asked, put_away } = await hand({ colorScheme });
      let weight = 0;
      const bodies = [];
      page.on('response', (response) => {
        assert.equal(response.headers()['cache-control'], 'no-store', response.url());
        bodies.push(response.body());
      });
      const url = `${service}${path}${path.includes('?') ? '&' : '?'}lang=${lang}`;
      const answer = await page.goto(url, { waitUntil: 'networkidle' });
      for (const body of await Promise.all(bodies)) weight += body.length;
      assert.ok(weight <= heaviest, `${path} in ${lang}: ${weight} bytes`);
      assert.equal(answer.headers()['cache-control'], 'no-store');
      assert.deepEqual(await left(page), { cookies: [], local: 0, session: 0 }, `${path} in ${lang}`);
      assert.match(answer.headers()['content-security-policy'], /default-src 'none'/);
      assert.deepEqual(asked, []);
      await isFit(page, `${path} in ${lang}`);
      await put_away();
    }
  }
});

test('every page after the first is as light, and axe finds nothing on it', async () => {
  for (const [lang, colorScheme] of faces) {
    const { page, put_away } = await hand({ colorScheme });
    await page.goto(`${service}/report?lang=${lang}`);
    await page.fill('#text', 'I have been arrested in Doha');
    await page.check('input[name=kind][value=detention]');
    let came = [];
    page.on('response', (response) => came.push(response));
    const fine = async (where) => {
      await page.waitForLoadState('networkidle');
      // A redirection has no body; a page that refuses something has.
      const turned = (response) => response.status() >= 300 && response.status() < 400;
      const bodies = await Promise.all(came.map((response) => (turned(response) ? '' : response.body())));
      came = [];
      const weight = bodies.reduce((sum, body) => sum + body.length, 0);
      assert.ok(weight > 0 && weight <= heaviest, `${where} in ${lang}: ${weight} bytes`);
      assert.deepEqual(await left(page), { cookies: [], local: 0, session: 0 }, `${where} in ${lang}`);
      await isFit(page, `${where} in ${lang}`);
    };
    await press(page, 'p > button.go');
    await fine('receipt');
    await press(page, 'button.go');
    await fine('where');
    await press(page, 'button.also');
    await fine('contact');
    await press(page, 'button.also');
    await fine('details');
    await press(page, 'button.also');
    await fine('photographs');
    await page.setInputFiles('#photo', { name: 'x', mimeType: 'text/plain', buffer: Buffer.from('x') });
    await press(page, 'p > button.go');
    await fine('photographs, one refused');
    await press(page, 'button.also');
    await fine('done');
    await put_away();
  }
});

test('a 50 MB upload gets a plain sentence, and the alert is raised all the same', async () => {
  const form = new FormData();
  form.set('lang', 'ar');
  form.set('text', 'صاحب العمل أخذ جوازي');
  form.set('photo', new Blob([new Uint8Array(50 << 20)]), 'big.jpg');
  const answer = await fetch(`${service}/report`, { method: 'POST', body: form });
  assert.equal(answer.status, 200);
  const page = await answer.text();
  assert.match(page, /أكبر من 5 ميغابايت/);
  assert.match(page, /[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}/, 'a receipt');
});

test('a photograph of 50 MB chosen in the browser costs her the photograph and no word', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'msaada-'));
  const large = join(folder, 'large.jpg');
  writeFileSync(large, Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), Buffer.alloc(50 << 20)]));
  const { page, put_away } = await hand();
  try {
    await page.goto(`${service}/report?lang=en`);
    await page.fill('#text', 'My employer took my passport, I am in Deira, Dubai');
    await press(page, 'p > button.go');
    const { reference, code } = await proof(page);
    await press(page, 'button.go');
    for (let step = 0; step < 3; step += 1) await press(page, 'button[name=skip]');
    await page.setInputFiles('#photo', large);
    await press(page, 'p > button.go');
    await page.getByText('larger than 5 MB').waitFor();
    assert.deepEqual(await proof(page), { reference, code }, 'both stand there still');
    // She goes on with a smaller one.
    await page.setInputFiles('#photo', {
      name: 'room.jpg',
      mimeType: 'image/jpeg',
      buffer: Buffer.from('\xff\xd8\xff\xe0 what the camera saw', 'latin1'),
    });
    await press(page, 'p > button.go');
    assert.equal(await page.locator('#photo').count(), 0, 'the last page');
    await page.goto(`${service}/track?lang=en`);
    await page.fill('#reference', reference);
    await page.fill('#code', code);
    await press(page, 'p > button.go');
    assert.equal(await page.locator('.note').count(), 1, 'her case is there');
  } finally {
    await put_away();
    rmSync(folder, { recursive: true });
  }
});

test('scripts in what was typed are shown as text', async () => {
  const { page, put_away } = await hand();
  let ran = false;
  page.on('dialog', (dialog) => {
    ran = true;
    return dialog.dismiss();
  });
  await page.goto(`${service}/track?lang=en`);
  await page.fill('#reference', '"><script>alert(1)</script>');
  await page.fill('#code', 'x');
  await press(page, 'p > button.go');
  assert.equal(await page.inputValue('#reference'), '"><script>alert(1)</script>');
  assert.equal(ran, false);
  await put_away();
});

test('the numbers of the country chosen can be called from the page', async () => {
  const { page, put_away } = await hand();
  await page.goto(`${service}/report?lang=en`);
  await page.fill('#text', 'they lock me in');
  await page.selectOption('#danger', 'AE');
  // With JavaScript the numbers come as soon as the country is chosen, and what was typed stays.
  await page.waitForSelector('.numbers a');
  assert.equal(await page.getAttribute('.numbers a', 'href'), 'tel:999');
  assert.equal(await page.inputValue('#text'), 'they lock me in');
  await put_away();
});

test('where the line breaks, what she typed stays and can be sent again, once', async () => {
  const { page, put_away } = await hand();
  await page.goto(`${service}/report?lang=sw`);
  await page.fill('#text', 'Nimefungiwa ndani Deira, laini inakatika');
  await page.context().setOffline(true);
  await page.click('p > button.go');
  await page.waitForSelector('#unsent.bad');
  assert.match(await page.textContent('#unsent'), /Yote uliyoandika bado yapo hapa/);
  assert.equal(await page.inputValue('#text'), 'Nimefungiwa ndani Deira, laini inakatika');
  await page.context().setOffline(false);
  await press(page, 'p > button.go');
  await proof(page);
  assert.equal(await page.evaluate(() => history.length), 2, 'one entry, and the empty page before it');
  await put_away();
});

test('what answers in place of the service takes none of her words', async () => {
  const { page, put_away } = await hand();
  await page.goto(`${service}/report?lang=en`);
  await page.fill('#text', 'they lock me in');
  await page.route('**/report', (route) =>
    route.fulfill({ status: 502, contentType: 'text/html', body: '<h1>Bad gateway</h1>' }),
  );
  await page.click('p > button.go');
  await page.waitForSelector('#unsent.bad');
  assert.equal(await page.inputValue('#text'), 'they lock me in');
  await put_away();
});

test('on a 2G line the page is there within seconds, and the alert is raised', async () => {
  const { page, put_away } = await hand();
  const line = await page.context().newCDPSession(page);
  await line.send('Network.enable');
  await line.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 800,
    downloadThroughput: 4_000,
    uploadThroughput: 2_000,
  });
  const began = performance.now();
  await page.goto(`${service}/report?lang=ar&country=SA`);
  await page.fill('#text', 'صاحب العمل أخذ جوازي');
  assert.ok(performance.now() - began < 10_000, `${performance.now() - began} ms`);
  await press(page, 'p > button.go');
  await proof(page);
  await put_away();
});
