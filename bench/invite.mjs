// Dial → INVITE on the wire where a STUN server is configured that never answers; `rtp` measures it without one.

import { createSocket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import { ms, p50, table } from './support/figures.mjs';
import { CALLEE, rig } from './support/rig.mjs';

// JsSIP waits about 40 s for each call, so it gets few.
const CALLS = { desk: 10, 'SIP.js': 5, JsSIP: 2 };

// An address of this machine from which no answer ever comes: a UDP port that is held open and never read.
const own = Object.values(networkInterfaces()).flat().find((each) => each.family === 'IPv4' && !each.internal)?.address ?? '127.0.0.1';
const hole = createSocket('udp4');
await new Promise((resolve) => hole.bind(0, own, resolve));

const bench = await rig({ stun: `stun:${own}:${hole.address().port}` });
try {
  const rows = [['silent STUN server', 'calls', 'INVITE sent, p50', 'slowest']];
  for (const [name, caller] of Object.entries(bench.callers)) {
    const found = [];
    for (let call = 0; call < CALLS[name]; call += 1) {
      found.push((await caller.dial(CALLEE, { wanted: 'invite', timeout: 90_000 })).invite);
      await new Promise((resolve) => setTimeout(resolve, 1000));
      await caller.hangUp();
    }
    rows.push([name, found.length, ms(p50(found)), ms(Math.max(...found))]);
  }
  table(rows);
} finally {
  await bench.stop();
  hole.close();
}
