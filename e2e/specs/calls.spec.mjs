// Calls between two desks in every pairing of the browsers: who is heard and seen at each end, and who is not.

import assert from 'node:assert/strict';
import { assertHears, received } from '../support/audio.mjs';
import { find, present } from '../support/controls.mjs';
import { PAIRINGS, setStage } from '../support/stage.mjs';
import { assertSees, look } from '../support/video.mjs';
import { until } from '../support/wait.mjs';

const stage = setStage();

const ONE = { user: 'agent1', frequency: 523, hue: 0 };
const TWO = { user: 'agent2', frequency: 811, hue: 220 };
/** A frequency that nobody sends: the ear must be able to tell. */
const NOBODY = 1123;

for (const [caller, called] of PAIRINGS) {
  stage.test(`${caller} calls ${called}`, async (t) => {
    const [one, two] = await stage.desksOf([caller, ONE.user, ONE], [called, TWO.user, TWO]);

    const bothHear = async () => {
      const levels = await Promise.all([
        assertHears(one.page, { present: [TWO.frequency], absent: [ONE.frequency, NOBODY] }),
        assertHears(two.page, { present: [ONE.frequency], absent: [TWO.frequency, NOBODY] }),
      ]);
      return levels.map((each) => JSON.stringify(each)).join(' ');
    };

    await t.test('voice: each hears the other and not their own echo', async (step) => {
      await one.dial('agent2');
      await two.answer();
      await Promise.all([one.inCall(two.name), two.inCall(one.name)]);
      step.diagnostic(`levels in dB ${await bothHear()}`);
      assert.equal(await present(one.page, undefined, `Video of ${two.name}`), false, 'no picture in a voice call');
    });

    await t.test('mute: the other side hears silence, and the voice again after', async () => {
      await one.press('Mute');
      await find(one.page, 'button', 'Unmute');
      await assertHears(two.page, { absent: [ONE.frequency] });
      await assertHears(one.page, { present: [TWO.frequency] });
      await one.press('Unmute');
      await bothHear();
    });

    await t.test('hold: nobody hears anybody, both pages say so; resume brings the sound back', async () => {
      await one.press('Hold');
      await find(one.page, 'button', 'Resume');
      await two.says(`${one.name} put you on hold`);
      await assertHears(two.page, { absent: [ONE.frequency], open: false });
      await assertHears(one.page, { absent: [TWO.frequency], open: false });
      await one.press('Resume');
      await find(one.page, 'button', 'Hold');
      await bothHear();
    });

    await t.test('hanging up ends it on both sides', async () => {
      await two.press('Hang up');
      await Promise.all([one.callOver(), two.callOver()]);
      await one.says('The other side hung up.');
      await until('all connections to be closed', async () => (await received(one.page)).connections === 0);
    });

    await t.test('video: each sees the other, moving, and hears the other', async () => {
      await two.dial('agent1', { video: true });
      await one.answer({ video: true });
      await Promise.all([one.inCall(two.name), two.inCall(one.name)]);
      await bothHear();
      await Promise.all([
        assertSees(one.page, `video[aria-label="Video of ${two.name}"]`, TWO.hue),
        assertSees(two.page, `video[aria-label="Video of ${one.name}"]`, ONE.hue),
        assertSees(one.page, 'video[aria-label="Your video"]', ONE.hue),
      ]);
      const before = (await received(one.page)).frames;
      await until('more frames', async () => (await received(one.page)).frames > before + 5);
    });

    await t.test('a camera turned off is not seen any more', async () => {
      await one.press('Turn camera off');
      await find(one.page, 'button', 'Turn camera on');
      const coloured = async () => (await look(two.page, `video[aria-label="Video of ${one.name}"]`))?.coloured ?? 0;
      await until('the picture to go', async () => (await coloured()) < 50);
      await bothHear();
      await one.press('Hang up');
      await Promise.all([one.callOver(), two.callOver()]);
    });
  });
}
