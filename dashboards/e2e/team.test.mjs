// The people at the desks: who is beside a case, who answers for it on its way, what is handed over.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ACCOUNTS, called, Desk, openBrowser, Phone, PLEA, report, storyteller } from './people.mjs';

let browser;
before(async () => {
  browser = await openBrowser();
});
after(async () => browser?.close());

const story = storyteller(test, assert, () => browser);

/** Whatever was handed over before is confirmed, so that a story begins with nothing waiting. */
async function nothingWaits(desk) {
  const { handovers } = await desk.get('/api/v1/handovers');
  for (const { id } of handovers) await desk.post(`/api/v1/handovers/${id}/confirm`, {});
  if (handovers.length > 0) await desk.page.reload();
  await desk.isLive();
}

async function offers(desk, to) {
  await desk.act('transfer').click();
  const dialog = desk.page.locator('dialog');
  await dialog.locator('select').selectOption(to);
  await dialog.locator('textarea').fill('She is on her way to Nairobi');
  await desk.submits(dialog);
  await desk.state('Offered');
}

describe('the people at the desks', { concurrency: false }, () => {
  story('who has the same case open is told to each, and who types', ['officer', 'colleague'], async (one, two) => {
    const { reference } = await report(PLEA);
    await one.opens(reference);
    await two.opens(reference);
    await one.page.getByTestId('beside').getByText('Duty officer, Dubai is here too').waitFor();
    await two.page.getByTestId('beside').getByText('Consular officer, Dubai is here too').waitFor();
    await two.page.keyboard.press('n');
    await two.page.keyboard.type('Called the shelter');
    await one.page.getByTestId('beside').getByText('Duty officer, Dubai is typing').waitFor();
    await two.page.goto(`${two.page.url().split('#')[0]}#/map`);
    await one.page.getByTestId('beside').waitFor({ state: 'detached' });
  });

  story('an offered case stays the sender’s until the other mission accepts it by one key', ['officer', 'centre'], async (dubai, centre) => {
    const { reference } = await report(PLEA, { phone: Phone.fresh().number, safe: 'any' });
    await dubai.opens(reference);
    await dubai.claims();
    await offers(dubai, 'KE-NBO');
    await dubai.page.getByTestId('standing').getByText('Offered to').waitFor();
    await dubai.page.getByTestId('message-form').waitFor();
    await centre.opens(reference);
    await centre.page.getByTestId('standing').getByText('Offered to you by').waitFor();
    await centre.page.locator('#case-name').focus();
    await centre.page.keyboard.press('y');
    await centre.state('Claimed');
    await dubai.row(reference).waitFor({ state: 'detached' });
  });

  story('a refused offer comes back with its reason', ['officer', 'centre'], async (dubai, centre) => {
    const { reference } = await report(PLEA);
    await dubai.opens(reference);
    await dubai.claims();
    await offers(dubai, 'KE-NBO');
    await centre.opens(reference);
    await centre.act('refuse').click();
    const dialog = centre.page.locator('dialog');
    assert.equal(await dialog.locator('button[type=submit]').isDisabled(), true);
    await dialog.locator('textarea').fill('She is still in Deira');
    await centre.submits(dialog);
    await dubai.state('Claimed');
    await dubai.page.locator('[data-event=refused]', { hasText: 'She is still in Deira' }).waitFor();
  });

  story('two cases that are one are joined, and parted again', ['officer'], async (desk) => {
    const first = await report(PLEA);
    const second = await report('my sister is locked in, Deira Dubai');
    await desk.opens(second.reference);
    await desk.page.locator('#case-name').focus();
    await desk.page.keyboard.press('Shift+M');
    const dialog = desk.page.locator('dialog');
    // The other case is found on the desk by its reference, however it is typed.
    await dialog.locator('input').fill(first.reference.toLowerCase().replaceAll('-', ' '));
    await dialog.getByRole('status').getByText('AE-DXB').waitFor();
    await dialog.locator('textarea').fill('Her sister wrote too');
    await desk.submits(dialog);
    await desk.state('Resolved');
    await desk.page.getByTestId('beside-cases').getByRole('link', { name: first.reference }).click();
    await desk.page.locator('#case-name', { hasText: first.reference }).waitFor();
    const reports = desk.page.getByTestId('report');
    await reports.nth(1).getByText(`joined from ${second.reference}`).waitFor();
    await reports.nth(1).locator('[data-split]').click();
    await dialog.locator('textarea').fill('Another house after all');
    await desk.submits(dialog);
    await reports.nth(1).waitFor({ state: 'detached' });
    await desk.shows(second.reference);
    await desk.page.locator(`[data-reference="${second.reference}"][data-status=waiting]`).waitFor();
  });

  story('related cases lead to each other', ['officer'], async (desk) => {
    const first = await report(PLEA);
    const second = await report('I am locked in a house in Deira Dubai');
    await desk.opens(second.reference);
    await desk.act('link').click();
    const dialog = desk.page.locator('dialog');
    await dialog.locator('input').fill(first.reference);
    await dialog.locator('textarea').fill('The same agent');
    await desk.submits(dialog);
    await desk.page.getByTestId('beside-cases').getByRole('link', { name: first.reference }).click();
    await desk.page.locator('[data-event=linked]', { hasText: 'The same agent' }).waitFor();
  });

  story('a task is noted by keys, seen in the queue, and done', ['officer'], async (desk) => {
    const { reference } = await report(PLEA);
    await desk.opens(reference);
    await desk.page.locator('#case-name').focus();
    await desk.page.keyboard.press('Shift+T');
    await desk.page.keyboard.type('Ask the shelter for a bed');
    await desk.page.keyboard.press('Enter');
    const task = desk.page.getByTestId('tasks').locator('li', { hasText: 'Ask the shelter for a bed' });
    await task.waitFor();
    await desk.row(reference).getByText(/Task \d/).waitFor();
    await task.getByRole('button', { name: 'Done: Ask the shelter for a bed' }).click();
    await task.waitFor({ state: 'detached' });
    await desk.row(reference).getByText(/Task \d/).waitFor({ state: 'detached' });
  });

  story('by when she writes is agreed in her own time by keys, counted in the queue, and ended', ['officer'], async (desk) => {
    const { reference } = await report('they have not paid my salary for three months, I am in Deira Dubai');
    await desk.opens(reference);
    await desk.claims();
    await desk.page.locator('#case-name').focus();
    await desk.page.keyboard.press('Shift+W');
    const field = desk.page.locator('[data-key=agree]');
    assert.equal(await field.evaluate((one) => one === document.activeElement), true);
    // Two hours from now, as the clocks of Dubai show it: four hours ahead of the moment itself.
    const by = new Date(Math.ceil(Date.now() / 60_000) * 60_000 + 7_200_000);
    await field.fill(new Date(by.getTime() + 14_400_000).toISOString().slice(0, 16));
    await desk.page.getByLabel('How often').selectOption('24');
    await desk.page.keyboard.press('Tab');
    await desk.page.keyboard.press('Enter');
    const agreed = desk.page.getByTestId('agreed');
    await agreed.getByText(/Word from her by/).waitFor();
    await agreed.getByText(/Time in United Arab Emirates · and every day/).waitFor();
    assert.match(await agreed.getByRole('timer').textContent(), /^(2 h 0\d|1 h 5\d)/);
    await desk.row(reference).getByText('to her word').waitFor();
    await desk.page.locator('[data-event=agreed]').waitFor();
    const { cases } = await desk.get('/api/v1/cases?limit=1000');
    const card = cases.find((one) => one.reference === reference);
    assert.deepEqual([Date.parse(card.hear_by), card.clock, card.due_at], [by.getTime(), 'word', card.hear_by]);
    assert.deepEqual(await desk.violations(), []);
    await agreed.locator('[data-act=end_agreement]').click();
    await agreed.waitFor({ state: 'detached' });
    await desk.row(reference).getByText('to her word').waitFor({ state: 'detached' });
    await desk.page.locator('[data-event=agreement_ended]').waitFor();
  });

  story('a supervisor puts a case into a colleague’s hands', ['head', 'officer'], async (head, officer) => {
    const { reference } = await report(PLEA);
    await head.opens(reference);
    await head.page.locator('#case-name').focus();
    await head.page.keyboard.press('Shift+A');
    const dialog = head.page.locator('dialog');
    await dialog.locator('option', { hasText: 'Consular officer, Dubai' }).waitFor({ state: 'attached' });
    const value = await dialog.locator('option', { hasText: 'Consular officer, Dubai' }).getAttribute('value');
    await dialog.locator('select').selectOption(value);
    await dialog.locator('textarea').fill('She speaks Luo');
    await head.submits(dialog);
    await officer.opens(reference);
    await officer.page.locator('[data-event=assigned]', { hasText: 'She speaks Luo' }).waitFor();
    await officer.act('start').waitFor();
  });

  story('the next shift sees on signing in what is handed over, and confirms it', ['officer'], async (early) => {
    await nothingWaits(early);
    const { reference } = await report(PLEA);
    await early.opens(reference);
    await early.claims();
    await early.page.locator('#case-name').focus();
    await early.page.keyboard.press('Shift+H');
    const dialog = early.page.locator('dialog');
    await dialog.getByText(reference).waitFor();
    await dialog.locator('textarea').fill('She answers after six');
    await dialog.getByRole('button', { name: 'Hand over' }).click();
    await dialog.waitFor({ state: 'detached' });
    const late = await Desk.open(browser, ACCOUNTS.colleague);
    try {
      await late.signIn();
      const shift = late.page.getByTestId('shift');
      await shift.getByText('She answers after six').waitFor();
      await shift.getByText(reference).first().waitFor();
      await shift.getByRole('button', { name: 'Confirm and take over' }).first().click();
      await early.page.locator('[data-event=handed_over]').first().waitFor();
      await nothingWaits(late);
      await late.opens(reference);
      await late.act('start').waitFor();
    } finally {
      await late.close();
    }
  });
});

