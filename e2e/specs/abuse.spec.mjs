// Abuse of the switchboard while a call runs: refused or bounded, and the call goes on.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { assertHears } from '../support/audio.mjs';
import { find } from '../support/controls.mjs';
import { post, rawFrame, rawSocket, silentSockets, wrongPasswords } from '../support/flood.mjs';
import { build, token } from '../support/sip_message.mjs';
import { SipPeer, connect } from '../support/sip_peer.mjs';
import { setStage } from '../support/stage.mjs';
import { Switchboard } from '../support/switchboard.mjs';
import { timed, until } from '../support/wait.mjs';

// Limits as they are out of the box, nothing loosened; only the patience with silent sockets (30 s) is shorter,
// so that the end of it is seen within the test.
const limits = { sign_in_per_address: undefined, sign_in_per_account: undefined, sip_unregistered_seconds: 10 };
const stage = setStage({ start: () => Switchboard.serve({ limits }) });

/** Megabytes that the switchboard holds. */
function resident() {
  const status = readFileSync(`/proc/${stage.board.child.pid}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024);
}

stage.test('floods, oversized and malformed messages, and guessed passwords leave a running call alone', async (t) => {
  const [one, two] = await stage.desksOf(['chromium', 'agent1', { frequency: 523 }], ['firefox', 'agent2', { frequency: 811 }]);
  await one.dial('agent2');
  await two.answer();
  await Promise.all([one.inCall(two.name), two.inCall(one.name)]);
  const before = resident();

  const callWorks = async () => {
    await Promise.all([
      assertHears(one.page, { present: [811], absent: [523] }),
      assertHears(two.page, { present: [523], absent: [811] }),
    ]);
    await one.press('Hold');
    await two.says(`${one.name} put you on hold`);
    await one.press('Resume');
    await find(one.page, 'button', 'Hold');
    await assertHears(two.page, { present: [523] });
    assert.equal(await one.link(), 'Ready');
    assert.equal(await two.link(), 'Ready');
  };

  await t.test('the call works', callWorks);

  await t.test('messages of 1 MB are refused, on every door', async () => {
    const big = 'x'.repeat(1_000_000);
    const password = stage.board.devicePassword('agent3');
    const peer = await SipPeer.connect(stage.board.sip, { user: 'agent3', password });
    assert.equal((await peer.register()).status, 200);
    for (let round = 0; round < 20; round += 1) {
      const sip = round === 0 ? peer.sip : await connect(stage.board.sip);
      sip.send(build('MESSAGE sip:agent1@portico.test SIP/2.0', [['Call-ID', token(8)], ['CSeq', '1 MESSAGE']], big));
      const code = await Promise.race([sip.closed, until('the socket to be closed', () => false, { timeout: 5000 })]);
      assert.ok([1006, 1009].includes(code), `closed with ${code}`);
    }
    const { status } = await post(`${stage.board.url}/api/session`, JSON.stringify({ user: big, password: big }), { headers: { origin: stage.board.url } });
    assert.ok(status === 413 || status === 0 || status === 400, `answered ${status}`);
  });

  await t.test('malformed frames cost the sender the connection', async () => {
    const sip = Buffer.from('OPTIONS sip:portico.test SIP/2.0\r\n\r\n');
    const frames = {
      'no mask': rawFrame(sip, { masked: false }),
      'a reserved opcode': rawFrame(sip, { opcode: 5 }),
      'reserved bits': rawFrame(sip, { reserved: 7 }),
      'a claim of 2^62 bytes': rawFrame(sip, { claimed: 2 ** 62 }),
      'a ping of 200 bytes': rawFrame(Buffer.alloc(200), { opcode: 9 }),
      'a continuation of nothing': rawFrame(sip, { opcode: 0 }),
      'text that is no UTF-8': rawFrame(Buffer.from([0xff, 0xfe, 0xfd])),
      'a close with half a code': rawFrame(Buffer.from([3]), { opcode: 8 }),
      'plain noise': Buffer.alloc(4096, 0xa5),
    };
    for (const [what, bytes] of Object.entries(frames)) {
      const { closed } = await rawSocket(stage.board.port, '/sip', bytes);
      assert.ok(closed, what);
    }
    const fragments = Buffer.concat(Array.from({ length: 40 }, (_, index) => rawFrame(Buffer.alloc(4000, 0x41), { opcode: index === 0 ? 1 : 0, fin: false })));
    assert.ok((await rawSocket(stage.board.port, '/sip', fragments)).closed, 'endless fragments');
  });
  await t.test('the call works after that', callWorks);

  let silent;
  await t.test('2,000 sockets that never register are bounded', async (step) => {
    const { ms, result } = await timed(() => silentSockets(stage.board.sip, 2000));
    silent = result;
    stage.later(() => silent.close());
    step.diagnostic(`${silent.stillOpen()} open, ${silent.refused} refused, after ${ms} ms; ${resident()} MB (before ${before} MB)`);
    assert.ok(silent.refused > 0 || silent.stillOpen() < 2000, 'not all of them are held');
    await callWorks();
  });

  await t.test('10,000 wrong passwords are refused, and nobody is signed out by them', async (step) => {
    const users = ['agent1', 'agent2', 'agent3', 'agent4', 'nobody'];
    const { ms, result } = await timed(() => wrongPasswords(stage.board, 10_000, { users }));
    step.diagnostic(`${JSON.stringify(result)} in ${ms} ms; ${resident()} MB`);
    assert.equal(Object.values(result).reduce((sum, each) => sum + each, 0), 10_000);
    assert.equal(result[200], undefined, 'none of them was let in');
    assert.ok(result[429] > 9000, 'nearly all were refused without a look at the password');
  });

  await t.test('so are wrong passwords of SIP devices', async () => {
    const statuses = {};
    for (let round = 0; round < 60; round += 1) {
      const peer = await SipPeer.connect(stage.board.sip, { user: 'agent4', password: `wrong ${round}` }).catch(() => undefined);
      if (!peer) break;
      const status = await peer.register().then((response) => response.status, () => 'closed');
      statuses[status] = (statuses[status] ?? 0) + 1;
      peer.close();
    }
    assert.equal(statuses[200], undefined, JSON.stringify(statuses));
  });

  await t.test('sockets that stay silent are thrown out', async () => {
    await until('the last of them to go', () => silent.stillOpen() === 0, { timeout: 45_000, every: 500 });
  });

  await t.test('the call works to its end', async (step) => {
    await callWorks();
    await two.press('Hang up');
    await Promise.all([one.callOver(), two.callOver()]);
    const now = resident();
    step.diagnostic(`${before} MB before, ${now} MB after`);
    assert.ok(now < before + 150, `memory went from ${before} to ${now} MB`);
  });
});
