// Reports in the office: what real calls have left behind, the calls behind a figure, files, and what is said where there is nothing.

import assert from 'node:assert/strict';
import { assertAccessible } from '../support/axe.mjs';
import { BROWSERS } from '../support/browsers.mjs';
import { find, gone, press } from '../support/controls.mjs';
import { PEOPLE, Switchboard } from '../support/switchboard.mjs';
import { setStage } from '../support/stage.mjs';
import { until } from '../support/wait.mjs';

const SITES = [
  { name: 'north', zone: 'Europe/Rome' },
  { name: 'south', zone: 'Europe/London' },
];
const QUEUES = [
  { name: 'support', label: 'Support', site: 'north', agents: ['agent1'], public: true, ring_seconds: 60, target_seconds: 600, wrap_up_seconds: 0 },
  { name: 'sales', label: 'Sales', site: 'south', agents: ['agent2'], public: true, max_wait_seconds: 5 },
];
const stage = setStage({ start: async () => undefined });
const reportTest = (name, action) =>
  stage.alone(name, () => Switchboard.serve({ queues: QUEUES, sites: SITES, people: { ...PEOPLE, chief: 'Chief' }, roles: { chief: ['supervisor'] } }), action);

const office = async (browser, user) => {
  const desk = await stage.desk(browser, user, { shift: false, path: '/office/reports' });
  await desk.signIn();
  await find(desk.page, 'heading', 'Reports');
  return desk;
};

/** Chooses by the words of a line. */
const choose = async (desk, chooser, line) => {
  const handle = await find(desk.page, 'combobox', chooser);
  const value = await until(`${line} in ${chooser}`, () =>
    handle.evaluate((select, line) => [...select.options].find((option) => option.textContent === line)?.value, line),
  );
  await handle.select(value);
};

/** The rows of the table, by the heads of its columns. */
const rows = (scope) =>
  scope.evaluate((within) => {
    const table = (within instanceof Element ? within : document).querySelector('.report-table table');
    if (!table) return [];
    const heads = [...table.querySelectorAll('thead th')].map((head) => head.innerText.trim().replace(/ [↑↓]$/, ''));
    return [...table.querySelectorAll('tbody tr')].map((row) => {
      const cells = [...row.children].flatMap((cell) => [...Array(cell.colSpan - 1).fill(''), cell.innerText.trim()]);
      return Object.fromEntries(cells.map((cell, index) => [heads[index], cell]));
    });
  });
const tableOf = (desk) => rows(desk.page.mainFrame());
const rowOf = (desk, column, name, fits) =>
  until(`a row of ${name}`, async () => (await tableOf(desk)).find((row) => row[column] === name && fits(row)));

/** The report of some days in these spans is there: after the last choice nothing on the page is about to be replaced. */
const settled = (desk, span) =>
  until(`a report by ${span}`, async () => {
    const address = await desk.page.$eval('.report-files a', (link) => link.getAttribute('href')).catch(() => '');
    const query = new URLSearchParams(address.split('?')[1]);
    return query.get('granularity') === span && query.get('from') < query.get('to');
  });

/** Ada is answered at the first queue; nobody takes Ben at the second one. */
async function makeCalls(browser) {
  const one = await stage.desk(browser, 'agent1', { frequency: 523 });
  await one.press('Get ready');
  await one.says('Ready for calls');
  const [ada, ben] = await Promise.all([
    stage.visitor(browser, 'support', { frequency: 811, name: 'Ada' }),
    stage.visitor(browser, 'sales', { frequency: 1123, name: 'Ben' }),
  ]);
  await ben.call();
  await ada.call();
  await press(await one.rings(), 'Answer');
  await ada.talks();
  await ada.hangUp();
  await until('nobody to wait any more', async () => !/You are number/.test(await ben.text()));
  await one.says('Ready for calls');
}

