// A real door station: Debian's baresip, SIP over UDP and plain RTP, through Kamailio and rtpengine to a desk in the browser. The
// switchboard sees none of the call; the door is recognised by the station's address, and its code goes back as tones of the desk.

import assert from 'node:assert/strict';
import { assertHears } from '../support/audio.mjs';
import { BROWSERS } from '../support/browsers.mjs';
import { press } from '../support/controls.mjs';
import { plainPhone } from '../support/plain_phone.mjs';
import { setStage } from '../support/stage.mjs';
import { Switchboard } from '../support/switchboard.mjs';
import { until } from '../support/wait.mjs';

const TONE = 659;
const CODES = { gate: '4711#', garage: '0815' };
const entrance = (name, label, user, code_file) => ({
  name,
  label,
  sip_user: user,
  dtmf_rtp: { tone_ms: 120, gap_ms: 80, lead_ms: 100 },
  relays: [{ number: 1, label: `${label} lock`, code_file }],
});

const started = plainPhone('gate', TONE);
let pbx, station;

const stage = setStage({
  start: async () => {
    ({ pbx, phone: station } = await started());
    return Switchboard.serve({
      pbx,
      files: { 'gate.code': CODES.gate, 'garage.code': CODES.garage },
      sites: [
        {
          name: 'yard',
          label: 'Goods yard',
          zone: 'Europe/Rome',
          instructions: 'Lorries wait behind the line.',
          codes_on_desks: true,
          entrances: [entrance('gate', 'Yard gate', 'gate', 'gate.code')],
        },
        { name: 'house', label: 'House', zone: 'Europe/Rome', entrances: [entrance('garage', 'Garage', 'garage', 'garage.code')] },
      ],
    });
  },
});

for (const browser of BROWSERS) {
  stage.test(`${browser}: a station that speaks UDP and RTP rings, is heard and hears, and gets its code as tones`, async (t) => {
    const desk = await stage.desk(browser, 'agent1', { frequency: 1123 });
    stage.later(() => station.hangUp());
    const says = (words, scope = '') =>
      until(
        `the relay to say ${words}`,
        async () => (await desk.page.$$eval(`${scope} [data-relay="1"] .relay-state`, (all) => all.map((each) => each.innerText).join())).match(words),
        { timeout: 12_000 },
      );

    await t.test('the ring is the door: site, instructions, and a lock that needs a call', async () => {
      station.ring(`sip:agent1@${pbx.domain}`);
      const popup = await desk.rings();
      await until('the door to be known', () => popup.$('[data-relay="1"] button'));
      assert.match(await popup.evaluate((each) => each.innerText), /Ring at the door · Goods yard[\s\S]*Yard gate[\s\S]*Lorries wait behind the line/);
      await station.event('CALL_RINGING');
    });

    await t.test('sound both ways', async () => {
      await desk.answer();
      await Promise.all([station.event('CALL_ESTABLISHED'), desk.inCall('Yard gate')]);
      await Promise.all([assertHears(desk.page, { present: [TONE], absent: [1123] }), station.hears(1123, { absent: [TONE] })]);
    });

    await t.test('the code reaches the station as RFC 4733 tones, sent and not confirmed', async () => {
      await press(await desk.callWith('Yard gate'), 'Open Yard gate lock');
      await says(/^Sent, not confirmed/, '.card');
      await until('the station to have the keys', () => {
        if (station.keys !== CODES.gate) throw new Error(`it has ${station.keys}`);
        return true;
      });
      await station.hears(1123);
      assert.equal((await desk.outcome()).release.relays[0].outcome, 'sent_not_confirmed');
      const kept = await desk.page.evaluate(() => document.documentElement.outerHTML + JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
      assert.ok(!kept.includes(CODES.gate) && !stage.board.log().includes(CODES.gate), 'the code stays nowhere');
    });

    await t.test('a site that keeps its codes gives none to a desk', async () => {
      const answer = await desk.page.evaluate(async () => {
        const random = crypto.getRandomValues(new Uint8Array(10));
        const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
        const [time, rest] = [Date.now().toString(16).padStart(12, '0'), hex(random)];
        const id = `${time.slice(0, 8)}-${time.slice(8)}-7${rest.slice(0, 3)}-8${rest.slice(3, 6)}-${rest.slice(6, 18)}`;
        const body = JSON.stringify({ id, relays: [1], call: '0'.repeat(31) + '1' });
        return (await fetch('/api/doors/garage/release', { method: 'POST', body, headers: { 'content-type': 'application/json' } })).text();
      });
      assert.match(answer, /"refused_by_us".*"code_kept"/);
      assert.ok(!answer.includes(CODES.garage) && !answer.includes('tones'));
    });

    await t.test('the station hangs up', async () => {
      station.hangUp();
      await desk.callOver();
    });
  });
}
