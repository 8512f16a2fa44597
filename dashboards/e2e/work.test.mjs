// The work on a case and around it: signs, answers, files, what is looked for, what a supervisor
// watches; and a night in which nobody touches the mouse.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  ACCOUNTS,
  Desk,
  openBrowser,
  Phone,
  PLEA,
  report,
  send,
  storyteller,
  URL_OF_SERVICE,
} from './people.mjs';
import { required } from './settings.mjs';

const JPEG = Buffer.from('\xff\xd8\xff\xe0\0\x10JFIF what the camera saw', 'latin1');

let browser;
before(async () => {
  browser = await openBrowser();
});
after(async () => browser?.close());

const story = storyteller(test, assert, () => browser);

describe('the work on a case', { concurrency: false }, () => {
  story('a sign is seen with the words that told it, and ticked and unticked by keys, on record', ['officer'], async (desk) => {
    const { reference } = await report(PLEA);
    await desk.opens(reference);
    const signs = desk.page.getByTestId('signs');
    const row = (sign) => signs.locator('li', { has: desk.page.locator(`[data-sign=${sign}]`) });
    assert.equal(await signs.locator('li').count(), 11);
    assert.match(await row('documents').locator('q').first().textContent(), /passport/);
    assert.equal(await row('documents').locator('input').isChecked(), true);
    await desk.page.locator('#case-name').focus();
    await desk.page.keyboard.press('Shift+I');
    assert.equal(await desk.page.evaluate(() => document.activeElement?.dataset.key), 'signs');
    await row('debt').locator('input').focus();
    await desk.page.keyboard.press('Space');
    await row('debt').locator('p', { hasText: 'Consular officer, Dubai' }).waitFor();
    await row('documents').locator('input').focus();
    await desk.page.keyboard.press('Space');
    await row('documents').locator('p', { hasText: 'taken back by Consular officer, Dubai' }).waitFor();
    await desk.page.locator('[data-event=signs]', { hasText: 'Debt bondage' }).waitFor();
  });

  story('answers are written down while on the telephone, and steps are ticked off', ['officer'], async (desk) => {
    const { reference } = await report('my brother died in Dubai yesterday, his body is in the hospital');
    await desk.opens(reference);
    await desk.page.locator('#case-name').focus();
    await desk.page.keyboard.press('Shift+S');
    const dialog = desk.page.locator('dialog');
    await dialog.locator('input[name=remains_at]').fill('Rashid Hospital');
    await dialog.locator('select[name=kin_told]').selectOption('no');
    await desk.submits(dialog);
    const answers = desk.page.getByTestId('answers');
    await answers.getByText('Rashid Hospital').waitFor();
    await desk.page.locator('[data-event=sheet]', { hasText: 'Where the remains are' }).waitFor();
    const step = desk.page.locator('[data-step=death_2]');
    await step.check();
    await desk.page.getByTestId('steps').locator('li.done', { hasText: 'next of kin' }).waitFor();
    await desk.page.getByText('1 of 7 done').waitFor();
  });

  /** What somebody says, an answer a responder writes down, and a yes-or-no question of that sheet. */
  const SHEETS = {
    medical: ['my sister is in hospital in Dubai, she had an accident', 'hospital', 'Rashid Hospital', 'can_speak'],
    detention: ['my brother was arrested by the police in Dubai, he is in prison', 'held_at', 'Al Awir', 'visited'],
    lost_documents: ['I lost my passport in Dubai', 'report_number', '2026/118', 'police_report'],
    missing_person: ['my sister is missing in Dubai, we have not heard from her for a month', 'last_seen_at', 'Deira, the fish market', 'photographs'],
    distress: [PLEA, 'agreed_word', 'mangoes', 'can_leave'],
  };
  for (const [kind, [words, field, value, choice]] of Object.entries(SHEETS)) {
    story(`the sheet of a case asks and reminds as its kind needs (${kind})`, ['officer'], async (desk) => {
      const { reference } = await report(words);
      await desk.opens(reference);
      await desk.page.locator('#case-name').focus();
      await desk.page.keyboard.press('Shift+S');
      const dialog = desk.page.locator('dialog');
      await dialog.locator(`[name=${field}]`).fill(value);
      await dialog.locator(`select[name=${choice}]`).selectOption('yes');
      await desk.submits(dialog);
      await desk.page.getByTestId('answers').getByText(value).waitFor();
      await desk.page.locator(`[data-step=${kind}_1]`).check();
      await desk.page.getByText(/^1 of \d done$/).waitFor();
      // It is there for whoever opens the case next.
      const { id } = await desk.card(reference);
      const { sheet } = await desk.get(`/api/v1/cases/${id}`);
      assert.ok(JSON.stringify(sheet).includes(value));
    });
  }

  story('a photograph is attached and saved, and what is none is refused in plain words', ['officer'], async (desk) => {
    const { reference } = await report(PLEA);
    await desk.opens(reference);
    const input = desk.page.locator('.case input[type=file]');
    await input.setInputFiles({ name: 'her room.jpg', mimeType: 'image/jpeg', buffer: JPEG });
    const file = desk.page.getByTestId('files').locator('a', { hasText: 'her room.jpg' });
    const [download] = await Promise.all([desk.page.waitForEvent('download'), file.click()]);
    assert.equal(download.suggestedFilename(), 'her room.jpg');
    await input.setInputFiles({ name: 'x.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('<script>') });
    await desk.page.locator('.trouble', { hasText: 'What a file is, its content tells' }).waitFor();
    await input.setInputFiles({ name: 'large.jpg', mimeType: 'image/jpeg', buffer: Buffer.alloc(6 << 20) });
    await desk.page.locator('.trouble', { hasText: 'large.jpg is larger than 5 MB' }).waitFor();
    await desk.page.locator('[data-event=attached]').waitFor();
  });

  story('a photograph of the public page is on her case, from nobody of ours', ['officer'], async (desk, t) => {
    const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 360, height: 640 } });
    t.after(() => context.close());
    const page = await context.newPage();
    await page.goto(`${URL_OF_SERVICE}/report?lang=sw`);
    await page.fill('#text', 'Nimefungiwa ndani Deira Dubai');
    await page.click('p > button.go');
    const [reference] = await page.locator('.proof dd').allTextContents();
    await page.click('button.go');
    for (const id of ['#place', '#number', '#name']) {
      await page.locator(id).waitFor();
      await page.click('button[name=skip]');
    }
    await page.setInputFiles('#photo', { name: 'note.txt', mimeType: 'text/plain', buffer: Buffer.from('words') });
    await page.click('p > button.go');
    assert.match(await page.textContent('[role=alert]'), /si picha tunayoweza kuhifadhi/);
    await page.setInputFiles('#photo', { name: 'mlango.jpg', mimeType: 'image/jpeg', buffer: JPEG });
    await page.click('p > button.go');
    await page.locator('h1', { hasText: 'Asante' }).waitFor();
    await desk.opens(reference);
    await desk.page.getByTestId('files').locator('li', { hasText: 'the person' }).waitFor();
    await desk.page.getByTestId('files').getByText('mlango.jpg').waitFor();
  });
});

