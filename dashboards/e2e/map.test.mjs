// The crisis map and the wall, as a response centre uses them: in a real browser, against the
// running service.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { readFileSync } from 'node:fs';
import { ACCOUNTS, called, Desk, LOOKS, openBrowser, report, send, storyteller, URL_OF_SERVICE } from './people.mjs';
import { ownService } from './service.mjs';

let browser;
before(async () => (browser = await openBrowser()));
after(() => browser?.close());

const story = storyteller(test, assert, () => browser);

/** People who send their position from around a point. */
async function people(count, [lat, lon], text) {
  for (let nth = 0; nth < count; nth += 1) {
    await send({ text, place: { lat: lat + nth * 0.004, lon, radius_m: 100 } });
  }
}

async function atMap(desk) {
  await desk.page.goto(`${desk.page.url().split('#')[0]}#/map`);
  await desk.page.locator('[data-testid=map][data-ready=true]').waitFor();
}

/** What the service counts at this moment for the view that the page asks for. */
const counted = async (desk, query) => (await desk.get(`/api/v1/map?tray=false&${query}`)).total;

/** Draws a polygon over most of the map, corner by corner. */
async function drawsPolygon(page) {
  await page.locator('[data-tool=polygon]').click();
  const box = await page.getByTestId('map').boundingBox();
  for (const [x, y] of [[0.1, 0.1], [0.9, 0.1], [0.9, 0.8], [0.1, 0.8]]) {
    await page.mouse.click(box.x + box.width * x, box.y + box.height * y);
  }
  await page.keyboard.press('Enter');
}

async function shows(desk, total) {
  await desk.page.locator(`[data-testid=map][data-total="${total}"]`).waitFor();
}

