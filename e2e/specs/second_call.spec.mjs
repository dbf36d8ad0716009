// A second call while one is running: the first waits on hold, nobody hears somebody they should not.

import { assertHears } from '../support/audio.mjs';
import { find, press } from '../support/controls.mjs';
import { setStage } from '../support/stage.mjs';

const stage = setStage();

stage.test('answering a second call holds the first; resuming the first holds the second', async () => {
  const [one, two, three] = await stage.desksOf(
    ['chromium', 'agent1', { frequency: 523 }],
    ['firefox', 'agent2', { frequency: 811 }],
    ['chromium', 'agent3', { frequency: 1123 }],
  );
  await one.dial('agent2');
  await two.answer();
  await Promise.all([one.inCall(two.name), two.inCall(one.name)]);
  await three.dial('agent1');
  const popup = await one.rings();
  await one.says(new RegExp(`${two.name} on hold`));
  await press(popup, 'Answer');
  await two.says(`${one.name} put you on hold`);
  await Promise.all([
    assertHears(one.page, { present: [1123], absent: [811, 523] }),
    assertHears(three.page, { present: [523], absent: [811, 1123] }),
    assertHears(two.page, { absent: [523, 1123], open: false }),
  ]);

  const waiting = await find(one.page, 'listitem', `Call with ${two.name}`);
  await press(waiting, 'Resume');
  await three.says(`${one.name} put you on hold`);
  await Promise.all([
    assertHears(one.page, { present: [811], absent: [1123, 523] }),
    assertHears(two.page, { present: [523], absent: [811, 1123] }),
    assertHears(three.page, { absent: [523, 811], open: false }),
  ]);

  await two.press('Hang up');
  await two.callOver();
  await three.press('Hang up');
  await Promise.all([three.callOver(), one.callOver()]);
});
