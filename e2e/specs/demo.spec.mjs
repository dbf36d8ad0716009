// `switchboard demo`: says when it is ready, stops cleanly, refuses in one sentence, and its people can call.

import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { assertHears } from '../support/audio.mjs';
import { Child } from '../support/process.mjs';
import { post } from '../support/flood.mjs';
import { SipPeer } from '../support/sip_peer.mjs';
import { setStage } from '../support/stage.mjs';
import { APP, BINARY, Switchboard } from '../support/switchboard.mjs';

const stage = setStage({ start: () => Switchboard.demo() });

test('standard output names the pages of the stations, then the address that is ready, and nothing else', () => {
  const lines = stage.board.child.stdout.split('\n');
  const page = (name) => new RegExp(`^station ${name} http://127\\.0\\.0\\.1:\\d+/demo$`);
  assert.match(lines[0], page('north'));
  assert.match(lines[1], page('south'));
  assert.deepEqual(lines.slice(2), [`ready ${stage.board.url}`, '']);
});

for (const signal of ['SIGTERM', 'SIGINT']) {
  test(`${signal} stops it cleanly`, async () => {
    const board = await Switchboard.demo();
    const ended = await board.child.stop(signal);
    await rm(board.folder, { recursive: true, force: true });
    assert.deepEqual(ended, { code: 0, signal: null });
  });
}

test('a port in use is one clear sentence and an exit code that is not 0', async () => {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  const folder = await mkdtemp(join(tmpdir(), 'portico-demo-'));
  const child = new Child(BINARY, ['demo', '--port', String(port), '--app', APP, '--data', folder], {
    env: { ...process.env, PORTICO_LOG: 'off' },
  });
  const { code } = await child.exited;
  server.close();
  await rm(folder, { recursive: true, force: true });
  assert.notEqual(code, 0);
  assert.equal(child.stdout, '');
  const lines = child.output.trim().split('\n');
  assert.equal(lines.length, 1, child.output);
  assert.match(lines[0], new RegExp(String(port)));
});

stage.test('its people sign in and call each other', async () => {
  const [one, two] = await stage.desksOf(['chromium', 'agent1', { frequency: 523 }], ['firefox', 'agent2', { frequency: 811 }]);
  await one.press(`Call ${two.name}`);
  await two.answer();
  await Promise.all([
    assertHears(one.page, { present: [811], absent: [523] }),
    assertHears(two.page, { present: [523], absent: [811] }),
  ]);
  await two.press('Hang up');
  await Promise.all([one.callOver(), two.callOver()]);
});

for (const algorithm of ['MD5', 'SHA-256']) {
  test(`a foreign SIP client registers with ${algorithm} and the demo password, and not with another`, async () => {
    const peer = await SipPeer.connect(stage.board.sip, { user: 'concierge', password: 'portico', algorithm });
    assert.equal((await peer.register()).status, 200);
    peer.close();
    const wrong = await SipPeer.connect(stage.board.sip, { user: 'concierge', password: 'portico!', algorithm });
    assert.ok([401, 403].includes((await wrong.register()).status));
    wrong.close();
  });
}

test('a browser page of another origin gets neither socket nor session', async () => {
  await assert.rejects(SipPeer.connect(stage.board.sip, { user: 'agent1', password: 'portico', origin: 'http://evil.example' }), /403/);
  const body = JSON.stringify({ user: 'agent1', password: 'portico' });
  assert.equal((await post(`${stage.board.url}/api/session`, body, { headers: { origin: 'http://evil.example' } })).status, 403);
});