describe('what is looked for', { concurrency: false }, () => {
  story('what the queue shows is kept for the reader at every computer', ['colleague'], async (desk) => {
    const kept = desk.page.waitForResponse((response) => response.request().method() === 'PUT' && response.url().endsWith('/session/filter'));
    await desk.page.locator('[data-key=filter]').click();
    await desk.page.getByRole('button', { name: 'Detention', exact: true }).click();
    assert.equal((await kept).status(), 204);
    const elsewhere = await Desk.open(browser, ACCOUNTS.colleague);
    try {
      await elsewhere.signIn();
      await elsewhere.page.keyboard.press('Escape');
      await elsewhere.page.locator('[data-key=filter]', { hasText: '1' }).waitFor();
      await elsewhere.page.locator('[data-key=filter]').click();
      await elsewhere.page.locator('[aria-pressed=true]', { hasText: 'Detention' }).waitFor();
      const cleared = elsewhere.page.waitForResponse((response) => response.url().endsWith('/session/filter') && response.request().method() === 'PUT');
      await elsewhere.page.getByRole('button', { name: 'Clear all filters' }).click();
      await cleared;
    } finally {
      await elsewhere.close();
      // Whatever happened above, the next story sees the whole queue.
      await desk.put('/api/v1/session/filter', {});
    }
  });

  story('a person is found by name, which her case has on record', ['officer'], async (desk) => {
    const name = `Achieng${Math.random().toString(36).replace(/[^a-z]/g, '').slice(0, 6)}`;
    const { reference } = await send({ text: PLEA, subject: { name: `${name} Wanjiku` } });
    await desk.page.locator('[data-key=search]').fill(name.toLowerCase());
    await desk.row(reference).waitFor({ state: 'detached' });
    await desk.page.keyboard.press('Enter');
    await desk.row(reference).waitFor();
    await desk.page.getByText('1 open case with this name').waitFor();
    await desk.row(reference).click();
    await desk.page.locator('[data-event=found]').waitFor();
  });
});

