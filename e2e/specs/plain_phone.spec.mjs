// A plain telephone: Debian's baresip on SIP over UDP, its RTP through rtpengine to a desk in the browser. Hold and keys from either side,
// measured by what is heard at both ends.

import assert from 'node:assert/strict';
import { assertHears, hearsTogether } from '../support/audio.mjs';
import { BROWSERS } from '../support/browsers.mjs';
import { find, press } from '../support/controls.mjs';
import { plainPhone } from '../support/plain_phone.mjs';
import { setStage } from '../support/stage.mjs';
import { Switchboard } from '../support/switchboard.mjs';
import { until } from '../support/wait.mjs';

const [TONE, VOICE] = [659, 1123];

/** The two frequencies of each key that the telephone presses. */
const KEYS = { 5: [770, 1336], 9: [852, 1477] };

const started = plainPhone('phone', TONE);
let pbx, phone;

const stage = setStage({
  start: async () => {
    ({ pbx, phone } = await started());
    return Switchboard.serve({ pbx });
  },
});

/** The telephone calls, and is answered. */
async function talk(desk) {
  stage.later(() => phone.hangUp());
  phone.ring(`sip:agent1@${pbx.domain}`);
  await desk.rings();
  await desk.answer();
  await phone.event('CALL_ESTABLISHED');
  await sounds(desk);
}

const sounds = (desk) =>
  Promise.all([assertHears(desk.page, { present: [TONE], absent: [VOICE] }), phone.hears(VOICE, { absent: [TONE] })]);

const silence = (desk) =>
  Promise.all([assertHears(desk.page, { absent: [TONE, VOICE], open: false }), phone.hearsNothingOf(VOICE)]);

for (const browser of BROWSERS) {
  stage.test(`${browser}: a plain telephone in a call, on hold by either side and by both`, async (t) => {
    const desk = await stage.desk(browser, 'agent1', { frequency: VOICE });
    await talk(desk);

    await t.test('the desk holds and resumes', async () => {
      await desk.press('Hold');
      await silence(desk);
      await desk.press('Resume');
      await sounds(desk);
    });

    await t.test('the telephone holds and resumes', async () => {
      phone.hold();
      await desk.says('put you on hold');
      await silence(desk);
      phone.resume();
      await sounds(desk);
    });

    await t.test('both hold; until both have resumed, nobody hears anybody', async () => {
      phone.hold();
      await desk.says('put you on hold');
      await desk.press('Hold');
      await find(desk.page, 'button', 'Resume');
      await silence(desk);
      phone.resume();
      await until('the telephone to have resumed', async () => !(await desk.text()).includes('put you on hold'));
      await silence(desk);
      await desk.press('Resume');
      await sounds(desk);
    });

    await desk.press('Hang up');
    await Promise.all([desk.callOver(), phone.event('CALL_CLOSED')]);
  });

  stage.test(`${browser}: keys go to a plain telephone and come from it as events of the media stream`, async (t) => {
    const desk = await stage.desk(browser, 'agent1', { frequency: VOICE });
    await talk(desk);

    await t.test('of the desk', async () => {
      await desk.press('Keypad');
      const pad = await find(desk.page, 'group', 'Keypad');
      for (const key of '5#9') await press(pad, key);
      await until(`the telephone to have the keys, not ${phone.keys}`, () => phone.keys === '5#9');
    });

    await t.test('of the telephone: no page is told of them, its user hears them', async () => {
      for (const [key, tones] of Object.entries(KEYS)) {
        assert.equal((await hearsTogether(desk.page, tones, { timeout: 500 })).heard, false, 'no tone before the key');
        const listening = hearsTogether(desk.page, tones);
        phone.press(key);
        const { heard, loudest } = await listening;
        assert.ok(heard, `tones of ${key}, loudest ${loudest}`);
      }
    });

    await sounds(desk);
    phone.hangUp();
    await desk.callOver();
  });
}
