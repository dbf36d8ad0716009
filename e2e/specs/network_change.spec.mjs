// The machine of a desk gets another network in a call: its address is gone, and it has another one.

import assert from 'node:assert/strict';
import { assertHears } from '../support/audio.mjs';
import { BROWSERS, close } from '../support/browsers.mjs';
import { Desk } from '../support/desk.mjs';
import { namespace, refused } from '../support/namespace.mjs';
import { setStage } from '../support/stage.mjs';
import { Switchboard } from '../support/switchboard.mjs';
import { until } from '../support/wait.mjs';
import { wire } from '../support/wire.mjs';

const stage = setStage({ start: async () => undefined });

/** Offers of a desk in its call. */
const restarts = async (desk) => (await desk.sip()).filter(({ direction, text }) => direction === 'out' && /^INVITE [^]*^To:[^\r]*;tag=/im.test(text)).length;

/** Whether sound arrives at a desk by a way that carried none before. */
async function arrives(desk) {
  const counts = () =>
    desk.page.evaluate(async () => {
      const of = async (peer) => {
        if (peer.signalingState === 'closed') return 0;
        // Firefox may never answer who asks while the connection moves: it is asked again.
        const patience = new Promise((resolve) => setTimeout(() => resolve(new Map()), 1_000));
        const reports = [...(await Promise.race([peer.getStats(), patience])).values()];
        return reports.filter(({ type, kind }) => type === 'inbound-rtp' && kind === 'audio').reduce((sum, { packetsReceived }) => sum + packetsReceived, 0);
      };
      return Promise.all(window.__probe.peers.map(of));
    });
  const before = await counts();
  return async () => (await counts()).some((count, at) => count > 10 && !before[at]);
}

for (const name of BROWSERS) {
  stage.test(`${name}: an address that goes and another one that comes, in a call`, async (t) => {
    const why = await refused();
    assert.equal(why, undefined, `this machine makes no network namespaces, which the test needs: run it as root (${why})`);
    stage.expect(/ERR_|WebSocket connection to|Failed to load resource/);
    const machine = await namespace();
    stage.later(() => machine.stop());
    const way = await wire(undefined, machine.address);
    stage.later(() => way.stop());
    const board = await Switchboard.serve({ origins: [way.origin] });
    way.aim(board.url);
    stage.board = board;
    stage.later(() => board.stop().then(() => (stage.board = undefined)));
    const browser = await stage.browsers.get(name, { within: machine, secure: way.origin });
    stage.later(() => close(browser));
    const one = await Desk.open(browser, Object.create(board, { url: { value: way.origin } }), 'agent1', { frequency: 523, hosts: [machine.address] });
    stage.desks.push(one);
    await one.signIn();
    await one.startShift();
    const two = await stage.desk('chromium', 'agent2', { frequency: 811 });
    await one.dial('agent2');
    await two.answer();
    await Promise.all([one.inCall(two.name), two.inCall(one.name)]);
    const sounds = () => Promise.all([assertHears(one.page, { present: [811], absent: [523] }), assertHears(two.page, { present: [523], absent: [811] })]);
    await sounds();
    const [there, here] = await Promise.all([arrives(two), arrives(one)]);
    const at = performance.now();
    await machine.change();
    await until('sound to arrive by a new way, both ways', async () => (await Promise.all([there(), here()])).every(Boolean), { timeout: 20_000, every: 20 });
    const ms = performance.now() - at;
    t.diagnostic(`sound both ways ${Math.round(ms)} ms after the address had gone`);
    assert.ok(ms <= 3000, `${Math.round(ms)} ms without sound`);
    await sounds();
    assert.deepEqual([await restarts(one), await restarts(two)], [1, 0], 'one restart, of the one that moved');
    await two.press('Hang up');
    await one.callOver();
  });
}
