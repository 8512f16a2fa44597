// The main job, seen from the desk, against the running service in a real browser.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ACCOUNTS, called, CLAIM_S, Desk, LOOKS, openBrowser, Phone, PLEA, report, storyteller } from './people.mjs';

const NEUTRAL = /passport|embass|ubalozi|consul|kenya|police|case|msaada\b.*\bkenya|https?:|\d{5}/i;

let browser;
before(async () => {
  browser = await openBrowser();
});
after(async () => browser?.close());

const tell = storyteller(test, assert, () => browser);
const story = (name, accounts, run) => tell(name, accounts, run, { timeout: (CLAIM_S + 60) * 1000 });

describe('at the desk', { concurrency: false }, () => {
  test('a wrong password is told, the right one opens the desk', async (t) => {
    const desk = await Desk.open(browser, [ACCOUNTS.officer[0], 'not the password']);
    t.after(() => desk.close());
    await desk.page.locator('input[type=email]').fill(desk.email);
    await desk.page.locator('input[type=password]').fill(desk.password);
    await desk.page.getByTestId('sign-in').click();
    await desk.page.getByRole('alert').waitFor();
    [, desk.password] = ACCOUNTS.officer;
    await desk.signIn();
  });

  story('a report is on the desk within a second, with the words that led there', ['officer'], async (desk, t) => {
    const { reference, waited } = await desk.reportAppears(PLEA);
    assert.ok(waited < 1000, `it took ${waited} ms`);
    t.diagnostic(`seen after ${waited} ms`);
    await desk.opens(reference);
    const evidence = desk.page.getByTestId('evidence');
    await evidence.getByText('Deira').first().waitFor();
    await evidence.getByText('Restriction of movement').first().waitFor();
    await desk.page.locator('blockquote mark', { hasText: 'amechukua passport' }).waitFor();
    assert.equal(
      (await desk.page.getByTestId('report').locator('blockquote').innerText()).trim(),
      PLEA,
      'the report stands there word for word',
    );
  });

  story('a case is claimed, answered by a template, and resolved', ['officer'], async (desk) => {
    const { reference } = await report(PLEA, { phone: Phone.fresh().number, safe: 'any' });
    await desk.opens(reference);
    await desk.claims();
    await desk.state('Claimed');
    const words = await desk.repliesBy('ask_place');
    assert.doesNotMatch(words, NEUTRAL);
    await desk.state('In progress');
    await desk.resolves('helped', 'She is safe.');
    await desk.state('Resolved');
    await desk.page.locator('[data-event=resolved]').waitFor();
  });

  story('the phone that wrote shows a neutral reply', ['officer'], async (desk, t) => {
    const phone = Phone.fresh();
    const { reference } = await phone.texts(PLEA);
    await desk.opens(reference);
    await desk.claims();
    const form = desk.page.getByTestId('message-form');
    await form.locator('[data-template=on_it]').click();
    const words = await form.locator('textarea').inputValue();
    const { arrived, stop } = await phone.listensFor((text) => text === words);
    t.after(stop);
    await form.locator('button[type=submit]').click();
    assert.doesNotMatch(await arrived, NEUTRAL);
    await desk.page
      .locator('li.out', { hasText: words })
      .getByTestId('delivery')
      .filter({ hasText: 'delivered' })
      .waitFor();
  });

  story('words that give her away are refused, and sent only with a typed reason', ['officer'], async (desk) => {
    const { reference } = await report(PLEA, { phone: Phone.fresh().number, safe: 'any' });
    await desk.opens(reference);
    await desk.claims();
    const form = desk.page.getByTestId('message-form');
    await form.locator('textarea').fill('The embassy has your passport');
    await form.locator('button[type=submit]').click();
    const refusal = form.getByTestId('refusal');
    await refusal.waitFor();
    assert.equal(await form.locator('button[type=submit]').isDisabled(), true);
    await refusal.locator('input').fill('She asked for exactly these words on the phone');
    await form.locator('button[type=submit]').click();
    await desk.page.locator('li.out', { hasText: 'The embassy has your passport' }).waitFor();
  });

  story('of two officers who claim one case, one has it and the other is told', ['officer', 'colleague'], async (desk, colleague) => {
    const { reference } = await report(PLEA);
    await Promise.all([desk.opens(reference), colleague.opens(reference)]);

    // The colleague's click is on its way while the officer's is answered.
    let release;
    const held = new Promise((resolve) => (release = resolve));
    const underway = new Promise((resolve) => {
      void colleague.page.route('**/acts', async (route) => {
        resolve();
        await held;
        await route.continue();
      });
    });
    await colleague.act('claim').click();
    await underway;
    await desk.claims();
    release();

    await colleague.page.getByTestId('stale').waitFor();
    await colleague.page.getByTestId('stale').getByText('Claimed').waitFor();
    await desk.state('Claimed');
    assert.equal(await desk.page.getByTestId('stale').count(), 0);
  });

  story('of two claims at the same instant the service grants exactly one', ['officer', 'colleague'], async (desk, colleague) => {
    const { reference } = await report(PLEA);
    await desk.shows(reference);
    const id = await desk.row(reference).getAttribute('data-case');
    const claim = { act: 'claim', version: 1 };
    const answers = await Promise.all(
      [desk, colleague].map((one) => one.post(`/api/v1/cases/${id}/acts`, claim)),
    );
    assert.deepEqual(answers.map((answer) => answer.status()).sort(), [200, 409]);
  });

  story('an act on an older state shows what changed and can be done again', ['officer'], async (desk) => {
    const { reference } = await report(PLEA);
    await desk.opens(reference);
    const id = await desk.row(reference).getAttribute('data-case');
    const dialog = desk.page.locator('dialog');
    await desk.act('reprioritise').click();
    await dialog.locator('input[value=critical]').check();
    await dialog.locator('input[required]').fill('He threatens her now');
    // The line is cut, so the desk cannot know what happens elsewhere.
    await desk.loseLine();
    await desk.page.getByTestId('lost').waitFor({ state: 'attached' });
    const { card } = await desk.get(`/api/v1/cases/${id}`);
    const changed = await desk.post(`/api/v1/cases/${id}/acts`, {
      act: 'recategorise',
      kind: 'detention',
      version: card.version,
    });
    assert.equal(changed.status(), 200);
    await dialog.locator('button[type=submit]').click();
    const stale = desk.page.getByTestId('stale');
    await stale.getByText('Detention').waitFor();
    await stale.locator('button.main').click();
    await stale.waitFor({ state: 'detached' });
    await desk.page.locator('[data-event=reprioritised]').waitFor();
    const { kind, priority } = await desk.card(reference);
    assert.deepEqual([kind, priority], ['detention', 'critical'], 'both changes stand');
  });

  story('a lost line is told, what is shown is marked, and nothing is missed on resuming', ['officer'], async (desk) => {
    const before = await report(PLEA);
    await desk.shows(before.reference);
    await desk.loseLine();
    await desk.page.getByTestId('lost').waitFor();
    await desk.row(before.reference).locator('.stale').waitFor();
    const meanwhile = await report(PLEA);
    desk.mendLine();
    await desk.isLive();
    await desk.page.getByTestId('lost').waitFor({ state: 'detached' });
    await desk.shows(meanwhile.reference);
  });

  story('a session that ends in mid-work asks to sign in again and loses no word', ['officer'], async (desk) => {
    const { reference } = await report(PLEA);
    await desk.opens(reference);
    const box = desk.page.locator('textarea[data-write=note]');
    await box.fill('The sister in Nakuru answers after six');
    await desk.page.context().clearCookies();
    await desk.page.locator('.composer button[type=submit]').click();
    const dialog = desk.page.locator('dialog');
    await dialog.waitFor();
    assert.equal(await box.inputValue(), 'The sister in Nakuru answers after six');
    await dialog.locator('input[type=password]').fill(desk.password);
    await dialog.getByTestId('sign-in').click();
    await dialog.waitFor({ state: 'detached' });
    await desk.page
      .locator('[data-event=note]', { hasText: 'The sister in Nakuru answers after six' })
      .waitFor();
    await desk.isLive();
  });

  story('a hotline call becomes a case, as urgent as the operator heard it', ['officer'], async (desk) => {
    await desk.page.keyboard.press('h');
    const dialog = desk.page.locator('dialog');
    await dialog.locator('textarea').fill('Her brother is in the hospital in Sharjah');
    await dialog.locator('select').nth(1).selectOption('critical');
    await desk.submits(dialog);
    await desk.page.locator('#case-name', { hasText: 'Critical' }).waitFor();
    await desk.page.locator('blockquote', { hasText: 'hospital in Sharjah' }).waitFor();
  });

  story('the place is corrected by its name, and the exact one is shown only on asking', ['officer'], async (desk) => {
    const { reference } = await report(PLEA);
    await desk.opens(reference);
    await desk.page.keyboard.press('l');
    const dialog = desk.page.locator('dialog');
    await dialog.locator('input[type=search]').fill('Sharjah');
    await dialog.getByRole('button', { name: /Sharjah/ }).first().click();
    await desk.submits(dialog);
    await desk.page.locator('[data-event=located]').waitFor();
    await desk.page.getByRole('button', { name: 'Show exact place (recorded)' }).click();
    await desk.page.getByTestId('exact').waitFor();
  });

  story('by keys alone: the next case is claimed, noted and resolved', ['officer'], async (desk) => {
    await report(PLEA);
    const { keyboard } = desk.page;
    await keyboard.press('x');
    await desk.state('Claimed');
    await keyboard.press('n');
    await keyboard.type('Called the duty officer of the shelter');
    await keyboard.press('Tab');
    await keyboard.press('Enter');
    await desk.page.locator('[data-event=note]', { hasText: 'duty officer of the shelter' }).waitFor();
    await keyboard.press('e');
    const dialog = desk.page.locator('dialog');
    await dialog.waitFor();
    await keyboard.press('Space');
    await keyboard.press('Tab');
    await keyboard.type('She is at the shelter');
    await keyboard.press('Tab');
    await keyboard.press('Tab');
    await keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await desk.state('Resolved');
  });

  story('three languages and two themes, switched without a reload', ['officer'], async (desk) => {
    await desk.page.evaluate(() => (globalThis.sameDocument = true));
    const menu = desk.page.locator('.menu > button');
    await menu.click();
    await desk.page.getByRole('button', { name: 'العربية' }).click();
    await desk.page.locator('html[dir=rtl][lang=ar]').waitFor();
    await desk.page.getByRole('heading', { name: 'قائمة الانتظار' }).waitFor();
    await desk.page.getByRole('button', { name: 'Kiswahili' }).click();
    await desk.page.locator('html[dir=ltr][lang=sw]').waitFor();
    await desk.page.getByRole('button', { name: 'Usiku' }).click();
    await desk.page.locator('html[data-theme=night]').waitFor();
    assert.equal(await desk.page.evaluate(() => globalThis.sameDocument), true);
  });

  story(`a critical case that nobody claims lapses after ${CLAIM_S} s and goes up the ladder`, ['officer'], async (desk) => {
    const began = performance.now();
    const { reference } = await report('ananipiga sasa hivi, anataka kuniua, niko Deira, nisaidie');
    await desk.shows(reference);
    const row = desk.row(reference);
    await desk.page
      .locator(`[data-reference="${reference}"]:not([data-level="0"])`)
      .waitFor({ timeout: (CLAIM_S + 30) * 1000 });
    const elapsed = (performance.now() - began) / 1000;
    assert.ok(elapsed >= CLAIM_S, `it went up after ${elapsed} s`);
    const { id } = await desk.card(reference);
    const { log } = await desk.get(`/api/v1/cases/${id}`);
    assert.deepEqual(log.filter((line) => line.event === 'lapsed').map((line) => line.detail.clock), ['claim']);
    await row.locator('.figure.late', { hasText: 'lapsed once' }).waitFor();
    await row.click();
    await desk.page.locator('[data-event=lapsed]').first().waitFor();
    await desk.claims();
    await desk.page.locator('.head .figure:not(.late)').waitFor();
  });
});

