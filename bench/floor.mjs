// The floor and the wallboard beside the same floor by hand and in React: 500 agents, 1,000 callers who wait, 200 changed rows a second
// in four frames. One page at a time, taking turns, in one Chromium.

import { parseArgs } from 'node:util';
import { close, launch } from '../e2e/support/browsers.mjs';
import { find, press, write } from '../e2e/support/controls.mjs';
import { busy, noteLongTasks, tasks } from './support/busy.mjs';
import { BENCH, bundle } from './support/build.mjs';
import { AGENTS, QUEUES } from './support/floor_model.mjs';
import { FloorRig } from './support/floor_rig.mjs';
import { ms, table } from './support/figures.mjs';
import { pageWith } from './support/serve.mjs';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '30' }, turns: { type: 'string', default: '2' }, only: { type: 'string' } } });
const [SECONDS, TURNS] = [Number(values.seconds), Number(values.turns)];
/** Until a page that has just shown everything is at rest. */
const WARM_MS = 5000;

async function own(page, rig, path, complete) {
  await page.goto(`${rig.url}/`);
  await write(page, 'User name', 'supervisor');
  await write(page, 'Password', rig.board.password);
  await press(page, 'Sign in');
  await find(page, 'heading', 'Check your devices');
  await page.goto(`${rig.url}${path}`);
  await page.waitForFunction(complete, { timeout: 60_000 }, AGENTS, QUEUES);
}

async function neighbour(page, rig, path) {
  await page.goto(`${rig.url}${path}`);
  await page.waitForFunction(() => window.ready);
  await page.evaluate((account) => void window.start(account), { user: 'supervisor', password: rig.board.password });
  await page.waitForFunction((agents, queues) => document.querySelectorAll('.agent').length === agents && document.querySelectorAll('.queue').length === queues, { timeout: 60_000 }, AGENTS, QUEUES);
}

const SCREENS = {
  floor: (page, rig) => own(page, rig, '/floor', (agents, queues) => document.querySelectorAll('.agent').length === agents && document.querySelectorAll('.floor-queue').length === queues),
  wallboard: (page, rig) => own(page, rig, '/wallboard', (_, queues) => document.querySelectorAll('.wall-card').length === queues),
  'by hand': (page, rig) => neighbour(page, rig, '/neighbour/vanilla'),
  'React 19': (page, rig) => neighbour(page, rig, '/neighbour/react'),
};

const folder = await bundle('floor_vanilla');
await bundle('floor_react');
const script = (name) => readFileSync(join(folder, `${name}.js`));
const rig = await FloorRig.start({
  pages: { '/neighbour/vanilla': pageWith('floor_vanilla'), '/neighbour/react': pageWith('floor_react') },
  scripts: { '/floor_vanilla.js': script('floor_vanilla'), '/floor_react.js': script('floor_react') },
});
const browser = await launch('chromium');
try {
  const screens = Object.entries(SCREENS).filter(([name]) => !values.only || name === values.only);
  const found = Object.fromEntries(screens.map(([name]) => [name, []]));
  for (let turn = 0; turn < TURNS; turn += 1) {
    for (const [name, open] of screens) {
      const context = await browser.createBrowserContext();
      const page = await context.newPage();
      await page.setViewport({ width: 1440, height: 900 });
      await page.evaluateOnNewDocument(noteLongTasks);
      await open(page, rig);
      await new Promise((resolve) => setTimeout(resolve, WARM_MS));
      const one = await busy(page, SECONDS);
      one.tasks = await tasks(page, SECONDS / 3);
      if (process.env.PORTICO_BENCH_PICTURES) await page.screenshot({ path: join(BENCH, 'target', `floor-${name.replace(' ', '-')}.png`) });
      found[name].push(one);
      await context.close();
    }
  }
  const mean = (list) => list.reduce((sum, each) => sum + each, 0) / list.length;
  const percent = (share) => `${(100 * share).toFixed(1)} %`;
  const base = found['by hand'] ? mean(found['by hand'].map((one) => one.thread[0])) : Number.NaN;
  const rows = [[`${TURNS} × ${SECONDS} s`, 'busy', 'processor', 'of it script', 'layout', 'style', 'times by hand', 'tasks > 50 ms', 'longest (processor)', 'elements', 'nodes', 'heap grown', 'wasm']];
  for (const [name, turns] of Object.entries(found)) {
    const part = (index) => percent(mean(turns.map((one) => one.thread[index])));
    const longest = turns.flatMap((one) => one.tasks).reduce((worst, task) => (task.wall > worst.wall ? task : worst), { wall: 0, thread: 0 });
    // Tasks are traced after the shares were taken: the trace is work too.
    const wall = Math.max(longest.wall, ...turns.flatMap((one) => one.long));
    const last = turns.at(-1);
    rows.push([
      name,
      percent(mean(turns.map((one) => one.wall[0]))),
      part(0),
      part(1),
      part(2),
      part(3),
      (mean(turns.map((one) => one.thread[0])) / base).toFixed(2),
      turns.reduce((sum, one) => sum + one.long.length, 0),
      `${ms(wall)} (${ms(longest.thread)})`,
      last.elements,
      last.nodes,
      `${(mean(turns.map((one) => one.grown)) / 1e6).toFixed(2)} MB`,
      `${(last.wasm / 1e6).toFixed(1)} MB`,
    ]);
  }
  table(rows);
} finally {
  await close(browser);
  await rig.stop();
}
