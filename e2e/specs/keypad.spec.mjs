// Keys pressed in a call reach the other side as tones of the media stream.

import assert from 'node:assert/strict';
import { hearsTogether } from '../support/audio.mjs';
import { find, press } from '../support/controls.mjs';
import { setStage } from '../support/stage.mjs';

const stage = setStage();

/** The two frequencies of a key. */
const FIVE = [770, 1336];
const NINE = [852, 1477];

for (const browser of ['chromium', 'firefox']) {
  stage.test(`${browser}: the keys 5 and 9 are heard as tones at the other end`, async () => {
    const one = await stage.desk(browser, 'agent1', { frequency: 523 });
    const two = await stage.desk('chromium', 'agent2', { frequency: 1900 });
    await one.dial('agent2');
    await two.answer();
    const call = await one.inCall(two.name);
    await press(call, 'Keypad');
    const pad = await find(call, 'group', 'Keypad');
    assert.equal((await hearsTogether(two.page, FIVE, { timeout: 500 })).heard, false, 'no tone before the key');
    for (const [key, tones] of [
      ['5', FIVE],
      ['9', NINE],
    ]) {
      const listening = hearsTogether(two.page, tones);
      await press(pad, key);
      const { heard, loudest } = await listening;
      assert.ok(heard, `tones of ${key}, loudest ${loudest}`);
    }
    const sent = await find(call, undefined, 'Digits sent');
    assert.equal(await sent.evaluate((element) => element.textContent.trim()), '59');
  });
}