describe('for everybody', { concurrency: false }, () => {
  const LOOKS = [{ lang: 'en' }, { lang: 'ar', dark: true }, { lang: 'sw', width: 360, height: 740 }];
  for (const look of LOOKS) {
    test(`axe finds nothing where people work together (${called(look)})`, { timeout: 120_000 }, async (t) => {
      const { reference } = await report(PLEA, { phone: Phone.fresh().number, safe: 'any' });
      const head = await Desk.open(browser, ACCOUNTS.head, look);
      const centre = await Desk.open(browser, ACCOUNTS.centre);
      t.after(() => Promise.all([head.close(), centre.close()]));
      const clean = async (where) => {
        assert.deepEqual([where, await head.violations()], [where, []]);
        const wide = await head.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(wide <= 0, `${where} is ${wide} px too wide`);
        const shots = process.env.MSAADA_E2E_SHOTS;
        if (shots) await head.page.screenshot({ path: `${shots}/${look.lang}-${where}.png` });
      };
      await centre.signIn();
      await head.signIn();
      await nothingWaits(head);
      await head.opens(reference);
      await head.claims();
      await head.page.locator('[data-key=task]').fill('Ask the shelter for a bed');
      await head.page.locator('[data-key=task]').press('Enter');
      await head.page.getByTestId('tasks').locator('li').first().waitFor();
      await head.act('agree').click();
      await head.page.getByTestId('agreed').waitFor();
      await centre.opens(reference);
      await head.page.getByTestId('beside').waitFor();
      await clean('case');
      for (const act of ['merge', 'link', 'assign', 'sheet']) {
        await head.act(act).click();
        await head.page.locator('dialog').waitFor();
        await clean(act);
        await head.page.keyboard.press('Escape');
        await head.page.locator('dialog').waitFor({ state: 'detached' });
      }
      await head.act('transfer').click();
      const dialog = head.page.locator('dialog');
      await dialog.locator('select').selectOption('KE-NBO');
      await dialog.locator('textarea').fill('She is on her way to Nairobi');
      await head.submits(dialog);
      await head.act('withdraw').waitFor();
      await clean('offered');
      await head.page.locator('#case-name').focus();
      await head.page.keyboard.press('Shift+H');
      await dialog.getByText(reference).waitFor();
      await clean('shift');
      await head.page.keyboard.press('Escape');
      await head.page.goto(`${head.page.url().split('#')[0]}#/watch`);
      await head.page.getByTestId('claims-lang').waitFor();
      await clean('watch');
      assert.deepEqual(head.strays, []);
    });
  }
});
