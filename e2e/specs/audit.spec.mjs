// The audit log in the office: what was done is there, found by person, action and day, and whether the chain is whole.

import assert from 'node:assert/strict';
import { assertAccessible } from '../support/axe.mjs';
import { BROWSERS } from '../support/browsers.mjs';
import { find, present, press } from '../support/controls.mjs';
import { setStage } from '../support/stage.mjs';
import { Switchboard } from '../support/switchboard.mjs';
import { until } from '../support/wait.mjs';

const stage = setStage({ start: async () => undefined });
const auditTest = (name, action) => stage.alone(name, () => Switchboard.demo(), action);

const office = async (browser, user, path = '/office/audit') => {
  const desk = await stage.desk(browser, user, { shift: false, path });
  await desk.signIn();
  return desk;
};

/** Texts of the rows: when, what, who, on whom, from where, details, number. */
const rows = (desk) =>
  desk.page.$$eval('.report-table tbody tr', (all) => all.map((row) => [...row.children].map((cell) => cell.innerText.trim())));
const rowsAre = (desk, words, fits) => until(words, async () => fits(await rows(desk)));

for (const browser of BROWSERS) {
  auditTest(`${browser}: an administrator finds who did what, page by page, and nobody else has the page`, async () => {
    stage.expect(/status of 401|status of 403/);
    // Something to find: a wrong password, and a file that was taken.
    const sue = await office(browser, 'supervisor', '/office/reports');
    await find(sue.page, 'heading', 'Reports');
    assert.equal(await present(sue.page, 'link', 'Audit log'), false);
    const csv = await until('the address of the file', () => sue.page.$eval('a[download$=".csv"]', (link) => link.href).catch(() => undefined));
    assert.equal(await sue.page.evaluate((csv) => fetch(csv).then((answer) => answer.status), csv), 200);
    const wrong = { user: 'agent1', password: 'wrong' };
    const tried = await fetch(`${stage.board.url}/api/session`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(wrong) });
    assert.equal(tried.status, 401);

    const admin = await office(browser, 'admin');
    await find(admin.page, 'heading', 'Audit log');
    await rowsAre(admin, 'one’s own sign-in first', ([first]) => first?.[1] === 'Sign-in: accepted' && first[2] === 'Administrator');
    const all = await rows(admin);
    assert.ok(all.some(([, what, who]) => what === 'Sign-in: refused' && who === 'Agent One'), 'the wrong password');
    assert.ok(all.some(([, what, who, on]) => what === 'Report as a file: done' && who === 'Supervisor' && on === 'queues'), 'the file');
    const numbers = all.map((row) => Number(row[6]));
    assert.deepEqual(numbers, numbers.toSorted((one, other) => other - one), 'newest first');

    const box = async (text) => {
      const input = await until('the search', () => admin.page.$('#audit-find'));
      await input.evaluate((input) => input.select());
      await input.type(text);
      await press(admin.page, 'Search');
    };
    await find(admin.page, 'searchbox', 'Person, action or detail');
    await box('agent one');
    await rowsAre(admin, 'only those of one person', (found) => found.length > 0 && found.every((row) => row[2] === 'Agent One'));
    await box('report_export');
    await rowsAre(admin, 'only files', (found) => found.length === 1 && found[0][1] === 'Report as a file: done');
    const date = (id, text) =>
      admin.page.$eval(
        id,
        (input, text) => {
          input.value = text;
          input.dispatchEvent(new Event('input', { bubbles: true }));
        },
        text,
      );
    await date('#audit-to', '2001-09-09');
    await press(admin.page, 'Search');
    await admin.says('No entry fits');
  });
}

auditTest('the chain is checked, and said to be whole', async () => {
  const admin = await office('chromium', 'admin');
  await press(admin.page, 'Check the log');
  await admin.says(/The log is whole: \d+ entries as they were written, 0 personal values erased\./);
});

auditTest('axe finds nothing serious in the audit log, light and dark, wide and narrow', async () => {
  const admin = await office('chromium', 'admin');
  await rowsAre(admin, 'a row', (found) => found.length > 0);
  await press(admin.page, 'Check the log');
  await admin.says(/The log is whole/);
  for (const scheme of ['light', 'dark']) {
    await admin.page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    for (const size of [{ width: 1440, height: 900 }, { width: 1024, height: 768 }, { width: 390, height: 844 }]) {
      await admin.page.setViewport(size);
      await assertAccessible(admin.page, `audit log, ${scheme}, ${size.width} wide`);
      if (process.env.PORTICO_LOOK) await admin.page.screenshot({ path: `${process.env.PORTICO_LOOK}/audit-${scheme}-${size.width}.png` });
    }
  }
});
