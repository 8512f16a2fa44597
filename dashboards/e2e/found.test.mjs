// What is found again, what is said to whom, and a session that goes on: by an officer whom somebody
// rings with an old reference.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ACCOUNTS, Desk, openBrowser, Phone, PLEA, report, storyteller, URL_OF_SERVICE } from './people.mjs';

let browser;
before(async () => {
  browser = await openBrowser();
});
after(async () => browser?.close());

const story = storyteller(test, assert, () => browser);

describe('what is found again', { concurrency: false }, () => {
  story('a closed case is found by the reference that somebody reads aloud', ['officer', 'colleague'], async (desk, colleague) => {
    const { reference } = await report(PLEA);
    await desk.opens(reference);
    await desk.claims();
    await desk.resolves('helped', 'She is safe.');
    await desk.state('Resolved');
    // On this desk the case has never been: it was closed before the page was opened.
    await colleague.page.reload();
    await colleague.isLive();
    await colleague.page.keyboard.press('Escape');
    assert.equal(await colleague.row(reference).count(), 0);
    const spoken = reference.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l');
    await colleague.page.locator('[data-key=search]').fill(spoken);
    await colleague.row(reference).click();
    await colleague.state('Resolved');
    await colleague.act('reopen').waitFor();
  });
});

describe('what is said, and to whom', { concurrency: false }, () => {
  story('who wants no contact is written to only with a reason, before anything is sent', ['officer'], async (desk) => {
    const { reference } = await report(PLEA, { phone: Phone.fresh().number, safe: 'never' });
    await desk.opens(reference);
    await desk.claims();
    const form = desk.page.getByTestId('message-form');
    await form.getByText('Never contact').waitFor();
    const send = form.locator('button[type=submit]');
    await form.locator('[data-template=on_it]').click();
    assert.equal(await send.isDisabled(), true);
    await form.getByTestId('unwanted').locator('input').fill('Her sister says that she waits for our text now');
    assert.equal(await send.isDisabled(), false);
    const words = await form.locator('textarea').inputValue();
    await send.click();
    await desk.page.locator('li.out', { hasText: words }).waitFor();
    // Words of one's own are read by the service first: the reason is for what it found in them.
    await form.locator('textarea').fill('The embassy has your papers');
    await send.click();
    await form.getByTestId('refusal').getByText('embassy').waitFor();
    assert.equal(await desk.page.locator('li.out', { hasText: 'The embassy has your papers' }).count(), 0);
    assert.equal(await send.isDisabled(), true);
  });

  story('whence a rule came stands beside it, and what another case with the number says', ['officer'], async (desk) => {
    const phone = Phone.fresh();
    const told = await report('I have a question about a passport, Deira Dubai', { phone: phone.number, safe: 'never' });
    await desk.opens(told.reference);
    await desk.page.getByTestId('contact-whence').getByText('Nothing proves that the number is theirs').waitFor();
    const silent = await phone.texts(PLEA);
    await desk.opens(silent.reference);
    await desk.page.getByTestId('contact-whence').getByText(`It comes from case ${told.reference}`).waitFor();
    // Her own words outweigh it, and the other rule is still told.
    await phone.texts('Please call me');
    await desk.page.getByTestId('contact-whence').getByText('Asked for by a text from this number').waitFor();
    const other = desk.page.getByTestId('contact-other');
    await other.getByText('Another open case with this number says').waitFor();
    assert.match(await other.textContent(), new RegExp(told.reference));
    assert.deepEqual(await desk.violations(), []);
  });

  story('templates come in her language, and each text is counted as the network counts it', ['officer'], async (desk) => {
    const { reference } = await report('صاحبة البيت تضربني وأخذت جوازي، أنا في دبي', {
      phone: Phone.fresh().number,
      safe: 'any',
    });
    await desk.opens(reference);
    await desk.claims();
    const form = desk.page.getByTestId('message-form');
    const parts = form.getByTestId('parts');
    await form.locator('[data-template=on_it]').click();
    assert.match(await form.locator('textarea').inputValue(), /\p{Script=Arabic}/u);
    await parts.getByText('UCS-2').waitFor();
    await form.locator('select').selectOption('en');
    await form.locator('[data-template=on_it]').click();
    assert.match(await form.locator('textarea').inputValue(), /^[ -~]+$/);
    await parts.getByText('GSM-7').waitFor();
    await form.locator('textarea').fill('a'.repeat(161));
    await parts.getByText('2 parts').waitFor();
    await form.locator('textarea').fill(`${'a'.repeat(70)}ع`);
    await parts.getByText('UCS-2').waitFor();
    await parts.getByText('2 parts').waitFor();
    await form.locator('textarea').fill('Your case is 4F7K-92MX-Q1TA, see https://example.org');
    await form.locator('.worry', { hasText: 'a link' }).waitFor();
    await form.locator('.worry', { hasText: 'a number' }).waitFor();
    await form.locator('.worry').getByText('“4F7K-92MX-Q1TA”').waitFor();
  });

  story('a note goes off with Ctrl and Enter, and the case is read again once', ['officer'], async (desk) => {
    const { reference } = await report(PLEA);
    await desk.opens(reference);
    await desk.claims();
    // That she has seen the report is noted by itself.
    await desk.row(reference).locator('.unread').waitFor({ state: 'detached' });
    const id = await desk.row(reference).getAttribute('data-case');
    let reads = 0;
    desk.page.on('request', (request) => {
      if (request.method() === 'GET' && request.url().endsWith(`/api/v1/cases/${id}`)) reads += 1;
    });
    await desk.page.locator('#case-name').focus();
    await desk.page.keyboard.press('n');
    await desk.page.keyboard.type('The shelter has a bed for her');
    await desk.page.keyboard.press('Control+Enter');
    await desk.page.locator('[data-event=note]', { hasText: 'The shelter has a bed for her' }).waitFor();
    assert.equal(reads, 1, 'each read is on record');
  });

  story('a call is logged by keys, beside the numbers to ring in that country', ['officer'], async (desk) => {
    const { reference } = await report(PLEA, { phone: Phone.fresh().number, safe: 'any' });
    await desk.opens(reference);
    await desk.claims();
    await desk.page.locator('#case-name').focus();
    await desk.page.keyboard.press('g');
    await desk.page.keyboard.type('A man answered and hung up');
    await desk.page.locator('.composer select').selectOption('another_answered');
    await desk.page.locator('.composer button[type=submit]').click();
    await desk.page.locator('[data-event=call]', { hasText: 'A man answered and hung up' }).waitFor();
    const { emergency } = await desk.get(`/api/v1/cases/${await desk.row(reference).getAttribute('data-case')}`);
    await desk.page.locator('aside dd', { hasText: emergency.police }).first().waitFor();
  });
});

describe('a session that ended', { concurrency: false }, () => {
  test('goes on by itself once the same reader signed in in another tab, with what was typed', { timeout: 90_000 }, async (t) => {
    const desk = await Desk.open(browser, ACCOUNTS.officer);
    t.after(() => desk.close());
    await desk.signIn();
    await desk.page.keyboard.press('Escape');
    const { reference } = await report(PLEA);
    await desk.opens(reference);
    const box = desk.page.locator('textarea[data-write=note]');
    await box.fill('She answers after six');
    await desk.page.context().clearCookies();
    await desk.page.locator('.composer button[type=submit]').click();
    await desk.page.locator('dialog').waitFor();
    const other = await desk.page.context().newPage();
    await other.goto(`${URL_OF_SERVICE}/desk`);
    await other.locator('input[type=email]').fill(desk.email);
    await other.locator('input[type=password]').fill(desk.password);
    await other.getByTestId('sign-in').click();
    await other.locator('[data-testid=line].live').waitFor();
    await desk.page.locator('dialog').waitFor({ state: 'detached', timeout: 30_000 });
    await desk.page.locator('[data-event=note]', { hasText: 'She answers after six' }).waitFor();
    await desk.isLive();
  });
});
