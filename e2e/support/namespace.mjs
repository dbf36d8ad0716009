// A machine of its own for a browser: a network namespace with two cards, of which one is up. This needs rights that not every machine gives.

import { execFile, spawn } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ip = (...words) => run('ip', words.join(' ').split(' '));

/** Passes on what comes in to a port of its own machine, and back. */
const RELAY = `const far = require('net').connect(process.argv[1], '127.0.0.1'); process.stdin.pipe(far); far.pipe(process.stdout); far.on('close', () => process.exit())`;

/** Whether this machine lets us make one; otherwise why not. */
export async function refused() {
  const name = `portico-try-${process.pid}`;
  try {
    await ip('netns add', name);
    await ip('netns del', name);
    return undefined;
  } catch (error) {
    return String(error.stderr || error.message).trim().split('\n')[0];
  }
}

/** The machine. It reaches this one at `address`, by its first card. */
export async function namespace() {
  const name = `portico-${process.pid}`;
  const net = `10.${64 + (process.pid % 64)}`;
  const address = `${net}.0.1`;
  const folder = await mkdtemp(join(tmpdir(), 'portico-ns-'));
  const card = (letter) => `p${letter}${process.pid % 1_000_000}`;
  const doors = [];
  const stop = async () => {
    for (const door of doors) door.close();
    for (const words of [`netns del ${name}`, `link del ${card('a')}`, `link del ${card('b')}`, `addr del ${address}/32 dev lo`]) await ip(words).catch(() => {});
    await rm(folder, { recursive: true, force: true });
  };
  /** Its own end of a card goes up with an address, and everything leads there. */
  const up = async (letter, third) => {
    await ip(`-n ${name} addr add ${net}.${third}.2/24 dev ${card(letter)}x`);
    await ip(`-n ${name} link set ${card(letter)}x up`);
    await ip(`-n ${name} route add default via ${net}.${third}.1`);
  };
  try {
    await ip(`netns add ${name}`);
    await ip(`addr add ${address}/32 dev lo`);
    await ip(`-n ${name} link set lo up`);
    for (const [letter, third] of [['a', 1], ['b', 2]]) {
      await ip(`link add ${card(letter)} type veth peer name ${card(letter)}x netns ${name}`);
      await ip(`addr add ${net}.${third}.1/24 dev ${card(letter)}`);
      await ip(`link set ${card(letter)} up`);
    }
    await up('a', 1);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    address,
    /** A program that runs there. */
    async program(path) {
      const file = join(folder, path.split('/').pop());
      await writeFile(file, `#!/bin/sh\nexec ip netns exec ${name} ${path} "$@"\n`);
      await chmod(file, 0o755);
      return file;
    },
    /** A port of its loopback is reached at the same port of ours, whatever becomes of its cards. */
    async reach(port) {
      const door = createServer((near) => {
        const inside = spawn('ip', ['netns', 'exec', name, process.execPath, '-e', RELAY, String(port)], { stdio: ['pipe', 'pipe', 'ignore'] });
        near.pipe(inside.stdin);
        inside.stdout.pipe(near);
        near.on('close', () => inside.kill());
        for (const stream of [near, inside.stdin]) stream.on('error', () => {});
      });
      doors.push(door);
      await new Promise((resolve) => door.listen(port, '127.0.0.1', resolve));
    },
    /** The first card is pulled, and the second one put in, with another address. */
    async change() {
      await ip(`-n ${name} link del ${card('a')}x`);
      await up('b', 2);
    },
    stop,
  };
}
