// What a desk keeps in memory over a shift: two desks call each other, in turn, as often as in eight hours of sixty calls, with hold in each
// call. What lives after garbage is collected is read on the way, and after some minutes without any call.

import { close, launch } from '../e2e/support/browsers.mjs';
import { Switchboard } from '../e2e/support/switchboard.mjs';
import { heap } from './support/busy.mjs';
import { table } from './support/figures.mjs';
import { desk } from './support/phones.mjs';

const CALLS_PER_HOUR = 60;
const HOURS = 8;
/** Calls until everything is loaded and compiled that calls need. */
const WARM = 20;
const EVERY = 40;
const REST_S = 180;

const board = await Switchboard.serve();
const browser = await launch('chromium');
const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
const megabytes = (bytes) => (bytes / 1e6).toFixed(2);

/**
 * Presses a button, in the page: a handle of it out here would keep alive everything that was ever drawn around it, and with it what the
 * desk has let go.
 */
async function tap(page, label) {
  const pressed = await page.waitForFunction(
    (label) => {
      const button = [...document.querySelectorAll('button')].find((each) => each.textContent === label && !each.disabled);
      button?.click();
      return button !== undefined;
    },
    { polling: 50 },
    label,
  );
  await pressed.dispose();
}

/** Waits until a button is there, or is not. */
async function waitUntil(page, shown, label) {
  const there = (label) => [...document.querySelectorAll('button')].some((each) => each.textContent === label);
  const handle = await page.waitForFunction(shown ? there : `!(${there})(${JSON.stringify(label)})`, { polling: 50 }, label);
  await handle.dispose();
}

/** One call, from the first word to the end, with sound. */
async function call(caller, callee, user) {
  await caller.page.evaluate((user) => {
    window.__again();
    window.__clock.dialled = performance.now();
    const field = document.querySelector('#dial-target');
    field.value = user;
    field.dispatchEvent(new Event('input', { bubbles: true }));
  }, user);
  await tap(caller.page, 'Call');
  await tap(callee.page, 'Answer');
  const sound = await caller.page.waitForFunction(() => window.__clock.packet !== undefined, { polling: 50 });
  await sound.dispose();
  await tap(callee.page, 'Hold');
  await tap(callee.page, 'Resume');
  await waitUntil(callee.page, true, 'Hold');
  await tap(caller.page, 'Hang up');
  await waitUntil(caller.page, false, 'Hang up');
  await waitUntil(callee.page, false, 'Hang up');
}

try {
  const users = ['agent1', 'agent2'];
  const desks = [await desk(browser, board, users[0]), await desk(browser, board, users[1])];
  const client = await desks[0].page.createCDPSession();
  await client.send('Performance.enable');
  const read = async () => {
    const kept = await heap(client);
    const { metrics } = await client.send('Performance.getMetrics');
    return { ...kept, nodes: metrics.find(({ name }) => name === 'Nodes').value };
  };
  const rows = [['calls', 'JavaScript, MB', 'WebAssembly, MB', 'DOM nodes']];
  const note = async (label) => {
    const now = await read();
    rows.push([label, megabytes(now.javascript), megabytes(now.wasm), String(now.nodes)]);
    return now;
  };
  const round = (number) => call(desks[number % 2], desks[(number + 1) % 2], users[(number + 1) % 2]);
  for (let number = 0; number < WARM; number += 1) await round(number);
  await note(`${WARM}`);
  const total = WARM + CALLS_PER_HOUR * HOURS;
  let half, last;
  for (let number = WARM; number < total; number += 1) {
    await round(number);
    if ((number + 1 - WARM) % EVERY !== 0) continue;
    last = await note(`${number + 1}`);
    if (number + 1 - WARM === (total - WARM) / 2) half = last;
  }
  await pause(REST_S);
  const rested = await note(`and ${REST_S / 60} minutes without any`);
  const grown = (from, to) => to.javascript + to.wasm - from.javascript - from.wasm;
  // The recording of the last hours, which a desk offers for download, is full by then.
  rows.push(['grown per hour, second half', megabytes((grown(half, last) * 2) / HOURS), '', '']);
  rows.push(['grown per hour without any', megabytes((grown(last, rested) * 3600) / REST_S), '', '']);
  table(rows);
} finally {
  await close(browser);
  await board.stop();
}
