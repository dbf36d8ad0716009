// The office: a program of its own behind the same sign-in. Its addresses lead where they say, before and after it.

import assert from 'node:assert/strict';
import { assertAccessible } from '../support/axe.mjs';
import { BROWSERS } from '../support/browsers.mjs';
import { find, gone, press, present } from '../support/controls.mjs';
import { setStage } from '../support/stage.mjs';
import { Switchboard } from '../support/switchboard.mjs';
import { until } from '../support/wait.mjs';

const stage = setStage({ start: () => Switchboard.demo() });

const office = (browser, user, path = '/office', options = {}) => stage.desk(browser, user, { shift: false, path, ...options });
const path = (page) => page.evaluate(() => location.pathname);
/** Programs that a page has fetched. */
const programs = (page) =>
  page.evaluate(() =>
    performance
      .getEntriesByType('resource')
      .map(({ name }) => /\/(\w+)-[0-9a-f]+_bg\.wasm/.exec(name)?.[1])
      .filter(Boolean),
  );

for (const browser of BROWSERS) {
  stage.test(`${browser}: a link into the office leads there through the sign-in, and a reload stays`, async () => {
    const sue = await office(browser, 'supervisor');
    const { page } = sue;
    await find(page, 'button', 'Sign in');
    await page.evaluate(() => (window.__same = true));
    await sue.signIn();
    await find(page, 'heading', 'Overview');
    await sue.says('Supervisor');
    await gone(page, 'textbox', 'User name');
    assert.equal(await page.evaluate(() => window.__same), true, 'the page was not loaded anew');
    assert.equal(await path(page), '/office');
    assert.deepEqual((await programs(page)).sort(), ['gate', 'office'], 'no desk was fetched');
    await page.reload();
    await find(page, 'heading', 'Overview');
    assert.deepEqual(await programs(page), ['office'], 'with a session nothing stands before it');
  });

  stage.test(`${browser}: what is no page is said, with a way out, and signing out leads to the form at the same address`, async () => {
    const admin = await office(browser, 'admin', '/office/nothing');
    const { page } = admin;
    await admin.signIn();
    await find(page, 'heading', 'This page does not exist');
    await press(page, 'Go to the overview', { role: 'link' });
    await find(page, 'heading', 'Overview');
    assert.equal(await path(page), '/office');
    await press(page, 'Sign out');
    await find(page, 'button', 'Sign in');
    assert.equal(await path(page), '/office');
    await admin.signIn();
    await find(page, 'heading', 'Overview');
    assert.equal(await page.evaluate(() => fetch('/api/session').then((answer) => answer.json()).then((me) => me.user)), 'admin');
  });

  stage.test(`${browser}: from the desk to the office and back`, async () => {
    const sue = await stage.desk(browser, 'supervisor', { shift: false });
    await sue.signIn();
    await find(sue.page, 'heading', 'Check your devices');
    // The way to the entrances comes with the first news of the floor, and moves the others down.
    await find(sue.page, 'link', 'Entrances');
    await sue.press('Office', { role: 'link' });
    const page = await until('a tab of its own', async () => (await sue.context.pages()).find((each) => each !== sue.page));
    await find(page, 'heading', 'Overview');
    await press(page, 'Desk', { role: 'link' });
    await find(page, 'heading', 'Check your devices');
    await page.close();
    await sue.page.bringToFront();
    await find(sue.page, 'heading', 'Check your devices');
  });

  stage.test(`${browser}: a session that ends elsewhere is noticed when the page is looked at, and said`, async () => {
    const sue = await office(browser, 'supervisor');
    await sue.signIn();
    await find(sue.page, 'heading', 'Overview');
    // Another page of the same browser signs out.
    const answer = await sue.page.evaluate(() => fetch('/api/session', { method: 'DELETE' }).then((answer) => answer.status));
    assert.equal(answer, 204);
    await sue.page.evaluate(() => window.dispatchEvent(new Event('online')));
    await find(sue.page, 'button', 'Sign in');
    assert.match(await (await find(sue.page, 'alert')).evaluate((element) => element.textContent), /session/i);
  });
}

stage.test('an agent is not led to the office', async () => {
  const one = await stage.desk('chromium', 'agent1', { shift: false });
  await one.signIn();
  await find(one.page, 'heading', 'Check your devices');
  await find(one.page, 'link', 'History');
  assert.equal(await present(one.page, 'link', 'Office'), false);
});

stage.test('the office speaks four languages and remembers the theme', async () => {
  const sue = await office('chromium', 'supervisor');
  const { page } = sue;
  for (const [language, button, heading] of [['fr', 'Se connecter', 'Aperçu'], ['it', 'Accedi', 'Panoramica'], ['de', 'Anmelden', 'Übersicht']]) {
    const chooser = await until('the language chooser', () => page.$('select'));
    await chooser.select(language);
    await find(page, 'button', button);
    await page.evaluate(() => fetch('/api/session', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ user: 'supervisor', password: 'portico' }) }));
    await page.reload();
    await find(page, 'heading', heading);
    await page.evaluate(() => fetch('/api/session', { method: 'DELETE' }));
    await page.reload();
    await find(page, 'button', button);
  }
});

stage.test('axe finds nothing serious in the office, light and dark, wide and narrow', async () => {
  const sue = await office('chromium', 'supervisor');
  await sue.signIn();
  await find(sue.page, 'heading', 'Overview');
  for (const scheme of ['light', 'dark']) {
    await sue.page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    for (const size of [{ width: 1440, height: 900 }, { width: 390, height: 844 }]) {
      await sue.page.setViewport(size);
      await assertAccessible(sue.page, `overview, ${scheme}, ${size.width} wide`);
      if (process.env.PORTICO_LOOK) await sue.page.screenshot({ path: `${process.env.PORTICO_LOOK}/overview-${scheme}-${size.width}.png` });
    }
  }
});
