// Video comes and goes in a running voice call, and a video call may be answered with the voice alone.

import { assertHears } from '../support/audio.mjs';
import { find, gone } from '../support/controls.mjs';
import { setStage } from '../support/stage.mjs';
import { assertSees } from '../support/video.mjs';

const stage = setStage();

for (const [caller, called] of [
  ['chromium', 'firefox'],
  ['firefox', 'chromium'],
]) {
  stage.test(`${caller} and ${called} turn cameras on in a voice call`, async (t) => {
    const [one, two] = await stage.desksOf([caller, 'agent1', { frequency: 523, hue: 0 }], [called, 'agent2', { frequency: 811, hue: 220 }]);
    const bothHear = () =>
      Promise.all([assertHears(one.page, { present: [811], absent: [523] }), assertHears(two.page, { present: [523], absent: [811] })]);
    await one.dial('agent2');
    await two.answer();
    await Promise.all([one.inCall(two.name), two.inCall(one.name)]);

    await t.test('the caller is seen, the called one is not', async () => {
      await one.press('Turn camera on');
      await assertSees(two.page, `video[aria-label="Video of ${one.name}"]`, 0);
      await bothHear();
    });

    await t.test('then both are', async () => {
      await two.press('Turn camera on');
      await assertSees(one.page, `video[aria-label="Video of ${two.name}"]`, 220);
      await assertSees(two.page, `video[aria-label="Video of ${one.name}"]`, 0);
      await bothHear();
    });
  });
}

stage.test('a video call answered without video shows the caller only', async () => {
  const [one, two] = await stage.desksOf(['chromium', 'agent1', { frequency: 523, hue: 0 }], ['chromium', 'agent2', { frequency: 811, hue: 220 }]);
  await one.dial('agent2', { video: true });
  await two.answer();
  await Promise.all([one.inCall(two.name), two.inCall(one.name)]);
  await assertSees(two.page, `video[aria-label="Video of ${one.name}"]`, 0);
  await find(two.page, 'button', 'Turn camera on');
  await gone(two.page, undefined, 'Your video');
  await Promise.all([assertHears(one.page, { present: [811] }), assertHears(two.page, { present: [523] })]);
  await two.press('Hang up');
  await one.callOver();
});