for (const browser of BROWSERS) {
  reportTest(`${browser}: calls are in the report, and each figure leads to its own`, async (t) => {
    const chief = await office(browser, 'chief');
    const { page } = chief;

    await t.test('where nothing happened that is said', async () => {
      await chief.says('Nothing happened in this time');
    });

    await t.test('figures by queue, with totals', async () => {
      await makeCalls(browser);
      await page.bringToFront();
      // A week, all together: whatever the clock shows, they are in it.
      await choose(chief, 'Period', '7 days');
      await choose(chief, 'Interval', 'Altogether');
      await settled(chief, 'total');
      const support = await rowOf(chief, 'Queue', 'Support', (row) => row.Answered === '1');
      assert.deepEqual([support['In time'], support.Lost, support['Service level']], ['1', '0', '100.0\u00a0%']);
      const sales = await rowOf(chief, 'Queue', 'Sales', (row) => row.Lost === '1');
      assert.deepEqual([sales.Answered, sales['Service level'], sales['Average wait']], ['0', '0.0\u00a0%', '–']);
      const total = (await tableOf(chief))[0];
      assert.deepEqual([total.Queue, total.Answered, total.Lost, total['Service level']], ['Total', '1', '1', '50.0\u00a0%']);
    });

    await t.test('a press on a figure shows its calls, Escape leads back to it', async () => {
      const figure = (await until('the figure', () => page.$$('tr:has(bdi) .report-figure')))[0];
      assert.equal(await figure.evaluate((button) => button.closest('tr').innerText.includes('Sales')), true, 'names are in their order');
      await figure.focus();
      await page.keyboard.press('Enter');
      const dialog = await find(page, 'dialog', 'Lost: Sales');
      const [ben] = await until('its call', async () => {
        const all = await rows(dialog);
        return all.length > 0 ? all : undefined;
      });
      assert.deepEqual([ben.Caller, ben.Queue, ben['Counted as'], ben.Agent], ['Ben', 'sales', 'Lost', '']);
      await page.keyboard.press('Escape');
      await gone(page, 'dialog', 'Lost: Sales');
      assert.equal(await figure.evaluate((button) => button === document.activeElement), true, 'the focus is back');
      await press(page, '1 Answered: show the calls');
      const all = await until('the call of the total', async () => {
        const found = await rows(await find(page, 'dialog', 'Answered'));
        return found.length === 1 ? found : undefined;
      });
      assert.deepEqual([all[0].Caller, all[0].Agent, all[0]['Counted as']], ['Ada', 'agent1', 'In time']);
      await page.keyboard.press('Escape');
    });

    await t.test('a column orders the rows, by keyboard too', async () => {
      const head = await find(page, 'button', 'Answered');
      await head.focus();
      await page.keyboard.press('Enter');
      await until('the busiest first', async () => (await tableOf(chief))[1]?.Queue === 'Support');
      assert.equal(await head.evaluate((button) => button.closest('th').getAttribute('aria-sort')), 'descending');
    });

    await t.test('it can be narrowed to a site and to one queue', async () => {
      await choose(chief, 'Site', 'south');
      await until('one queue', async () => (await tableOf(chief)).length === 2);
      assert.equal((await tableOf(chief))[1].Queue, 'Sales');
      await choose(chief, 'Site', 'All');
      await until('both queues', async () => (await tableOf(chief)).length === 3);
      await choose(chief, 'Queue', 'Support');
      await until('the other queue', async () => (await tableOf(chief))[1]?.Queue === 'Support' && (await tableOf(chief)).length === 2);
    });

    await t.test('a file holds the same, and its address no secret', async () => {
      const address = await (await find(page, 'link', 'CSV')).evaluate((link) => link.getAttribute('href'));
      assert.match(address, /^\/api\/reports\/queues\?from=[\d-]+&to=[\d-]+&granularity=total&queue=support&format=csv$/);
      const [type, text] = await page.evaluate(async (address) => {
        const answer = await fetch(address);
        return [answer.headers.get('content-type'), await answer.text()];
      }, address);
      assert.match(type, /^text\/csv/);
      assert.match(text, /support,Support,.*1,1,0,0,0,0,0,0,100\.0,/);
      const json = await (await find(page, 'link', 'JSON')).evaluate((link) => fetch(link.href).then((answer) => answer.json()));
      assert.equal(json.total.answered, 1);
    });

    await t.test('the same calls by agent, and by hours with a chart', async () => {
      await choose(chief, 'Report', 'Agents');
      await rowOf(chief, 'Agent', 'Agent One', (row) => row.Answered === '1');
      await choose(chief, 'Report', 'Queues');
      await choose(chief, 'Interval', 'Hours');
      await until('rows with times', async () => (await tableOf(chief)).length === 3 && 'Time' in (await tableOf(chief))[0]);
      await find(page, 'image', 'Calls over time: 1 in time, 0 later, 1 lost').catch(() =>
        find(page, 'img', 'Calls over time: 1 in time, 0 later, 1 lost'),
      );
    });
  });
}

/** One may wait in the first; whoever waits for long in the second goes on to the third. Nobody takes calls. */
const NARROW = [
  { name: 'narrow', label: 'Narrow', site: 'north', agents: ['agent1'], public: true, max_waiting: 1 },
  { name: 'brief', label: 'Brief', site: 'north', agents: ['agent1'], public: true, max_wait_seconds: 5, overflow: 'wide' },
  { name: 'wide', label: 'Wide', site: 'south', agents: ['agent2'], public: true },
];
const narrowTest = (name, action) =>
  stage.alone(name, () => Switchboard.serve({ queues: NARROW, sites: SITES, people: { ...PEOPLE, chief: 'Chief' }, roles: { chief: ['supervisor'] } }), action);

