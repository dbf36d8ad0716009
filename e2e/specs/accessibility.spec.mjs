// Every screen, light and dark, wide and narrow: axe finds nothing serious; and a call by keyboard alone.

import assert from 'node:assert/strict';
import { assertHears } from '../support/audio.mjs';
import { assertAccessible } from '../support/axe.mjs';
import { BROWSERS } from '../support/browsers.mjs';
import { find } from '../support/controls.mjs';
import { setStage } from '../support/stage.mjs';
import { until } from '../support/wait.mjs';

const stage = setStage();

const SIZES = [
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
];

for (const scheme of ['light', 'dark']) {
  stage.test(`axe finds nothing serious on any screen, ${scheme}`, async (t) => {
    const one = await stage.desk('chromium', 'agent1', { frequency: 523, hue: 0, shift: false });
    await one.page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    const check = (screen) =>
      t.test(screen, async () => {
        for (const size of SIZES) {
          await one.page.setViewport(size);
          await assertAccessible(one.page, `${screen}, ${size.width} wide`);
        }
        await one.page.setViewport(SIZES[0]);
      });

    await find(one.page, 'button', 'Sign in');
    await check('sign-in');
    await one.signIn();
    await find(one.page, 'heading', 'Check your devices');
    await until('the microphone to be open', async () => !(await (await find(one.page, 'button', 'Start shift')).evaluate((button) => button.disabled)));
    await check('device check');
    await one.startShift();
    await check('desk, idle');

    const two = await stage.desk('chromium', 'agent2', { frequency: 811, hue: 220 });
    await two.dial('agent1', { video: true });
    await one.rings();
    await check('incoming call');
    await one.answer({ video: true });
    await one.inCall(two.name);
    await one.press('Keypad');
    await check('in a call, with keypad');
    await one.press('Hold');
    await find(one.page, 'button', 'Resume');
    await check('on hold');
    await one.press('Hang up');
    await one.callOver();
    await check('after a call');
    for (const [link, heading] of [
      ['History', 'History'],
      ['Settings', 'Settings'],
      ['Diagnostics', 'Diagnostics'],
    ]) {
      await one.press(link, { role: 'link' });
      await find(one.page, 'heading', heading);
      await check(link.toLowerCase());
    }
  });
}

for (const browser of BROWSERS) {
  stage.test(`${browser}: a call is placed, answered, held, muted and ended from the keyboard alone`, async () => {
    const [one, two] = await stage.desksOf([browser, 'agent1', { frequency: 523 }], [browser, 'agent2', { frequency: 811 }]);
    const focusedName = (desk) =>
      desk.page.evaluate(() => {
        const element = document.activeElement;
        return element?.getAttribute('aria-label') ?? (element?.labels?.[0]?.textContent || element?.textContent || '').trim();
      });
    const tabTo = async (desk, name) => {
      // Keys go to the window in front, as they do for people.
      await desk.page.bringToFront();
      for (let step = 0; step < 60; step += 1) {
        if ((await focusedName(desk)) === name) return;
        await desk.page.keyboard.press('Tab');
      }
      assert.fail(`"${name}" cannot be reached with Tab`);
    };

    await tabTo(one, 'Name or number');
    await one.page.keyboard.type('agent2');
    await one.page.keyboard.press('Enter');
    await two.rings();
    await tabTo(two, 'Answer');
    await two.page.keyboard.press(' ');
    await Promise.all([one.inCall(two.name), two.inCall(one.name)]);
    await assertHears(two.page, { present: [523] });
    await tabTo(two, 'Hold');
    await two.page.keyboard.press('Enter');
    await find(two.page, 'button', 'Resume');
    assert.equal(await focusedName(two), 'Resume', 'the focus stays where it was');
    await two.page.keyboard.press('Enter');
    await find(two.page, 'button', 'Hold');
    await tabTo(one, 'Mute');
    await one.page.keyboard.press('Enter');
    await find(one.page, 'button', 'Unmute');
    await assertHears(two.page, { absent: [523] });
    await tabTo(two, 'Hang up');
    await two.page.keyboard.press('Enter');
    await Promise.all([one.callOver(), two.callOver()]);

    // The shortcuts that the page names do the same from anywhere.
    await two.dial('agent1');
    await one.rings();
    const keys = await one.page.evaluate(() => [...document.querySelectorAll('[role="alertdialog"] [aria-keyshortcuts]')].map((each) => each.getAttribute('aria-keyshortcuts')));
    assert.ok(keys.length >= 2, `shortcuts are announced: ${keys}`);
    const chord = async (desk, text) => {
      const parts = text.split('+').map((part) => (part.length === 1 ? `Key${part.toUpperCase()}` : part));
      for (const part of parts) await desk.page.keyboard.down(part);
      for (const part of parts.reverse()) await desk.page.keyboard.up(part);
    };
    const answer = await (await find(await one.rings(), 'button', 'Answer')).evaluate((button) => button.getAttribute('aria-keyshortcuts'));
    await chord(one, answer);
    await one.inCall(two.name);
    await chord(one, await (await find(one.page, 'button', 'Hang up')).evaluate((button) => button.getAttribute('aria-keyshortcuts')));
    await Promise.all([one.callOver(), two.callOver()]);
  });
}
