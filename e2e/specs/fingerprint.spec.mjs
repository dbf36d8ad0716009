// A re-offer from another connection (its certificate has another fingerprint) is answered from a new connection:
// sound both ways at once, in both browsers, whichever is at the other end.

import assert from 'node:assert/strict';
import { assertHears, received } from '../support/audio.mjs';
import { MediaPeer } from '../support/media_peer.mjs';
import { testPages } from '../support/pages.mjs';
import { SipPeer } from '../support/sip_peer.mjs';
import { PAIRINGS, setStage } from '../support/stage.mjs';
import { timed, until } from '../support/wait.mjs';

const stage = setStage();

const fingerprint = (sdp) => /a=fingerprint:\S+ (\S+)/.exec(sdp)[1];

for (const [desk, peer] of PAIRINGS) {
  stage.test(`${desk} is re-offered by a ${peer} peer with a new fingerprint`, async (t) => {
    const pages = await testPages();
    stage.later(() => pages.close());
    const media = await MediaPeer.open(await stage.browsers.get(peer), pages, { frequency: 811 });
    stage.later(() => media.close());
    const sip = await SipPeer.connect(stage.board.sip, { user: 'agent3', password: stage.board.devicePassword('agent3') });
    stage.later(() => sip.close());
    assert.equal((await sip.register()).status, 200);

    const one = await stage.desk(desk, 'agent1', { frequency: 523 });
    const first = await media.offer();
    const calling = sip.invite('agent1', first);
    await one.answer();
    const { dialog, answer } = await calling;
    await media.accept(answer);
    await Promise.all([assertHears(one.page, { present: [811] }), assertHears(media.page, { present: [523] })]);

    const second = await media.offer();
    assert.notEqual(fingerprint(second), fingerprint(first));
    const newAnswer = await sip.reinvite(dialog, second);
    assert.notEqual(fingerprint(newAnswer), fingerprint(answer), 'answered from a new connection');
    await media.accept(newAnswer);
    const { ms } = await timed(() => until('the old connection to be gone', async () => (await received(one.page)).connections === 1));
    t.diagnostic(`one connection again after ${ms} ms`);
    // What is heard now comes over the new connection alone.
    await media.dropOld();
    await Promise.all([
      assertHears(one.page, { present: [811], absent: [523] }),
      assertHears(media.page, { present: [523], absent: [811] }),
    ]);
    const before = (await received(one.page)).audio;
    await until('packets to go on', async () => (await received(one.page)).audio > before + 20);
    const bye = await sip.hangUp(dialog);
    assert.equal(bye.status, 200);
    await one.callOver();
  });
}
