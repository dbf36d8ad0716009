// Calls between two desks in every pairing of the browsers: who is heard and seen at each end, and who is not.

import assert from 'node:assert/strict';
import { assertHears, received } from '../support/audio.mjs';
import { find, present } from '../support/controls.mjs';
import { PAIRINGS, setStage } from '../support/stage.mjs';
import { assertSees, look } from '../support/video.mjs';
import { until } from '../support/wait.mjs';

const stage = setStage();

const ADA = { user: 'agent1', frequency: 523, hue: 0 };
const GRACE = { user: 'agent2', frequency: 811, hue: 220 };
/** A frequency that nobody sends: the ear must be able to tell. */
const NOBODY = 1123;

for (const [caller, called] of PAIRINGS) {
  stage.test(`${caller} calls ${called}`, async (t) => {
    const [ada, grace] = await stage.desksOf([caller, ADA.user, ADA], [called, GRACE.user, GRACE]);

    const bothHear = async () => {
      const levels = await Promise.all([
        assertHears(ada.page, { present: [GRACE.frequency], absent: [ADA.frequency, NOBODY] }),
        assertHears(grace.page, { present: [ADA.frequency], absent: [GRACE.frequency, NOBODY] }),
      ]);
      return levels.map((each) => JSON.stringify(each)).join(' ');
    };

    await t.test('voice: each hears the other and not their own echo', async (step) => {
      await ada.dial('agent2');
      await grace.answer();
      await Promise.all([ada.inCall(grace.name), grace.inCall(ada.name)]);
      step.diagnostic(`levels in dB ${await bothHear()}`);
      assert.equal(await present(ada.page, undefined, `Video of ${grace.name}`), false, 'no picture in a voice call');
    });

    await t.test('mute: the other side hears silence, and the voice again after', async () => {
      await ada.press('Mute');
      await find(ada.page, 'button', 'Unmute');
      await assertHears(grace.page, { absent: [ADA.frequency] });
      await assertHears(ada.page, { present: [GRACE.frequency] });
      await ada.press('Unmute');
      await bothHear();
    });

    await t.test('hold: nobody hears anybody, both pages say so; resume brings the sound back', async () => {
      await ada.press('Hold');
      await find(ada.page, 'button', 'Resume');
      await grace.says(`${ada.name} put you on hold`);
      await assertHears(grace.page, { absent: [ADA.frequency], open: false });
      await assertHears(ada.page, { absent: [GRACE.frequency], open: false });
      await ada.press('Resume');
      await find(ada.page, 'button', 'Hold');
      await bothHear();
    });

    await t.test('hanging up ends it on both sides', async () => {
      await grace.press('Hang up');
      await Promise.all([ada.callOver(), grace.callOver()]);
      await ada.says('The other side hung up.');
      await until('all connections to be closed', async () => (await received(ada.page)).connections === 0);
    });

    await t.test('video: each sees the other, moving, and hears the other', async () => {
      await grace.dial('agent1', { video: true });
      await ada.answer({ video: true });
      await Promise.all([ada.inCall(grace.name), grace.inCall(ada.name)]);
      await bothHear();
      await Promise.all([
        assertSees(ada.page, `video[aria-label="Video of ${grace.name}"]`, GRACE.hue),
        assertSees(grace.page, `video[aria-label="Video of ${ada.name}"]`, ADA.hue),
        assertSees(ada.page, 'video[aria-label="Your video"]', ADA.hue),
      ]);
      const before = (await received(ada.page)).frames;
      await until('more frames', async () => (await received(ada.page)).frames > before + 5);
    });

    await t.test('a camera turned off is not seen any more', async () => {
      await ada.press('Turn camera off');
      await find(ada.page, 'button', 'Turn camera on');
      const coloured = async () => (await look(grace.page, `video[aria-label="Video of ${ada.name}"]`))?.coloured ?? 0;
      await until('the picture to go', async () => (await coloured()) < 50);
      await bothHear();
      await ada.press('Hang up');
      await Promise.all([ada.callOver(), grace.callOver()]);
    });
  });
}
