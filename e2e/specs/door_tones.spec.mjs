// A station that wants its code in the media (RFC 4733). Nobody has answered: the switchboard does, sends it and hangs up. Somebody talks
// with it: their desk plays it. Either way the relay is read at the station.

import assert from 'node:assert/strict';
import { after } from 'node:test';
import { assertHears } from '../support/audio.mjs';
import { BROWSERS } from '../support/browsers.mjs';
import { press } from '../support/controls.mjs';
import { ownAddress } from '../support/net.mjs';
import { setStage } from '../support/stage.mjs';
import { STATION_TONE, Station } from '../support/station.mjs';
import { Switchboard } from '../support/switchboard.mjs';
import { timed, until } from '../support/wait.mjs';

/** What a simulated station has from the factory. */
const CODES = ['1111', '2222'];

let station;
after(() => station?.stop());

const stage = setStage({
  start: async () => {
    const relays = CODES.map((_, index) => ({ number: index + 1, label: index ? 'Lift' : 'Gate', code_file: `code-${index + 1}` }));
    const board = await Switchboard.serve({
      files: { sip: 'a password of the station', 'code-1': CODES[0], 'code-2': CODES[1] },
      sites: [
        {
          name: 'north',
          zone: 'Europe/Rome',
          codes_on_desks: true,
          entrances: [
            { name: 'gate', label: 'North gate', sip_user: 'gate', sip_password_file: 'sip', rings: ['agent1', 'agent2'], dtmf_rtp: {}, relays },
          ],
        },
      ],
    });
    const media = [...new Set(['127.0.0.1', ownAddress()])].flatMap((address) => ['--media', address]);
    station = await Station.start('--sip', board.sip, '--sip-user', 'gate', '--sip-password', 'a password of the station', '--rings', 'gate', ...media);
    stage.logs.push(() => station.log());
    return board;
  },
});

const says = (desk, relay, words, scope) =>
  until(
    `relay ${relay} at ${desk.user} to say ${words}`,
    async () => words.test(await desk.page.$eval(`${scope} [data-relay="${relay}"] .relay-state`, (state) => state.innerText).catch(() => '')),
    { timeout: 12_000 },
  );

for (const [first, second] of [BROWSERS, [...BROWSERS].reverse()]) {
  stage.test(`${first}: a code in the media opens before anyone answers, and in the call`, async (t) => {
    const [one, two] = await stage.desksOf([first, 'agent1', { frequency: 523 }], [second, 'agent2', { frequency: 811 }]);
    stage.later(() => station.hangUp());
    const before = await station.pulses();

    await t.test('unanswered: the switchboard sends it, and nobody rings on', async () => {
      await station.ring();
      const [popup] = await Promise.all([one.rings(), two.rings()]);
      const { ms } = await timed(async () => {
        await press(popup, 'Open Gate');
        await until('the relay to close', async () => (await station.pulses())[0] === before[0] + 1);
        await Promise.all([one.quiet(), two.quiet()]);
      });
      t.diagnostic(`press to relay ${ms} ms`);
      await station.idle();
      const row = await one.outcome();
      assert.deepEqual([row.release.relays[0].outcome, row.caller.display_name], ['sent_not_confirmed', 'North gate']);
      await two.press('History', { role: 'link' });
      await two.says('The door was opened.');
    });

    await t.test('in the call: the desk that talks plays it, and the call goes on', async () => {
      await station.ring();
      await one.rings();
      await one.answer();
      await one.inCall('North gate');
      await two.quiet();
      await assertHears(one.page, { present: [STATION_TONE] });
      await press(await one.callWith('North gate'), 'Open Lift');
      await says(one, 2, /^Sent, not confirmed by Agent One$/, '.card');
      await until('the relay to close', async () => (await station.pulses())[1] === before[1] + 1);
      assert.equal((await station.pulses())[0], before[0] + 1, 'and no other');
      await station.hears(523);
      await station.hangUp();
      await one.callOver();
      await station.idle();
    });
  });
}