for (const browser of BROWSERS) {
  narrowTest(`${browser}: whom a queue turns away or passes on is counted there, with the call`, async () => {
    // All of them see an open queue before the first one calls.
    const [ada, ben] = [await stage.visitor(browser, 'narrow', { name: 'Ada' }), await stage.visitor(browser, 'narrow', { name: 'Ben' })];
    const cleo = await stage.visitor(browser, 'brief', { name: 'Cleo' });
    await find(ben.page, 'button', 'Call now');
    await cleo.call();
    await ada.call();
    await ada.position(1);
    await ben.call();
    await until('Ben to be turned away', async () => ben.sip().then((all) => all.some(({ text }) => text.startsWith('SIP/2.0 486'))));
    const chief = await office(browser, 'chief');
    const { page } = chief;
    await choose(chief, 'Period', '7 days');
    await choose(chief, 'Interval', 'Altogether');
    await settled(chief, 'total');
    // What has happened since is shown when it is asked for again.
    const row = (name, fits) =>
      until(`${name} to have it`, async () => {
        const found = (await tableOf(chief)).find((each) => each.Queue === name);
        if (found && fits(found)) return found;
        await choose(chief, 'Interval', 'Days');
        await settled(chief, 'day');
        await choose(chief, 'Interval', 'Altogether');
        await settled(chief, 'total');
        return undefined;
      });
    const narrow = await row('Narrow', (found) => found.Full === '1');
    assert.deepEqual([narrow.Closed, narrow.Overflowed, narrow.Lost, narrow['Service level']], ['0', '0', '0', '–']);
    await row('Brief', (found) => found.Overflowed === '1');
    const figure = (await until('the figures', async () => (await page.$$('tr:has(bdi) .report-figure')).slice(-1)))[0];
    await figure.focus();
    await page.keyboard.press('Enter');
    const dialog = await find(page, 'dialog', 'Full: Narrow');
    const [call] = await until('its call', async () => {
      const all = await rows(dialog);
      return all.length > 0 ? all : undefined;
    });
    assert.deepEqual([call.Caller, call.Queue, call['Counted as'], call.Agent], ['Ben', 'narrow', 'Full', '']);
    await page.keyboard.press('Escape');
    await gone(page, 'dialog', 'Full: Narrow');
    await assertAccessible(page);
    for (const scheme of browser === 'chromium' ? ['light', 'dark'] : []) {
      await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
      for (const [width, height] of [[1440, 900], [820, 1180], [390, 844]]) {
        await page.setViewport({ width, height });
        await assertAccessible(page, `who was turned away, ${scheme}, ${width} wide`);
        if (process.env.PORTICO_LOOK) await page.screenshot({ path: `${process.env.PORTICO_LOOK}/turned-away-${scheme}-${width}.png` });
      }
    }
  });
}

reportTest('days that are none, and a switchboard that is away, are said in words', async () => {
  stage.expect(/Failed to load resource|status of 400|WebSocket|NetworkError|ERR_CONNECTION/);
  const chief = await office('chromium', 'chief');
  const { page } = chief;
  await chief.says('Nothing happened in this time');
  await choose(chief, 'Period', 'Own dates');
  const date = async (id, text) => (await until(id, () => page.$(`#${id}`))).evaluate((input, text) => {
    input.value = text;
    input.dispatchEvent(new Event('input', { bubbles: true }));
  }, text);
  await date('report-from', '2026-03-02');
  await date('report-to', '2026-03-01');
  await press(page, 'Show');
  await chief.says('These are no days, or the last one lies before the first.');
  await date('report-to', '2026-03-03');
  await press(page, 'Show');
  await chief.says('Nothing happened in this time');
  await stage.board.kill();
  await press(page, 'Look again');
  await chief.says('This could not be loaded.');
  await stage.board.start();
  await press(page, 'Try again');
  await chief.says('Nothing happened in this time');
});

reportTest('whoever leads nobody reads of oneself only', async () => {
  const one = await office('chromium', 'agent1');
  const kinds = await (await find(one.page, 'combobox', 'Report')).evaluate((select) => [...select.options].map((option) => option.textContent));
  assert.deepEqual(kinds, ['Agents', 'Pause reasons']);
});

reportTest('axe finds nothing serious in a report and its calls, light and dark, wide and narrow', async () => {
  await makeCalls('chromium');
  const chief = await office('chromium', 'chief');
  const { page } = chief;
  await page.bringToFront();
  await choose(chief, 'Period', '7 days');
  await settled(chief, 'hour');
  await rowOf(chief, 'Queue', 'Sales', (row) => row.Lost === '1');
  const look = async (screen) => {
    for (const scheme of ['light', 'dark']) {
      await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
      for (const size of [{ width: 1440, height: 900 }, { width: 1024, height: 768 }, { width: 390, height: 844 }]) {
        await page.setViewport(size);
        await assertAccessible(page, `${screen}, ${scheme}, ${size.width} wide`);
        if (process.env.PORTICO_LOOK) await page.screenshot({ path: `${process.env.PORTICO_LOOK}/${screen}-${scheme}-${size.width}.png` });
      }
    }
  };
  await look('report');
  await press(page, '1 Lost: show the calls');
  await until('the call', async () => (await page.$$('dialog .report-table tbody tr')).length === 1);
  await look('report-calls');
});
