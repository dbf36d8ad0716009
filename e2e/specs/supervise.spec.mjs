// Somebody in charge takes part in an agent's call: one frequency per person, present and absent at each ear, in every mode and at every
// change of it, over a reload of either page and a restart of the switchboard.

import assert from 'node:assert/strict';
import { assertHears, neverHears, received } from '../support/audio.mjs';
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
      // The caller hears no whisper, not even while it begins or ends.
      await neverHears(ada.page, [SUE], () => change('Whisper'));
      for (const mode of ['Barge in', 'Listen', 'Barge in', 'Whisper']) await change(mode);
      await neverHears(ada.page, [SUE], () => change('Listen'));
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

    await t.test('whoever is on hold hears nobody, whatever a supervisor does, and no supervisor hears them', async () => {
      const strip = await find(sue.page, 'region', 'Call with Agent One');
      const held = async (mode) => {
        const toAgent = mode === 'Listen' ? [] : [SUE];
        await Promise.all([hears(sue.page, []), hears(one.page, toAgent, { open: toAgent.length > 0 }), hears(ada.page, [], { open: false })]);
      };
      await press(strip, 'Barge in');
      await pressed(strip, 'Barge in');
      await ears('Barge in');
      await one.press('Hold');
      await held('Barge in');
      // Whoever comes in during hold is not heard either.
      for (const mode of ['Listen', 'Barge in', 'Whisper', 'Barge in']) {
        await press(strip, mode);
        await pressed(strip, mode);
        await held(mode);
      }
      await one.reload();
      await find(one.page, 'button', 'Resume', { timeout: 15_000 });
      await one.says(SAYS['Barge in']);
      await hears(one.page, [SUE], { timeout: 15_000 });
      await held('Barge in');
      await one.press('Resume');
      await ears('Barge in');
      await change('Listen', strip);
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
      await press(dialog, 'Take over now');
      await Promise.all([hears(sue.page, [ADA]), hears(ada.page, [SUE])]);
      await press(dialog, 'Close');
      await until('the agent to hear nobody', async () => (await received(one.page)).connections === 0);
      await until('one call to be left', async () => (await received(sue.page)).connections === 1);
      await ada.hangUp();
    });
  });
}

// Two supervisors in one call: whoever the caller hears, the other supervisor hears too; who whispers is heard by the agent alone.

const TWO = 523;
const THREE = 1487;
const TOGETHER = [TWO, THREE, ONE, ADA];
const heard = (page, present) => assertHears(page, { present, absent: TOGETHER.filter((voice) => !present.includes(voice)), timeout: 15_000 });

/** Who hears whom, while the first and the second supervisor take part like this. */
const both = (first, second) => {
  const voices = [
    [TWO, first],
    [THREE, second],
  ];
  const by = (modes) => voices.filter(([, mode]) => modes.includes(mode)).map(([voice]) => voice);
  const [toAgent, toCaller] = [by(['Whisper', 'Barge in']), by(['Barge in'])];
  const boss = (own) => [ADA, ONE, ...toCaller.filter((voice) => voice !== own)];
  return { two: boss(TWO), three: boss(THREE), one: [ADA, ...toAgent], ada: [ONE, ...toCaller] };
};

const house = () =>
  Switchboard.serve({
    queues: [{ name: 'support', label: 'Support', agents: ['agent1'], public: true }],
    roles: { agent2: ['supervisor'], agent3: ['supervisor'] },
  });

for (const [first, second] of [
  ['chromium', 'firefox'],
  ['firefox', 'chromium'],
]) {
  stage.alone(`two supervisors at once in the call of an agent: one in ${first}, one in ${second}`, house, async (t) => {
    const [two, three, one] = await stage.desksOf(
      [first, 'agent2', { frequency: TWO }],
      [second, 'agent3', { frequency: THREE }],
      [second, 'agent1', { frequency: ONE }],
    );
    const ada = await stage.visitor(first, 'support', { frequency: ADA, name: 'Ada' });
    await one.press('Get ready');
    await ada.call();
    await press(await one.rings(), 'Answer');
    await one.inCall('Ada');
    await ada.talks();
    const dialogs = [];
    for (const desk of [two, three]) {
      await desk.press('Floor', { role: 'link' });
      await press(desk.page, 'Manage Agent One');
      dialogs.push(await find(desk.page, 'dialog', 'Agent One'));
    }
    const holds = (dialog, mode) =>
      until(`${mode} to hold`, () => dialog.evaluate((element, mode) => [...element.querySelectorAll('.segment')].find((button) => button.textContent === mode)?.ariaPressed === 'true', mode));
    const modes = [undefined, undefined];
    const change = async (which, mode) => {
      await press(dialogs[which], mode);
      await holds(dialogs[which], mode);
      modes[which] = mode;
    };
    const ears = async () => {
      const wanted = both(...modes);
      await Promise.all([heard(two.page, wanted.two), heard(three.page, wanted.three), heard(one.page, wanted.one), heard(ada.page, wanted.ada)]);
    };

    await t.test('one whispers, one has come in', async () => {
      await change(0, 'Whisper');
      await change(1, 'Barge in');
      await ears();
      await one.says('Agent Two is talking to you');
      await one.says('Agent Three has come into the call');
    });

    await t.test('the other way round, and both in', async () => {
      await change(1, 'Whisper');
      await change(0, 'Barge in');
      await ears();
      await change(1, 'Barge in');
      await ears();
    });

    await t.test('one leaves: the other stays as before', async () => {
      await change(0, 'Whisper');
      await press(dialogs[1], 'Close');
      await three.press('Hang up');
      await gone(three.page, 'region', 'Call with Agent One');
      await Promise.all([heard(two.page, [ADA, ONE]), heard(one.page, [ADA, TWO]), heard(ada.page, [ONE])]);
      assert.equal((await received(three.page)).connections, 0);
    });
  });
}
