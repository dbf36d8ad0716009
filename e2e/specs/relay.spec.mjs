// Calls that may only use the relay: coturn by UDP, and by TCP where UDP is forbidden; and a relay that answers late.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { assertHears, candidatePairs } from '../support/audio.mjs';
import { coturn } from '../support/coturn.mjs';
import { gate } from '../support/gate.mjs';
import { setStage } from '../support/stage.mjs';
import { Switchboard } from '../support/switchboard.mjs';
import { until } from '../support/wait.mjs';

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

/** A network in which nothing but the relay leads anywhere, and the page does not know that. */
const walled = (page) =>
  page.evaluateOnNewDocument(() => {
    const only = (configuration) => ({ ...configuration, iceTransportPolicy: 'relay' });
    const Plain = window.RTCPeerConnection;
    const { setConfiguration } = Plain.prototype;
    Plain.prototype.setConfiguration = function (configuration) {
      return setConfiguration.call(this, only(configuration));
    };
    window.RTCPeerConnection = new Proxy(Plain, { construct: (Target, [configuration]) => new Target(only(configuration)) });
  });

/** Requests and responses of a desk that begin so. */
const said = async (desk, way, start) => (await desk.sip()).filter(({ direction, text }) => direction === way && text.startsWith(start)).map(({ text }) => text);

for (const [caller, called] of [
  ['chromium', 'firefox'],
  ['firefox', 'chromium'],
]) {
  stage.test(`${caller} calls ${called}, whose relay answers after the call was answered: the way goes by INFO`, async () => {
    const door = await gate(relay.address, relay.port);
    stage.later(() => door.stop());
    const board = await Switchboard.serve({ ice: { turn: [door.udp], secret: relay.secret } });
    stage.board = board;
    stage.later(() => board.stop().then(() => (stage.board = undefined)));
    const [one, two] = await stage.desksOf(
      [caller, 'agent1', { frequency: 523, prepare: walled }],
      [called, 'agent2', { frequency: 811, prepare: walled }],
    );
    // The caller's way was found ahead of the call.
    const found = () => one.page.evaluate(() => window.__probe.peers.some((peer) => / typ relay /.test(peer.localDescription?.sdp)));
    await until('the relay of the caller', found);
    door.shut();
    await one.dial('agent2');
    await two.answer();
    await Promise.all([one.inCall(two.name), two.inCall(one.name)]);
    assert.ok(door.waits(), 'the relay has not answered yet');
    const [answer] = (await said(one, 'in', 'SIP/2.0 200')).filter((text) => /CSeq: *\d+ INVITE/i.test(text));
    assert.match(answer, /Recv-Info: *trickle-ice/i);
    assert.doesNotMatch(answer, /a=candidate/);
    assert.deepEqual(await said(one, 'in', 'INFO '), []);
    door.open();
    await Promise.all([
      assertHears(one.page, { present: [811], absent: [523], timeout: 20_000 }),
      assertHears(two.page, { present: [523], absent: [811], timeout: 20_000 }),
    ]);
    const [told] = await said(one, 'in', 'INFO ');
    assert.match(told, /Info-Package: *trickle-ice/i);
    assert.match(told, /a=mid:\S+\r\na=candidate:.* typ relay /);
    for (const desk of [one, two]) {
      assert.deepEqual((await candidatePairs(desk.page)).map(({ local }) => local), ['relay']);
      const offers = [...(await said(desk, 'in', 'INVITE ')), ...(await said(desk, 'out', 'INVITE '))];
      assert.deepEqual(offers.filter((text) => /^To:[^\r]*;tag=/im.test(text)), [], 'no other offer');
    }
    await one.press('Hang up');
    await two.callOver();
  });
}
