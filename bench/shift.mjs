// What a desk keeps in memory over a shift: two desks call each other, in turn, as often as in eight hours of thirty calls, with hold in each
// call. What lives after garbage is collected is read on the way, and after some minutes without any call.

import { close, launch } from '../e2e/support/browsers.mjs';
import { Switchboard } from '../e2e/support/switchboard.mjs';
import { heap } from './support/busy.mjs';
import { table } from './support/figures.mjs';
import { desk, tap } from './support/phones.mjs';

const CALLS_PER_HOUR = Number(process.env.TMP_CALLS ?? 30);
const HOURS = 8;
/** Calls until everything is loaded and compiled that calls need. */
const WARM = 20;
const EVERY = 40;
const REST_S = 180;

const board = await Switchboard.serve();
const browser = await launch('chromium');
const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
const megabytes = (bytes) => (bytes / 1e6).toFixed(2);

try {
  const desks = [await desk(browser, board, 'agent1'), await desk(browser, board, 'agent2')];
  const users = ['agent1', 'agent2'];
  const client = await desks[0].page.createCDPSession();
  await client.send('Performance.enable');
  const read = async () => {
    const kept = await heap(client);
    const { metrics } = await client.send('Performance.getMetrics');
    return { ...kept, nodes: metrics.find(({ name }) => name === 'Nodes').value };
  };
  const call = async (number) => {
    const [caller, callee] = [desks[number % 2], desks[(number + 1) % 2]];
    const talking = caller.dial(users[(number + 1) % 2]);
    await tap(callee.page, 'Answer');
    await talking;
    await tap(callee.page, 'Hold');
    await tap(callee.page, 'Resume');
    await caller.hangUp();
  };
  const rows = [['calls', 'JavaScript, MB', 'WebAssembly, MB', 'DOM nodes']];
  const note = async (label) => {
    const now = await read();
    rows.push([label, megabytes(now.javascript), megabytes(now.wasm), String(now.nodes)]);
    return now;
  };
  for (let number = 0; number < WARM; number += 1) await call(number);
  const first = await note(`${WARM}`);
  const total = WARM + CALLS_PER_HOUR * HOURS;
  for (let number = WARM; number < total; number += 1) {
    await call(number);
    if ((number + 1 - WARM) % EVERY === 0) await note(`${number + 1}`);
  }
  const last = await read();
  await pause(REST_S);
  const rested = await note(`and ${REST_S / 60} minutes without any`);
  const grown = (from, to) => to.javascript + to.wasm - from.javascript - from.wasm;
  rows.push(['grown per hour of calls', megabytes(grown(first, last) / HOURS), '', '']);
  rows.push(['grown per hour without any', megabytes((grown(last, rested) * 3600) / REST_S), '', '']);
  table(rows);
} finally {
  await close(browser);
  await board.stop();
}
