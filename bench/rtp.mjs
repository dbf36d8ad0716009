// Dial → INVITE → 200 → first RTP of the desk beside JsSIP and SIP.js, on the same Kamailio, in one Chromium.
// The callee is one JsSIP page that answers at once; callers take turns (A/B/C, A/B/C, …).

import { ms, p50, p95, table } from './support/figures.mjs';
import { CALLEE, rig } from './support/rig.mjs';

const CALLS = 20;

const bench = await rig();
try {
  const found = Object.fromEntries(Object.keys(bench.callers).map((name) => [name, []]));
  for (let call = 0; call < CALLS; call += 1) {
    for (const [name, caller] of Object.entries(bench.callers)) {
      found[name].push(await caller.dial(CALLEE));
      await caller.hangUp();
    }
  }
  const rows = [[`${CALLS} calls each, p50 (p95)`, 'INVITE sent', '200 received', 'first RTP']];
  for (const [name, calls] of Object.entries(found)) {
    const cell = (key) => `${ms(p50(calls.map((call) => call[key])))} (${ms(p95(calls.map((call) => call[key])))})`;
    rows.push([name, cell('invite'), cell('answered'), cell('packet')]);
  }
  table(rows);
} finally {
  await bench.stop();
}