describe('the crisis map', { concurrency: false }, () => {
  story('counts what the service counts, by kind, and follows what comes in', ['officer'], async (desk) => {
    await people(3, [25.2, 55.3], 'My employer took my passport and locked me in');
    await atMap(desk);
    await shows(desk, await counted(desk, ''));
    await people(1, [25.2, 55.31], 'My brother has died, help us bring the body home');
    await shows(desk, await counted(desk, ''));
    await desk.page.locator('select').first().selectOption('death');
    await shows(desk, await counted(desk, 'kind=death'));
  });

  story('shows one priority alone, with exact counts', ['officer'], async (desk) => {
    await people(2, [25.1, 55.4], 'he is beating me now and wants to kill me');
    await people(1, [25.1, 55.5], 'I have a question about a passport');
    await atMap(desk);
    const all = await counted(desk, '');
    const critical = await counted(desk, 'priority=critical');
    assert.ok(critical >= 2 && critical < all, `${critical} of ${all}`);
    await desk.page.locator('.tools select').nth(1).selectOption('critical');
    await shows(desk, critical);
    await people(1, [25.1, 55.4], 'he is beating me now and wants to kill me');
    await shows(desk, critical + 1);
    await desk.page.locator('.tools select').nth(1).selectOption('routine');
    await shows(desk, await counted(desk, 'priority=routine'));
  });

  story('a polygon drawn by hand gives the cases in it by its buttons, as GeoJSON and as CSV', ['officer'], async (desk) => {
    await people(2, [25.2, 55.3], 'My employer took my passport and locked me in');
    await atMap(desk);
    const { page } = desk;
    const total = page.locator('[data-testid=area] [data-total]');
    await page.getByPlaceholder('Around a place').fill('Dubai');
    await page.keyboard.press('Enter');
    await total.waitFor();
    await page.getByRole('button', { name: 'Close' }).first().click();
    await total.waitFor({ state: 'detached' });
    await drawsPolygon(page);
    await total.waitFor();
    const many = Number(await total.getAttribute('data-total'));
    assert.ok(many >= 2, `${many} cases`);
    const file = async (button) => {
      const downloads = page.waitForEvent('download');
      await page.getByText(button).click();
      return readFileSync(await (await downloads).path(), 'utf8');
    };
    const geojson = JSON.parse(await file('Download GeoJSON'));
    assert.equal(geojson.type, 'FeatureCollection');
    assert.equal(geojson.features.length, many);
    assert.ok(geojson.features.every(({ properties }) => !('name' in properties) && properties.reference));
    const rows = (await file('Download CSV')).trim().split(/\r?\n/);
    assert.match(rows[0], /^reference,mission,kind,/);
    const listed = rows.filter((row) => /^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4},/.test(row));
    assert.equal(listed.length, many);
  });

  story('where somebody is is drawn as wide as it is not known', ['officer'], async (desk) => {
    const drawn = async (radius_m) => {
      const { reference } = await send({ text: 'I am locked in a house', place: { lat: 25.2, lon: 55.3, radius_m } });
      await desk.opens(reference);
      const { place } = await desk.card(reference);
      const circle = desk.page.locator('svg circle.area').first();
      await circle.waitFor();
      return { told: place.radius_m, r: Number(await circle.getAttribute('r')), width: await circle.evaluate((it) => it.getBoundingClientRect().width) };
    };
    const wide = await drawn(60_000);
    assert.ok(wide.told >= 60_000, `${wide.told} m`);
    // The drawing reaches 1.6 times as far as the circle: in 132 units of height.
    assert.ok(Math.abs(wide.r - 66 / 1.6) < 0.5, `${wide.r} units`);
    assert.ok(wide.width > 20, `${wide.width} pixels`);
    const near = await drawn(100);
    assert.ok(near.r < wide.r / 2, `${near.r} units for ${near.told} m`);
  });

  story('what was open at a time is shown for any time, and played', ['officer'], async (desk) => {
    await people(2, [25.2, 55.3], 'My employer took my passport and locked me in');
    await atMap(desk);
    const handle = desk.page.getByTestId('map-at');
    const asked = (fits) =>
      desk.page.waitForRequest((request) => fits(Date.parse(new URL(request.url()).searchParams.get('at'))));
    const ended = asked((at) => at > 0);
    await desk.page.getByTestId('map-open-at').click();
    const end = Date.parse(new URL((await ended).url()).searchParams.get('at'));
    const first = asked((at) => at < end);
    await handle.focus();
    await desk.page.keyboard.press('Home');
    const begun = new URL((await first).url()).searchParams.get('at');
    await shows(desk, await counted(desk, `at=${begun}`));
    const later = asked((at) => at > Date.parse(begun));
    await desk.page.getByTestId('play').click();
    await later;
    await desk.page.getByTestId('map-open-at').click();
    await handle.waitFor({ state: 'detached' });
    await shows(desk, await counted(desk, ''));
  });

  story('cells and heat count what the counts do, and a mission’s area is brought into sight', ['officer'], async (desk) => {
    await people(2, [25.2, 55.3], 'My employer took my passport and locked me in');
    await atMap(desk);
    const { page } = desk;
    const total = await counted(desk, '');
    for (const [mode, shape] of [['Cells', 'hexagons'], ['Heat', 'cells']]) {
      const asked = page.waitForRequest((request) => request.url().includes(`shape=${shape}`));
      await page.getByRole('button', { name: mode, exact: true }).click();
      const { features } = await desk.get((await asked).url().slice(URL_OF_SERVICE.length));
      const sum = features.reduce((all, { properties: { count } }) => all + (count ?? 0), 0);
      assert.ok(sum >= 2, `${mode}: ${sum} cases in cells`);
      await shows(desk, total);
    }
    // Jeddah lies west of what an officer in Dubai is shown at first.
    const far = page.waitForRequest((request) => {
      const [west] = (new URL(request.url()).searchParams.get('bbox') ?? '').split(',').map(Number);
      return west < 39.2;
    });
    await page.locator('.tools select').nth(3).selectOption('SA-JED');
    await far;
  });

  story('a circle drawn by hand and one by the keyboard list the cases in them, with files', ['officer'], async (desk) => {
    // In the mountains, where no other story plays.
    await people(2, [24.8, 56.12], 'My employer took my passport and locked me in');
    await atMap(desk);
    const { page } = desk;
    await page.locator('.tools form select').selectOption('20000');
    await page.getByPlaceholder('Around a place').fill('Hatta');
    await page.keyboard.press('Enter');
    const total = page.locator('[data-testid=area] [data-total]');
    await total.waitFor();
    assert.ok(Number(await total.getAttribute('data-total')) >= 2);
    assert.ok((await page.locator('[data-testid=area] .cases li').count()) >= 2);
    const csv = await desk.page.request.get(
      new URL(await page.getByText('Download CSV').getAttribute('href'), URL_OF_SERVICE).href,
    );
    assert.match(await csv.text(), /^reference,mission,kind,/);
    // The exact place is asked for, and goes on record.
    const reference = await page.locator('[data-testid=area] .cases .mono').first().textContent();
    await page.locator('[data-testid=area] .cases button').first().click();
    await page.locator('[data-testid=area] .exact').waitFor();
    const { cases } = await desk.get('/api/v1/cases?limit=1000');
    const { log } = await desk.get(`/api/v1/cases/${cases.find((c) => c.reference === reference).id}`);
    assert.ok(log.some((line) => line.event === 'read_exact_place'));
    await page.getByRole('button', { name: 'Close' }).first().click();

    await drawsPolygon(page);
    await total.waitFor();
    assert.ok(Number(await total.getAttribute('data-total')) >= 2);
    await page.getByTestId('map-table').click();
    await page.getByTestId('table').locator('tbody tr').first().waitFor();
  });

  for (const look of LOOKS) {
    test(`axe finds nothing on map, area, table and wall (${called(look)})`, async (t) => {
      await people(1, [25.2, 55.3], 'My employer took my passport and locked me in');
      const desk = await Desk.open(browser, ACCOUNTS.officer, look);
      t.after(() => desk.close());
      const clean = async (where) => assert.deepEqual([where, await desk.violations()], [where, []]);
      await desk.signIn();
      await atMap(desk);
      const { page } = desk;
      if (look.width) await page.locator('.more').click();
      await clean('map');
      await page.locator('[data-tool=sight]').click();
      await page.locator('[data-testid=area] [data-total]').waitFor();
      await clean('area');
      await page.getByTestId('map-table').click();
      await page.getByTestId('table').waitFor();
      await clean('table');
      await page.goto(`${URL_OF_SERVICE}/wall`);
      await page.locator('[data-testid=wall-map][data-ready=true]').waitFor();
      await clean('wall');
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= (look.width ?? 1366), `the wall is ${wide} pixels wide`);
      assert.deepEqual(desk.strays, []);
    });
  }
});

