// A desk without a microphone still takes and places calls: the other side gets a running, silent track.

import assert from 'node:assert/strict';
import { assertHears, energy, received } from '../support/audio.mjs';
import { BROWSERS } from '../support/browsers.mjs';
import { find } from '../support/controls.mjs';
import { setStage } from '../support/stage.mjs';
import { until } from '../support/wait.mjs';

const stage = setStage();

const CASES = [
  { media: 'refused', says: 'The microphone is blocked', what: 'refused' },
  { media: 'none', says: 'No microphone found', what: 'missing' },
];

for (const browser of BROWSERS) {
  for (const { media, says, what } of CASES) {
    stage.test(`${browser}: microphone ${what}`, async () => {
      const mute = await stage.desk(browser, 'agent1', { media, shift: false });
      await mute.signIn();
      await find(mute.page, 'heading', 'Check your devices');
      await mute.says(says);
      await mute.startShift('Continue without microphone');
      const two = await stage.desk('chromium', 'agent2', { frequency: 811 });

      await mute.dial('agent2');
      await two.answer();
      await Promise.all([mute.inCall(two.name), two.inCall(mute.name)]);
      if (browser === 'firefox' && media === 'none') {
        const quiet = await energy(mute.page);
        await until('sound to arrive', async () => (await energy(mute.page)) > quiet + 0.01);
      } else {
        await assertHears(mute.page, { present: [811] });
      }
      await mute.says('They hear silence: your microphone is missing.');
      // Silence is sent, not nothing: packets arrive and the element plays.
      const before = (await received(two.page)).audio;
      await until('packets of silence', async () => (await received(two.page)).audio > before + 10);
      const levels = await assertHears(two.page, { absent: [523, 811, 1123] });
      assert.ok(levels[811] < -60, JSON.stringify(levels));
      await two.press('Hang up');
      await mute.callOver();
    });
  }
}
