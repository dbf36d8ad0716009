// coturn with the TURN REST convention: the relay that calls are forced through.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child } from './process.mjs';
import { freeUdpPort, mediaPorts, ownAddress } from './net.mjs';

/** Starts a relay on the machine's own address; `secret` is the one to put into `[ice]`. */
export async function coturn() {
  const address = ownAddress();
  const [port, [first, last]] = [await freeUdpPort(address), mediaPorts()];
  const secret = 'a secret that only the relay and the switchboard know';
  const folder = await mkdtemp(join(tmpdir(), 'portico-turn-'));
  const config = join(folder, 'turnserver.conf');
  const lines = [
    `listening-ip=${address}`,
    `listening-port=${port}`,
    `relay-ip=${address}`,
    `min-port=${first}`,
    `max-port=${last}`,
    'use-auth-secret',
    `static-auth-secret=${secret}`,
    'realm=portico.test',
    'fingerprint',
    'no-tls',
    'no-dtls',
    'no-cli',
    'no-multicast-peers',
    'verbose',
    'log-file=stdout',
    'simple-log',
    `pidfile=${join(folder, 'pid')}`,
    `userdb=${join(folder, 'turndb')}`,
  ];
  await writeFile(config, `${lines.join('\n')}\n`);
  const server = new Child('/usr/bin/turnserver', ['-c', config]);
  await server.line(/TCP listener opened on|IPv4\. TCP listener opened|Wait for relay ports initialization/i);
  await server.line(new RegExp(`listener opened on ?: ${address.replaceAll('.', '\\.')}:${port}`, 'i')).catch(() => {});
  return {
    address,
    port,
    secret,
    udp: `turn:${address}:${port}?transport=udp`,
    tcp: `turn:${address}:${port}?transport=tcp`,
    /** What coturn printed: allocations with their users and peers. */
    log: () => server.output,
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
