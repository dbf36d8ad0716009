// Stations that misbehave, as a desk sees them: each fault has its name beside the relay, and none of them is ever called opened.

import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { find, press } from '../support/controls.mjs';
import { setStage } from '../support/stage.mjs';
import { Station } from '../support/station.mjs';
import { Switchboard } from '../support/switchboard.mjs';
import { timed, until } from '../support/wait.mjs';

/** A station that does this with every connection once a request has come. */
function misbehaving(answer) {
  const sockets = new Set();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    socket.once('data', () => answer(socket));
  });
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      const stop = () => {
        for (const socket of sockets) socket.destroy();
        server.close();
      };
      resolve({ url: `http://127.0.0.1:${port}`, stop });
    }),
  );
}

const reset = (socket) => socket.resetAndDestroy();
const slowly = (socket) => {
  socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{');
  const drip = setInterval(() => socket.write(' '), 1000);
  socket.once('close', () => clearInterval(drip));
};

let visits = 0;
const opened = [];
after(async () => {
  for (const close of opened) await close();
});

const stage = setStage({
  start: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'portico-station-'));
    const named = await Station.start('--login', 'basic', '--private-ca', folder, '--tls-name', 'other.example');
    const elsewhere = await misbehaving((socket) => {
      visits += 1;
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
    });
    const sent = (socket) => socket.end(`HTTP/1.1 302 Found\r\nLocation: ${elsewhere.url}/\r\nContent-Length: 0\r\n\r\n`);
    const [broken, slow, moved] = await Promise.all([reset, slowly, sent].map(misbehaving));
    opened.push(...[named, elsewhere, broken, slow, moved].map((station) => () => station.stop()), () => rm(folder, { recursive: true }));
    stage.named = named;
    const login = { login: 'basic', user: 'admin', password_file: 'password', on_this_machine: true };
    const entrance = (name, url, more = {}) => ({
      name,
      label: `The ${name} one`,
      ipac: { url, ...login, ...more },
      relays: [{ number: 1, label: 'Door', code_file: 'code' }],
    });
    return Switchboard.serve({
      files: { password: 'admin', code: '1111', 'station-ca.pem': await readFile(join(folder, 'ca.pem'), 'utf8') },
      sites: [
        {
          name: 'north',
          zone: 'Europe/Rome',
          entrances: [
            entrance('misnamed', `https://${named.device}`, { ca_file: 'station-ca.pem' }),
            entrance('broken', broken.url),
            entrance('slow', slow.url),
            entrance('moved', moved.url),
          ],
        },
      ],
    });
  },
});

stage.test('a wrong name, a reset, a trickle and a redirect have each their word, on the desk that asked and on the other', async (t) => {
  const [one, two] = await stage.desksOf(['chromium', 'agent1', { frequency: 523 }], ['firefox', 'agent2', { frequency: 811 }]);
  for (const desk of [one, two]) {
    await desk.press('Entrances', { role: 'link' });
    await find(desk.page, 'heading', 'Entrances');
  }
  const tile = (desk, door) => desk.page.waitForSelector(`::-p-xpath(//*[contains(concat(" ", @class, " "), " door-tile ")][contains(., "The ${door} one")])`);
  const beside = async (desk, door) => (await tile(desk, door)).$eval('[data-relay="1"] .relay-state', (state) => state.innerText).catch(() => '');
  const cases = [
    ['misnamed', /^Not sent by Agent One\. Certificate not trusted$/, 'refused_by_us'],
    ['broken', /^No reply: it may have opened by Agent One\. The connection broke off$/, 'no_reply'],
    ['slow', /^No reply: it may have opened by Agent One\. No answer in time$/, 'no_reply'],
    ['moved', /^Not understood by the station by Agent One$/, 'not_understood'],
  ];
  for (const [door, words, outcome] of cases) {
    await t.test(door, async () => {
      const { ms } = await timed(async () => {
        await press(await tile(one, door), 'Open Door');
        await Promise.all(
          [one, two].map((desk) => until(`${door} to say ${words} at ${desk.user}`, async () => words.test(await beside(desk, door)), { timeout: 8_000 })),
        );
      });
      assert.ok(ms < 6_000, `${ms} ms`);
      const row = await one.outcome();
      assert.deepEqual([row.release.entrance, row.release.relays[0].outcome], [door, outcome]);
    });
  }
  assert.equal(visits, 0, 'nobody went where the redirect leads');
  assert.deepEqual((await stage.named.state()).answers, [], 'the station with the wrong name heard nothing');
});
