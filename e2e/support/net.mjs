// Free ports and the machine's own address.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { createSocket } from 'node:dgram';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Ports for those who have to be told theirs, below the ones that a system gives to whoever names none: nobody gets it in between. Above
 * 10080, to which browsers do not connect.
 */
const [FIRST, COUNT] = [10_100, 9_000];
let next = process.pid % COUNT;

/** A file for each port that was told, with the process that told it: other files of tests run at once, and a port is told before it is listened on. */
const HELD = join(tmpdir(), 'portico-ports');
mkdirSync(HELD, { recursive: true });
const mine = [];
process.on('exit', () => mine.forEach((file) => rmSync(file, { force: true })));

/** Whether a port, or a range by its name, is ours from now on, as long as this process lives. */
function hold(name) {
  const file = join(HELD, String(name));
  for (const anew of [false, true]) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      mine.push(file);
      return true;
    } catch {
      if (anew || lives(file)) return false;
      rmSync(file, { force: true });
    }
  }
  return false;
}

/** Whether the process that holds a port is there still. */
function lives(file) {
  try {
    return process.kill(Number(readFileSync(file, 'utf8')) || process.pid, 0);
  } catch {
    return false;
  }
}

/** A TCP port of loopback that nobody listens on at this moment. */
export async function freePort(host = '127.0.0.1') {
  for (let tries = 0; tries < COUNT; tries += 1) {
    const port = FIRST + (next++ % COUNT);
    if (!hold(port)) continue;
    const server = createServer();
    const free = await new Promise((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, host, () => server.close(() => resolve(true)));
    });
    if (free) return port;
  }
  throw new Error(`no port from ${FIRST} to ${FIRST + COUNT} is free`);
}

/** Whether somebody accepts connections on the port. */
export function canConnect(port, host = '127.0.0.1') {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    const say = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => say(true));
    socket.once('error', () => say(false));
  });
}

/** A port that is free for UDP and TCP alike. */
export async function freeUdpPort(host = '127.0.0.1') {
  for (;;) {
    const port = await freePort(host);
    const socket = createSocket('udp4');
    const free = await new Promise((resolve) => {
      socket.once('error', () => resolve(false));
      socket.bind(port, host, () => resolve(true));
    });
    socket.close();
    if (free) return port;
  }
}

/** Ports of media for those who take what they need from a range, behind the ports above. */
const [FIRST_OF_MEDIA, RANGE, RANGES] = [20_000, 200, 60];

/**
 * The first and the last port of a range that nobody else is told: two who were told the same would share ports, each with half of the
 * packets, since such programs bind their ports so that others may.
 */
export function mediaPorts() {
  const at = Array.from({ length: RANGES }, (_, at) => at).find((at) => hold(`media-${at}`));
  if (at === undefined) throw new Error('no range of ports for media is free');
  const first = FIRST_OF_MEDIA + at * RANGE;
  return [first, first + RANGE - 1];
}

/**
 * The address media goes through. Chromium gathers no host candidate on a machine that has loopback alone, so
 * the first other address is taken where there is one.
 */
export function ownAddress() {
  const all = Object.values(networkInterfaces()).flat();
  return all.find((entry) => entry.family === 'IPv4' && !entry.internal)?.address ?? '127.0.0.1';
}
