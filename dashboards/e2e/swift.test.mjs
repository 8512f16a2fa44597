// What a click waits for: nothing that could have been done before or can be done after.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openBrowser, report, storyteller } from './people.mjs';

let browser;
before(async () => (browser = await openBrowser()));
after(() => browser?.close());
const story = storyteller(test, assert, () => browser);
const TEXT = 'I lost my passport in Dubai, what do I do';

describe('from a click to what is seen', { concurrency: false }, () => {
  story('a case is asked for with the click, not once the address has changed', ['officer'], async (desk) => {
    const { page } = desk;
    const { reference } = await report(TEXT);
    await desk.shows(reference);
    await page.evaluate(() => {
      globalThis.order = [];
      addEventListener('hashchange', () => globalThis.order.push('address'), { capture: true });
      const fetched = globalThis.fetch;
      globalThis.fetch = (url, ...rest) => {
        if (/\/cases\/[^/?]+$/.test(String(url))) globalThis.order.push('case');
        return fetched(url, ...rest);
      };
    });
    await desk.row(reference).click();
    await page.getByTestId('report').waitFor();
    assert.deepEqual(await page.evaluate(() => globalThis.order), ['case', 'address'], 'asked for once, and first');
    assert.match(page.url(), /#\/case\//);
    await page.goBack();
    await page.getByTestId('case').waitFor({ state: 'detached' });
  });

  story('the map is kept behind a case, asks for nothing there, and stands where it stood', ['officer'], async (desk) => {
    const { page } = desk;
    const map = page.locator('[data-testid=map][data-ready=true]');
    await map.waitFor();
    const canvas = await page.locator('.map canvas').first().elementHandle();
    const { reference } = await report(TEXT);
    await desk.opens(reference);
    await page.getByTestId('report').waitFor();
    assert.equal(await page.locator('.map canvas').first().isVisible(), false);
    // What was being counted as the case was opened may still end.
    const asked = [];
    const fresh = page.waitForResponse((answer) => answer.url().includes('/api/v1/map?'), { timeout: 3_000 });
    await fresh.catch(() => undefined);
    page.on('request', (request) => request.url().includes('/api/v1/map?') && asked.push(request.url()));
    const later = await report(TEXT);
    await desk.shows(later.reference);
    // So long as it takes to count anew after a change, and some more.
    await page.waitForFunction((from) => performance.now() - from > 2_500, await page.evaluate(() => performance.now()));
    assert.deepEqual(asked, []);
    await page.locator('#case-name').focus();
    const counted = page.waitForResponse((answer) => answer.url().includes('/api/v1/map?'));
    await page.keyboard.press('Escape');
    await counted;
    assert.ok(await canvas.isVisible(), 'it is the same map');
    const total = (await desk.get('/api/v1/map?tray=false')).total;
    await page.locator(`[data-testid=map][data-total="${total}"]`).waitFor();
  });

  story('all of a long log is there, the newest first', ['officer'], async (desk) => {
    const { page } = desk;
    const { reference } = await report(TEXT);
    await desk.opens(reference);
    await desk.claims();
    const path = `/api/v1/cases/${page.url().split('/').at(-1)}`;
    let { version } = (await desk.get(path)).card;
    for (let nth = 1; nth <= 40; nth += 1) {
      const answer = await desk.post(`${path}/acts`, { act: 'note', text: `Called the shelter, ${nth}`, version });
      ({ version } = await answer.json());
    }
    await page.reload();
    await desk.isLive();
    const notes = page.locator('[data-event=note] .words');
    await notes.nth(39).waitFor();
    const told = await notes.allInnerTexts();
    assert.deepEqual(told, Array.from({ length: 40 }, (_, n) => `Called the shelter, ${40 - n}`));
  });
});
