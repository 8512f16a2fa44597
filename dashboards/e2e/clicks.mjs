// How long it takes from a click, or a key, until its effect has been painted, at a desk with thousands
// of cases in its queue. It only tells: what is fast enough stands in docs/performance.md, and a machine
// that has other work to do is slower. Started by .scripts/clicks.sh.
import { ownService } from './service.mjs';

const CASES = Number(process.env.MSAADA_CLICKS_CASES ?? 5_000);
const TIMES = Number(process.env.MSAADA_CLICKS_TIMES ?? 25);
/** Notes in a long case. */
const LONG = 150;
const TEXTS = [
  'How do I renew my passport in Dubai?',
  'I lost my passport in Dubai, what do I do',
  'My brother died in Dubai, how do we bring the body home',
  'My sister in Sharjah has not been seen for three weeks',
  'I am in hospital in Dubai and nobody pays',
];

/** Begins to watch, in the page: `measured` is settled once `there` holds and has been painted. */
function watch(holds) {
  let began;
  const start = (event) => (began ??= event.timeStamp);
  for (const kind of ['click', 'keydown', 'input']) addEventListener(kind, start, { capture: true, once: true });
  globalThis.measured = new Promise((resolve) => {
    const seen = new MutationObserver(() => {
      if (began === undefined || !holds()) return;
      seen.disconnect();
      // The picture is drawn after this frame's callbacks; a message comes after the picture.
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => resolve(performance.now() - began);
        port2.postMessage(0);
      });
    });
    seen.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
  });
}

/** Milliseconds from what `press` does until `there`, an expression in the page, holds. */
async function takes(page, there, press) {
  await page.evaluate(`void (${watch})(() => ${there})`);
  await press();
  return page.evaluate(() => globalThis.measured);
}

const rank = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
function tell(name, all) {
  const sorted = [...all].sort((a, b) => a - b);
  const figures = [rank(sorted, 0.5), rank(sorted, 0.95), sorted.at(-1)];
  const columns = figures.map((ms) => String(Math.round(ms)).padStart(5)).join(' ');
  console.log(`${name.padEnd(36)} ${columns}   of ${all.length}`);
}