describe('for everybody', { concurrency: false }, () => {
  for (const look of LOOKS) {
    test(`axe finds nothing on sign-in, queue, map, case and forms (${called(look)})`, { timeout: 120_000 }, async (t) => {
      const { reference } = await report(PLEA, { phone: Phone.fresh().number, safe: 'any' });
      const desk = await Desk.open(browser, ACCOUNTS.officer, look);
      t.after(() => desk.close());
      const clean = async (where) => assert.deepEqual([where, await desk.violations()], [where, []]);
      await desk.page.locator('input[type=email]').waitFor();
      await clean('sign-in');
      await desk.signIn();
      await desk.row(reference).or(desk.page.locator('[data-case]')).first().waitFor();
      await clean('queue');
      await desk.page.goto(`${desk.page.url().split('#')[0]}#/map`);
      await desk.page.locator('[data-testid=map][data-ready=true]').waitFor();
      await clean('map');
      await desk.page.goto(`${desk.page.url().split('#')[0]}#/watch`);
      await desk.page.getByTestId('watch').waitFor();
      await clean('watch');
      await desk.page.goto(`${desk.page.url().split('#')[0]}#/`);
      await desk.opens(reference);
      await clean('case');
      await desk.claims();
      await desk.page.getByTestId('message-form').waitFor();
      await clean('case of one’s own');
      for (const act of ['resolve', 'reprioritise', 'recategorise', 'safe_contact', 'transfer', 'locate']) {
        await desk.act(act).click();
        await desk.page.locator('dialog').waitFor();
        await clean(act);
        await desk.page.keyboard.press('Escape');
        await desk.page.locator('dialog').waitFor({ state: 'detached' });
      }
      for (const key of ['?', 'h']) {
        await desk.page.keyboard.press(key);
        await desk.page.locator('dialog').waitFor();
        await clean(`key ${key}`);
        await desk.page.keyboard.press('Escape');
        await desk.page.locator('dialog').waitFor({ state: 'detached' });
      }
      assert.deepEqual(desk.strays, []);
    });
  }
});