describe('what a supervisor watches', { concurrency: false }, () => {
  story('a case is dragged onto a name and is in those hands, with a reason', ['head', 'officer'], async (head, officer) => {
    const { reference } = await report(PLEA);
    await head.shows(reference);
    await head.page.locator('#main').focus();
    await head.page.keyboard.press('v');
    const person = head.page.getByTestId('people').locator('tr', { hasText: 'Consular officer, Dubai' });
    await head.row(reference).dragTo(person);
    const dialog = head.page.locator('dialog');
    assert.equal(await dialog.locator('button[type=submit]').isDisabled(), true);
    await dialog.locator('textarea').fill('She speaks Luo');
    await head.submits(dialog);
    await officer.opens(reference);
    await officer.page.locator('[data-event=assigned]', { hasText: 'She speaks Luo' }).waitFor();
    await officer.act('start').waitFor();
  });

  story('how quickly cases were claimed stands there by mission and by language', ['head'], async (head) => {
    const { reference } = await report('I am locked in a house in Deira Dubai');
    await head.opens(reference);
    await head.claims();
    await head.page.locator('#case-name').focus();
    await head.page.keyboard.press('v');
    const { claims, languages } = await head.get('/api/v1/watch');
    const of = claims.find(({ mission }) => mission === 'AE-DXB');
    const shown = head.page.getByTestId('claims').locator('tr', { hasText: 'AE-DXB' });
    assert.equal(Number(await shown.locator('td').first().textContent()), of.claims);
    const sum = languages.reduce((all, one) => all + one.claims, 0);
    assert.equal(sum, claims.reduce((all, one) => all + one.claims, 0), 'each claim once');
    await head.page.getByTestId('claims-lang').locator('tr', { hasText: 'English' }).waitFor();
  });
});

describe('trouble', { concurrency: false }, () => {
  test('a computer whose clock is an hour wrong counts to the service’s moments', { timeout: 90_000 }, async (t) => {
    const { reference } = await report('ananipiga sasa hivi anataka kuniua, niko Deira Dubai');
    for (const hours of [-1, 1]) {
      const desk = await Desk.open(browser, ACCOUNTS.officer);
      t.after(() => desk.close());
      await desk.page.addInitScript((off) => {
        const Real = Date;
        globalThis.Date = class extends Real {
          constructor(...args) {
            if (args.length === 0) super(Real.now() + off);
            else super(...args);
          }
          static now() {
            return Real.now() + off;
          }
        };
      }, hours * 3_600_000);
      await desk.page.reload();
      await desk.signIn();
      await desk.page.keyboard.press('Escape');
      const off = await desk.page.evaluate(() => Date.now());
      assert.ok(Math.abs(off - Date.now() - hours * 3_600_000) < 60_000, 'the clock is wrong');
      await desk.shows(reference);
      const card = await desk.card(reference);
      const left = (Date.parse(card.due_at) - Date.now()) / 1000;
      const shown = await desk.row(reference).getByRole('timer').textContent();
      const [, over, minutes, seconds] = /(\+?)(\d+):(\d\d)/.exec(shown);
      const seen = (Number(minutes) * 60 + Number(seconds)) * (over ? -1 : 1);
      assert.ok(Math.abs(seen - left) < 5, `${shown} is shown, ${left} s are left`);
    }
  });

  test('a desk that fell silent loses the look of holding its case, and a colleague may take it over', { timeout: 300_000 }, async (t) => {
    // Nobody else signs in with this account meanwhile, so that its desk stays silent.
    const silent = await Desk.open(browser, ACCOUNTS.centre);
    await silent.signIn();
    await silent.page.keyboard.press('Escape');
    const { reference } = await report(PLEA);
    await silent.opens(reference);
    await silent.claims();
    await silent.close();
    const head = await Desk.open(browser, ACCOUNTS.head);
    t.after(() => head.close());
    await head.signIn();
    await head.page.keyboard.press('Escape');
    await head.shows(reference);
    await head.page.locator(`[data-reference="${reference}"][data-stale]`).waitFor({ timeout: 240_000 });
    await head.row(reference).getByText('Desk silent').waitFor();
    await head.opens(reference);
    await head.act('take_over').click();
    const dialog = head.page.locator('dialog');
    await dialog.getByText('Nothing has been heard from the desk').waitFor();
    await dialog.locator('textarea').fill('The line to Nairobi is down');
    await head.submits(dialog);
    await head.page.locator(`[data-reference="${reference}"]:not([data-stale])`).waitFor();
  });
});

