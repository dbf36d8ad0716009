// Somebody in charge takes part in an agent's call: one frequency per person, present and absent at each ear, in every mode and at every
// change of it, over a reload of either page and a restart of the switchboard.

import assert from 'node:assert/strict';
import { assertHears, received } from '../support/audio.mjs';
import { find, gone, press } from '../support/controls.mjs';
import { setStage } from '../support/stage.mjs';
import { Switchboard } from '../support/switchboard.mjs';
import { timed, until } from '../support/wait.mjs';

const stage = setStage({ start: async () => undefined });

const SUE = 523;
const ONE = 811;
const ADA = 1123;

/** At whose ear who is there and who is not; nobody ever hears themselves. */
const EARS = {
  Listen: { sue: [ADA, ONE], one: [ADA], ada: [ONE] },
  Whisper: { sue: [ADA, ONE], one: [ADA, SUE], ada: [ONE] },
  'Barge in': { sue: [ADA, ONE], one: [ADA, SUE], ada: [ONE, SUE] },
};
const SAYS = { Listen: 'Supervisor is listening', Whisper: 'Supervisor is talking to you', 'Barge in': 'Supervisor has come into the call' };

const hears = (page, present, options) => assertHears(page, { present, absent: [SUE, ONE, ADA].filter((voice) => !present.includes(voice)), ...options });

for (const [boss, agent] of [
  ['chromium', 'firefox'],
  ['firefox', 'chromium'],
]) {
  stage.alone(`a supervisor in ${boss} takes part in the call of an agent in ${agent}`, () => Switchboard.demo(), async (t) => {
    stage.expect(/WebSocket connection to|can’t establish a connection|was interrupted while|ERR_CONNECTION_REFUSED|Failed to load resource|NetworkError|Cross-Origin|healthz/);
    const [sue, one] = await stage.desksOf([boss, 'supervisor', { frequency: SUE }], [agent, 'agent1', { frequency: ONE }]);
    const ada = await stage.visitor(boss, 'support', { frequency: ADA, name: 'Ada' });
    await one.press('Get ready');
    await ada.call();
    const popup = await one.rings();
    await press(popup, 'Answer');
    await one.inCall('Ada');
    await ada.talks();
    await sue.press('Floor', { role: 'link' });
    await press(sue.page, 'Manage Agent One');
    const dialog = await find(sue.page, 'dialog', 'Agent One');

    const ears = async (mode) => {
      const { sue: boss, one: desk, ada: caller } = EARS[mode];
      await Promise.all([hears(sue.page, boss), hears(one.page, desk), hears(ada.page, caller)]);
    };
    const pressed = (where, mode) =>
      until(`${mode} to hold`, () => where.evaluate((element, mode) => [...element.querySelectorAll('.segment')].find((button) => button.textContent === mode)?.ariaPressed === 'true', mode));
    const change = async (mode, where = dialog) => {
      await press(where, mode);
      await pressed(where, mode);
      await one.says(SAYS[mode]);
      await ears(mode);
    };

    await t.test('every mode, and every change from one to another', async (t) => {
      const { ms } = await timed(async () => {
        await press(dialog, 'Listen');
        await hears(sue.page, EARS.Listen.sue);
      });
      t.diagnostic(`press to sound ${ms} ms`);
      await one.says(SAYS.Listen);
      await ears('Listen');
      for (const mode of ['Whisper', 'Barge in', 'Listen', 'Barge in', 'Whisper', 'Listen']) await change(mode);
      await press(dialog, 'Close');
      await gone(sue.page, 'dialog', 'Agent One');
    });

    await t.test('who is muted is heard by nobody, and the agent is not rung meanwhile', async () => {
      await one.press('Mute');
      await Promise.all([hears(sue.page, [ADA]), hears(ada.page, [])]);
      await one.press('Unmute');
      await ears('Listen');
      assert.equal(await one.shows('alertdialog', 'Incoming call'), false);
    });

    await t.test('the agent loads the page again: the supervisor is let in again', async () => {
      await change('Barge in', await find(sue.page, 'region', 'Call with Agent One'));
      await one.reload();
      await one.inCall('Ada');
      await one.says(SAYS['Barge in']);
      await Promise.all([hears(sue.page, [ADA, ONE], { timeout: 15_000 }), hears(one.page, [ADA, SUE], { timeout: 15_000 }), hears(ada.page, [ONE, SUE], { timeout: 15_000 })]);
    });

    await t.test('the supervisor loads the page again and goes on as before', async () => {
      await change('Whisper', await find(sue.page, 'region', 'Call with Agent One'));
      await sue.reload();
      const strip = await find(sue.page, 'region', 'Call with Agent One');
      await pressed(strip, 'Whisper');
      await Promise.all([hears(sue.page, [ADA, ONE], { timeout: 15_000 }), hears(one.page, [ADA, SUE], { timeout: 15_000 }), hears(ada.page, [ONE])]);
    });

    await t.test('the switchboard is killed: everybody goes on hearing, and modes change again afterwards', async () => {
      await stage.board.kill();
      await ears('Whisper');
      await stage.board.start();
      await Promise.all([sue.ready(), one.ready()]);
      const strip = await find(sue.page, 'region', 'Call with Agent One');
      await until('orders to be possible', () => strip.evaluate((element) => !element.querySelector('.segment[aria-disabled]')), { timeout: 15_000 });
      await change('Listen', strip);
      await change('Barge in', strip);
    });

    await t.test('the supervisor leaves, and nobody else notices', async () => {
      await sue.press('Hang up');
      await gone(sue.page, 'region', 'Call with Agent One');
      await until('the agent to read nothing of it', async () => !(await one.text()).includes('Supervisor has come'));
      await Promise.all([hears(one.page, [ADA]), hears(ada.page, [ONE])]);
      assert.equal((await received(one.page)).connections, 1);
    });

    await t.test('taken over while listening: the agent is out, and so is what was listened to', async () => {
      await press(sue.page, 'Manage Agent One');
      const dialog = await find(sue.page, 'dialog', 'Agent One');
      await press(dialog, 'Listen');
      await pressed(dialog, 'Listen');
      await press(dialog, 'Take the call over');
      await Promise.all([hears(sue.page, [ADA]), hears(ada.page, [SUE])]);
      await press(dialog, 'Close');
      await until('the agent to hear nobody', async () => (await received(one.page)).connections === 0);
      await until('one call to be left', async () => (await received(sue.page)).connections === 1);
      await ada.hangUp();
    });
  });
}