describe('the wall', { concurrency: false }, () => {
  test('shows what is open without a name or a number, and comes back by itself', async (t) => {
    const desk = await Desk.open(browser, ACCOUNTS.officer, { width: 1920, height: 1080 });
    t.after(() => desk.close());
    await desk.signIn();
    const { page } = desk;
    const me = (await desk.get('/api/v1/session')).responder.name;
    // Somebody whose name and number the service knows.
    const secrets = { name: 'Achieng Nafula', number: `+2547${String(Math.floor(Math.random() * 1e8)).padStart(8, '0')}` };
    const { reference } = await send({
      text: `My sister ${secrets.name} is locked in a house in Deira Dubai`,
      subject: { name: secrets.name },
      contact: { phone: secrets.number, safe: 'any' },
      place: { lat: 25.2, lon: 55.3, radius_m: 100 },
    });
    const answers = [];
    const noted = (url, words) => answers.push([url, words]);
    page.on('response', (response) => {
      if (response.url().includes('/api/')) noted(response.url(), response.text().catch(() => ''));
    });
    page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => noted(socket.url(), String(payload))));
    await page.goto(`${URL_OF_SERVICE}/wall`);
    const open = page.getByTestId('wall-open');
    await open.waitFor();
    const { cases } = await desk.get('/api/v1/cases?limit=1000&tray=false');
    await page.locator('[data-testid=wall-open]', { hasText: new RegExp(`^${cases.length}$`) }).waitFor();
    assert.ok(cases.some((card) => card.reference === reference), 'her case is counted');
    const shown = await page.textContent('main');
    assert.ok(!shown.includes(me), 'no name');
    const heard = await Promise.all(answers.map(async ([url, words]) => [url, await words]));
    assert.ok(heard.some(([, words]) => words.includes(reference)), 'the wall was told of her case');
    const digits = secrets.number.slice(1);
    for (const [where, words] of [['the page', shown], ...heard]) {
      for (const secret of ['Achieng', 'Nafula', digits]) {
        assert.ok(!words.includes(secret), `${secret} in ${where}`);
      }
    }
    await desk.loseLine();
    await page.getByTestId('wall-lost').waitFor();
    desk.mendLine();
    await page.getByTestId('wall-lost').waitFor({ state: 'detached', timeout: 30_000 });
    await people(1, [25.2, 55.3], 'My employer took my passport and locked me in');
    await page
      .locator('[data-testid=wall-open]', { hasText: new RegExp(`^${cases.length + 1}$`) })
      .waitFor();
  });

  test('has an account of its own, which opens nothing but the wall', { timeout: 90_000 }, async (t) => {
    const own = await ownService();
    t.after(() => own.stop());
    const account = await own.add('--role', 'wall', '--mission', 'AE-DXB', '--name', 'Wall');
    const desk = await Desk.open(browser, account, { width: 1920, height: 1080, url: own.url });
    t.after(() => desk.close());
    const { page } = desk;
    await page.locator('input[type=email]').fill(desk.email);
    await page.locator('input[type=password]').fill(desk.password);
    await page.getByTestId('sign-in').click();
    // Its desk leads to the wall.
    await page.waitForURL(`${own.url}/wall`);
    await page.locator('[data-testid=wall-open]', { hasText: /^0$/ }).waitFor();
    await report('I am locked in a house in Deira Dubai', undefined, own.url);
    await page.locator('[data-testid=wall-open]', { hasText: /^1$/ }).waitFor();
    for (const path of ['/api/v1/cases', '/api/v1/watch', '/api/v1/colleagues', '/api/v1/handovers']) {
      assert.equal((await page.request.get(`${own.url}${path}`)).status(), 403, path);
    }
    assert.deepEqual(desk.strays, []);
  });

  test('says when its session ended, shows nothing more, and goes on once somebody signed in', { timeout: 90_000 }, async (t) => {
    const desk = await Desk.open(browser, ACCOUNTS.officer, { width: 1920, height: 1080 });
    t.after(() => desk.close());
    await desk.signIn();
    const { page } = desk;
    await page.goto(`${URL_OF_SERVICE}/wall`);
    await page.getByTestId('wall-open').waitFor();
    const context = page.context();
    await context.clearCookies();
    await desk.loseLine();
    desk.mendLine();
    const ended = page.getByTestId('wall-ended');
    await ended.getByText('The session of this screen ended at').waitFor({ timeout: 30_000 });
    assert.equal(await page.getByTestId('wall').count(), 0, 'nothing of any case is left on the screen');
    assert.deepEqual(await desk.violations(), []);
    // Another account, in another tab: the wall begins anew for whoever signed in.
    const other = await context.newPage();
    await other.goto(`${URL_OF_SERVICE}/desk`);
    await other.locator('input[type=email]').fill(ACCOUNTS.colleague[0]);
    await other.locator('input[type=password]').fill(ACCOUNTS.colleague[1]);
    await other.getByTestId('sign-in').click();
    await other.locator('[data-testid=line].live').waitFor();
    await page.getByTestId('wall-open').waitFor({ timeout: 30_000 });
  });
});