const service = await ownService();
// Everybody here is at the service that was just started.
process.env.MSAADA_E2E_URL = service.url;
[process.env.MSAADA_E2E_EMAIL, process.env.MSAADA_E2E_PASSWORD] = service.accounts.officer;
[process.env.MSAADA_E2E_EMAIL_2, process.env.MSAADA_E2E_PASSWORD_2] = service.accounts.duty;
const { Desk, openBrowser, report } = await import('./people.mjs');
const browser = await openBrowser();
try {
  let left = CASES;
  const lane = async () => {
    while (left > 0) {
      left -= 1;
      const text = TEXTS[left % TEXTS.length];
      await report(text, undefined, service.url).catch(() => report(text, undefined, service.url));
    }
  };
  await Promise.all(Array.from({ length: 8 }, lane));
  const desk = await Desk.open(browser, service.accounts.officer, { url: service.url });
  await desk.signIn();
  const { page } = desk;
  await page.keyboard.press('Escape');
  await page.locator('.queue [data-case]').first().waitFor();
  const took = {};
  const measure = async (name, there, press) => (took[name] ??= []).push(await takes(page, there, press));
  const count = () => page.getByTestId('count').innerText();
  console.log(`${await count()} at the desk; milliseconds from click or key to picture: p50, p95, longest\n`);

  // What she claims leaves the list, so that the next one stands first.
  const filters = page.locator('.filters');
  const waiting = filters.getByText('Waiting', { exact: true });
  const onlyWaiting = async (wanted) => {
    await page.locator('[data-key=filter]').click();
    if (((await waiting.getAttribute('aria-pressed')) === 'true') !== wanted) await waiting.click();
    await page.locator('[data-key=filter]').click();
  };
  await onlyWaiting(true);
  const first = page.locator('.queue [data-case]').first();
  const state = (word) => `document.querySelector('[data-testid=state]')?.textContent === '${word}'`;
  for (let n = 0; n < TIMES; n += 1) {
    const fromMap = n % 2 === 0;
    if (fromMap) {
      await page.locator('#main').focus();
      await page.keyboard.press('Escape');
      await page.locator('[data-testid=map][data-ready=true]').waitFor();
    }
    const reference = await first.getAttribute('data-reference');
    const named = `document.querySelector('#case-name')?.textContent.includes('${reference}')`;
    const told = `document.querySelector('[data-testid=report]') !== null`;
    const beside = fromMap ? 'the map' : 'another';
    await measure(`open a case, beside ${beside}`, `${named} && ${told}`, () => first.click());
    await desk.act('claim').waitFor();
    await measure('claim', state('Claimed'), () => desk.act('claim').click());
    await desk.act('start').waitFor();
    await page.locator('#case-name').focus();
    await page.keyboard.press('n');
    await page.keyboard.type('The shelter knows');
    const notes = `document.querySelectorAll('[data-event=note]').length`;
    const before = await page.evaluate(notes);
    await page.keyboard.press('Tab');
    await measure('add a note', `${notes} > ${before}`, () => page.keyboard.press('Enter'));
    await measure('start', state('In progress'), () => desk.act('start').click());
  }

  // A case in which much was written: opened beside the map, and one more note.
  await first.click();
  await desk.act('claim').click();
  await desk.act('start').waitFor();
  const path = `/api/v1/cases/${page.url().split('/').at(-1)}`;
  let { version } = (await desk.get(path)).card;
  for (let nth = 1; nth <= LONG; nth += 1) {
    const answer = await desk.post(`${path}/acts`, { act: 'note', text: `Called the shelter, ${nth}`, version });
    ({ version } = await answer.json());
  }
  const notes = `document.querySelectorAll('[data-event=note]').length`;
  await page.waitForFunction(`${notes} >= 80`);
  const reference = (await desk.get(path)).card.reference;
  const search = page.locator('[data-key=search]');
  await search.fill(reference);
  await desk.row(reference).waitFor();
  for (let n = 0; n < TIMES; n += 1) {
    await page.locator('#main').focus();
    await page.keyboard.press('Escape');
    await page.locator('[data-testid=map][data-ready=true]').waitFor();
    const told = `document.querySelector('[data-testid=report]') !== null && ${notes} > 0`;
    await measure('open a long case, beside the map', told, () => desk.row(reference).click());
    await page.waitForFunction(`${notes} >= 80`);
    await page.locator('#case-name').focus();
    await page.keyboard.press('n');
    await page.keyboard.type(`The shelter knows, ${n}`);
    await page.keyboard.press('Tab');
    const there = `document.querySelector('[data-event=note] .words')?.textContent === 'The shelter knows, ${n}'`;
    await measure('add a note to a long case', there, () => page.keyboard.press('Enter'));
  }
  await search.fill('');
  await onlyWaiting(false);

  const recounts = async (name, press) => {
    const before = JSON.stringify(await count());
    await measure(name, `document.querySelector('[data-testid=count]').textContent !== ${before}`, press);
  };
  const mine = filters.locator('.line button').first();
  for (let n = 0; n < 2 * TIMES; n += 1) {
    await recounts(n % 2 === 0 ? 'filter: mine' : 'filter: everything again', () => mine.click());
  }
  await page.locator('[data-key=filter]').click();
  const kind = filters.getByText('Lost documents', { exact: true });
  for (let n = 0; n < 2 * TIMES; n += 1) await recounts('filter: a kind', () => kind.click());
  await page.locator('[data-key=filter]').click();
  for (let n = 0; n < TIMES; n += 1) {
    await search.fill('');
    await search.focus();
    await recounts('search: the first letter', () => page.keyboard.press('4'));
  }
  await search.fill('');
  await page.locator('.menu > button').click();
  for (let n = 0; n < TIMES; n += 1) {
    const to = ['sw', 'ar', 'en'][n % 3];
    const switched = `document.documentElement.lang === '${to}'`;
    await measure('switch the language', switched, () => page.locator(`.menu [lang=${to}]`).click());
  }
  for (const [name, all] of Object.entries(took)) tell(name, all);
  if (desk.strays.length > 0) console.log(desk.strays);
} finally {
  await browser.close();
  await service.stop();
}
