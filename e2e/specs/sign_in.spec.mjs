// Signing in: right, wrong, by keyboard alone; the screens themselves make no noise in the console.

import assert from 'node:assert/strict';
import { find, gone, present, press, write } from '../support/controls.mjs';
import { BROWSERS } from '../support/browsers.mjs';
import { setStage } from '../support/stage.mjs';
import { until } from '../support/wait.mjs';

const stage = setStage();

for (const browser of BROWSERS) {
  stage.test(`${browser}: a wrong password is refused in words, the right one opens the device check`, async () => {
    // The browser itself reports the status of the refused request; nothing else may be in the console.
    stage.expect(/status of 401/);
    const desk = await stage.desk(browser, 'agent1', { shift: false });
    await desk.signIn('not the password');
    const alert = await find(desk.page, 'alert');
    assert.match(await alert.evaluate((element) => element.textContent), /wrong/i);
    assert.equal(await present(desk.page, 'heading', 'Check your devices'), false, 'nobody is signed in');
    await desk.signIn();
    await find(desk.page, 'heading', 'Check your devices');
  });

  stage.test(`${browser}: sign-in, shift and sign-out work from the keyboard alone`, async () => {
    const desk = await stage.desk(browser, 'agent2', { shift: false });
    const { page } = desk;
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent?.trim() ?? '');
    const tabTo = (name) =>
      until(
        `the focus on "${name}"`,
        async () => {
          if ((await focused()) === name) return true;
          await page.keyboard.press('Tab');
          return (await focused()) === name;
        },
        { every: 20 },
      );
    await until('the first field to have the focus', () => page.evaluate(() => document.activeElement?.tagName === 'INPUT'));
    await page.keyboard.type('agent2');
    await page.keyboard.press('Tab');
    await page.keyboard.type(desk.board.password);
    await page.keyboard.press('Enter');
    await find(page, 'heading', 'Check your devices');
    await until('the shift to be startable', async () => !(await (await find(page, 'button', 'Start shift')).evaluate((button) => button.disabled)));
    await tabTo('Start shift');
    await page.keyboard.press('Enter');
    await desk.ready();
    await tabTo('Sign out');
    await page.keyboard.press('Enter');
    await find(page, 'button', 'Sign in');
  });
}

stage.test('the language is chosen on the first screen and kept', async () => {
  const desk = await stage.desk('chromium', 'agent1', { shift: false });
  const { page } = desk;
  const languages = { it: 'Accedi', fr: 'Se connecter', de: 'Anmelden' };
  for (const [language, button] of Object.entries(languages)) {
    const chooser = await until('the language chooser', () => page.$('select'));
    await chooser.select(language);
    await find(page, 'button', button);
    assert.equal(await page.evaluate(() => document.documentElement.lang), language);
  }
  await page.reload();
  await find(page, 'button', 'Anmelden');
});

stage.test('the theme is switched by its button and kept', async () => {
  const desk = await stage.desk('chromium', 'agent1', { shift: false });
  const background = () => desk.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await press(desk.page, 'Switch to dark theme');
  await find(desk.page, 'button', 'Switch to light theme');
  const dark = await until('a dark page', async () => {
    const [r, g, b] = (await background()).match(/[\d.]+/g).map(Number);
    return r + g + b < 200 ? `${r} ${g} ${b}` : undefined;
  });
  await desk.page.reload();
  await find(desk.page, 'button', 'Switch to light theme');
  assert.equal((await background()).match(/[\d.]+/g).map(Number).slice(0, 3).join(' '), dark);
  await gone(desk.page, 'button', 'Switch to dark theme');
});

stage.test('an empty form is answered in words and asks nobody', async () => {
  const desk = await stage.desk('chromium', 'agent1', { shift: false });
  await find(desk.page, 'button', 'Sign in');
  // The desk is fetched behind the form; that is not what is counted.
  await desk.page.waitForNetworkIdle();
  const before = desk.watch.requests.length;
  await write(desk.page, 'User name', 'agent1');
  await press(desk.page, 'Sign in');
  await find(desk.page, 'alert');
  assert.equal(desk.watch.requests.length, before);
});
