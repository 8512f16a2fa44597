// A notice tells of something while somebody works: nothing that can be acted on lies under it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openBrowser, PLEA, report, storyteller } from './people.mjs';

let browser;
before(async () => (browser = await openBrowser()));
after(() => browser?.close());
const story = storyteller(test, assert, () => browser);

/** What can be acted on and lies, as far as it is in sight, under a notice or out of the window. */
function covered() {
  const clipped = (element) => {
    let { left, top, right, bottom } = element.getBoundingClientRect();
    for (let box = element.parentElement; box; box = box.parentElement) {
      if (getComputedStyle(box).overflow === 'visible') continue;
      const edge = box.getBoundingClientRect();
      [left, top] = [Math.max(left, edge.left), Math.max(top, edge.top)];
      [right, bottom] = [Math.min(right, edge.right), Math.min(bottom, edge.bottom)];
    }
    return { left, top, right, bottom };
  };
  const all = [...document.querySelectorAll('a, button, input, select, textarea, summary, canvas')];
  const others = all.filter((one) => one.checkVisibility() && !one.closest('.notices, [inert]'));
  const seen = [...document.querySelectorAll('.notice')].filter((one) => one.checkVisibility());
  const found = [];
  for (const notice of seen) {
    const n = notice.getBoundingClientRect();
    if (n.left < 0 || n.top < 0 || n.right > innerWidth + 1 || n.bottom > innerHeight + 1) found.push('out of the window');
    for (const one of others) {
      const r = clipped(one);
      const [wide, high] = [Math.min(r.right, n.right) - Math.max(r.left, n.left), Math.min(r.bottom, n.bottom) - Math.max(r.top, n.top)];
      if (r.right > r.left && r.bottom > r.top && wide > 1 && high > 1) found.push(one.outerHTML.slice(0, 80));
    }
  }
  return { seen: seen.length, found };
}

describe('notices', { concurrency: false }, () => {
  for (const lang of ['en', 'sw', 'ar']) {
    for (const [width, height] of [[1366, 768], [820, 1180], [360, 740]]) {
      story(`cover nothing that can be acted on (${lang}, ${width} pixels)`, ['officer'], async (desk) => {
        const { page } = desk;
        // So many that the queue reaches the bottom.
        const [{ reference }] = await Promise.all(
          Array.from({ length: 14 }, () => report('How do I renew my passport in Dubai?')),
        );
        await page.locator('.queue [data-case]').nth(9).waitFor();
        await report(PLEA);
        // On a phone the newest alone is shown.
        const shown = page.locator('.notice:last-child');
        await shown.first().waitFor();
        assert.deepEqual((await page.evaluate(covered)).found, [], 'beside the queue');
        for (const [where, there] of [['#/map', '[data-testid=map]'], ['#/watch', '.pane h1']]) {
          await report(PLEA);
          await page.evaluate((to) => void (location.hash = to), where);
          await page.locator(there).first().waitFor();
          await shown.first().waitFor();
          const { seen, found } = await page.evaluate(covered);
          assert.ok(seen > 0);
          assert.deepEqual(found, [], where);
        }
        await page.evaluate(() => void (location.hash = '#/'));
        await desk.opens(reference);
        await page.getByTestId('report').waitFor();
        await report(PLEA);
        await shown.first().waitFor();
        assert.deepEqual((await page.evaluate(covered)).found, [], 'beside a case');
      }, { look: { lang, width, height } });
    }
  }

  story('leave every row of the queue within reach', ['officer'], async (desk) => {
    const { page } = desk;
    await Promise.all(Array.from({ length: 14 }, () => report('How do I renew my passport in Dubai?')));
    await page.locator('.queue [data-case]').nth(9).waitFor();
    await report(PLEA);
    await page.locator('.notice').first().waitFor();
    // The list ends where the notices begin, so that its last row can be scrolled above them.
    const [list, notices] = await page.evaluate(() =>
      ['.queue .rows', '.notices'].map((name) => document.querySelector(name).getBoundingClientRect().toJSON()),
    );
    assert.ok(notices.height > 0 && list.bottom <= notices.top + 1, `${list.bottom}, ${notices.top}`);
  });
});
