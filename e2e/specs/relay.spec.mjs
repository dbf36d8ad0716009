// Calls that may only use the relay: coturn by UDP, and by TCP where UDP is forbidden.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { assertHears, candidatePairs } from '../support/audio.mjs';
import { coturn } from '../support/coturn.mjs';
import { setStage } from '../support/stage.mjs';
import { Switchboard } from '../support/switchboard.mjs';

let relay;
before(async () => {
  relay = await coturn();
});
after(() => relay?.stop());

const stage = setStage({ start: async () => undefined });

for (const [transport, caller, called] of [
  ['udp', 'chromium', 'firefox'],
  ['tcp', 'firefox', 'chromium'],
  ['udp', 'firefox', 'firefox'],
  ['tcp', 'chromium', 'chromium'],
]) {
  stage.test(`${caller} calls ${called} through the relay by ${transport}`, async (t) => {
    const board = await Switchboard.serve({ ice: { turn: [relay[transport]], secret: relay.secret, policy: 'relay' } });
    stage.board = board;
    stage.later(() => board.stop().then(() => (stage.board = undefined)));
    const [one, two] = await stage.desksOf([caller, 'agent1', { frequency: 523 }], [called, 'agent2', { frequency: 811 }]);
    await one.dial('agent2');
    await two.answer();
    await Promise.all([one.inCall(two.name), two.inCall(one.name)]);
    await Promise.all([
      assertHears(one.page, { present: [811], absent: [523] }),
      assertHears(two.page, { present: [523], absent: [811] }),
    ]);
    for (const desk of [one, two]) {
      const pairs = await candidatePairs(desk.page);
      t.diagnostic(`${desk.user}: ${JSON.stringify(pairs)}`);
      assert.equal(pairs.length, 1);
      assert.deepEqual([pairs[0].local, pairs[0].relayProtocol], ['relay', transport]);
    }
    // The relay's own word for it: the user of the derived credentials, with data relayed.
    assert.match(relay.log(), /user <\d+:[^>]*agent1[^>]*>/);
    await one.press('Hang up');
    await two.callOver();
  });
}
