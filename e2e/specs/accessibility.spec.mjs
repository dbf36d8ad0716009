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
    const ada = await stage.desk('chromium', 'agent1', { frequency: 523, hue: 0, shift: false });
    await ada.page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    const check = (screen) =>
      t.test(screen, async () => {
        for (const size of SIZES) {
          await ada.page.setViewport(size);
          await assertAccessible(ada.page, `${screen}, ${size.width} wide`);
        }
        await ada.page.setViewport(SIZES[0]);
      });

    await find(ada.page, 'button', 'Sign in');
    await check('sign-in');
    await ada.signIn();
    await find(ada.page, 'heading', 'Check your devices');
    await until('the microphone to be open', async () => !(await (await find(ada.page, 'button', 'Start shift')).evaluate((button) => button.disabled)));
    await check('device check');
    await ada.startShift();
    await check('desk, idle');

    const grace = await stage.desk('chromium', 'agent2', { frequency: 811, hue: 220 });
    await grace.dial('agent1', { video: true });
    await ada.rings();
    await check('incoming call');
    await ada.answer({ video: true });
    await ada.inCall(grace.name);
    await ada.press('Keypad');
    await check('in a call, with keypad');
    await ada.press('Hold');
    await find(ada.page, 'button', 'Resume');
    await check('on hold');
    await ada.press('Hang up');
    await ada.callOver();
    await check('after a call');
    for (const [link, heading] of [
      ['History', 'History'],
      ['Settings', 'Settings'],
      ['Diagnostics', 'Diagnostics'],
    ]) {
      await ada.press(link, { role: 'link' });
      await find(ada.page, 'heading', heading);
      await check(link.toLowerCase());
    }
  });
}

for (const browser of BROWSERS) {
  stage.test(`${browser}: a call is placed, answered, held, muted and ended from the keyboard alone`, async () => {
    const [ada, grace] = await stage.desksOf([browser, 'agent1', { frequency: 523 }], [browser, 'agent2', { frequency: 811 }]);
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

    await tabTo(ada, 'Name or number');
    await ada.page.keyboard.type('agent2');
    await ada.page.keyboard.press('Enter');
    await grace.rings();
    await tabTo(grace, 'Answer');
    await grace.page.keyboard.press(' ');
    await Promise.all([ada.inCall(grace.name), grace.inCall(ada.name)]);
    await assertHears(grace.page, { present: [523] });
    await tabTo(grace, 'Hold');
    await grace.page.keyboard.press('Enter');
    await find(grace.page, 'button', 'Resume');
    assert.equal(await focusedName(grace), 'Resume', 'the focus stays where it was');
    await grace.page.keyboard.press('Enter');
    await find(grace.page, 'button', 'Hold');
    await tabTo(ada, 'Mute');
    await ada.page.keyboard.press('Enter');
    await find(ada.page, 'button', 'Unmute');
    await assertHears(grace.page, { absent: [523] });
    await tabTo(grace, 'Hang up');
    await grace.page.keyboard.press('Enter');
    await Promise.all([ada.callOver(), grace.callOver()]);

    // The shortcuts that the page names do the same from anywhere.
    await grace.dial('agent1');
    await ada.rings();
    const keys = await ada.page.evaluate(() => [...document.querySelectorAll('[role="alertdialog"] [aria-keyshortcuts]')].map((each) => each.getAttribute('aria-keyshortcuts')));
    assert.ok(keys.length >= 2, `shortcuts are announced: ${keys}`);
    const chord = async (desk, text) => {
      const parts = text.split('+').map((part) => (part.length === 1 ? `Key${part.toUpperCase()}` : part));
      for (const part of parts) await desk.page.keyboard.down(part);
      for (const part of parts.reverse()) await desk.page.keyboard.up(part);
    };
    const answer = await (await find(await ada.rings(), 'button', 'Answer')).evaluate((button) => button.getAttribute('aria-keyshortcuts'));
    await chord(ada, answer);
    await ada.inCall(grace.name);
    await chord(ada, await (await find(ada.page, 'button', 'Hang up')).evaluate((button) => button.getAttribute('aria-keyshortcuts')));
    await Promise.all([ada.callOver(), grace.callOver()]);
  });
}