/** Plays so many pleas through the running service's real channels, each from a phone of its own. */
async function drill(many) {
  const lines = Array.from({ length: many }, (_, n) => ({
    id: crypto.randomUUID(),
    channel: n % 2 === 0 ? 'sms' : 'whatsapp',
    from: Phone.fresh().number,
    text: `I am locked in a house in Deira Dubai, room ${n}, they took my passport`,
  }));
  const folder = mkdtempSync(join(tmpdir(), 'msaada-'));
  const file = join(folder, 'night.jsonl');
  writeFileSync(file, lines.map((line) => JSON.stringify(line)).join('\n'));
  const args = ['drill', file, '--every', '1', '--speed', '20', '--to', URL_OF_SERVICE];
  const child = spawn(required('MSAADA_E2E_PROGRAM'), args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += data));
  const code = await new Promise((resolve) => child.on('close', resolve));
  rmSync(folder, { recursive: true });
  assert.equal(code, 0, said);
}

describe('a night with the keyboard', { concurrency: false }, () => {
  const name = 'twenty cases of a drill are cleared without the mouse';
  test(name, { timeout: 420_000 }, async (t) => {
    const desk = await Desk.open(browser, ACCOUNTS.officer);
    t.after(() => desk.close());
    const { page } = desk;
    const press = (key) => page.keyboard.press(key);
    // She signs in by keys as well.
    await page.waitForFunction(() => document.activeElement?.matches('input[type=email]'));
    await page.keyboard.type(desk.email);
    await press('Tab');
    await page.keyboard.type(desk.password);
    await press('Enter');
    await desk.isLive();
    await press('Escape');
    const waiting = async () => {
      const { cases } = await desk.get('/api/v1/cases?mission=AE-DXB&status=waiting&limit=1000');
      return cases.filter(({ tray }) => !tray).map(({ reference }) => reference);
    };
    const earlier = await waiting();
    await drill(20);
    // What earlier stories left waiting has its turn too; it is over when those of the drill are.
    const before = await waiting();
    const played = before.filter((reference) => !earlier.includes(reference));
    assert.equal(played.length, 20, `${played.length} cases of the drill wait`);
    const cleared = new Set();
    for (let n = 0; played.some((reference) => !cleared.has(reference)); n += 1) {
      assert.ok(n < before.length, 'she is given what waits, each once');
      const last = n === 0 ? '' : await page.locator('#case-name').textContent();
      await press('x');
      if (n > 0) await page.waitForFunction((name) => document.querySelector('#case-name')?.textContent !== name, last);
      await desk.state('Claimed');
      // The case's name has the focus, and is read aloud.
      await page.waitForFunction(() => document.activeElement?.id === 'case-name');
      await press('n');
      await page.keyboard.type('The shelter knows');
      await press('Control+Enter');
      await page.locator('[data-event=note]').first().waitFor();
      await press('Escape');
      await press('e');
      const dialog = page.locator('dialog');
      await dialog.waitFor();
      await press('Space');
      await press('Tab');
      await page.keyboard.type('She is safe');
      if (n % 2 === 0) {
        await press('Control+Enter');
      } else {
        await press('Tab');
        await press('Tab');
        await press('Enter');
      }
      await dialog.waitFor({ state: 'detached' });
      await desk.state('Resolved');
      const name = await page.locator('#case-name').textContent();
      cleared.add(before.find((reference) => name.includes(reference)));
    }
    const still = await waiting();
    assert.deepEqual(played.filter((reference) => still.includes(reference)), []);
    assert.deepEqual(desk.strays, []);
  });
});
