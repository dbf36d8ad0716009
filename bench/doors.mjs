// Doors: ring → picture on ten desks in one Chromium, press → outcome on all of them, and what it costs the switchboard when twenty
// desks watch ten stations.

import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Browsers } from '../e2e/support/browsers.mjs';
import { Desk } from '../e2e/support/desk.mjs';
import { freePort } from '../e2e/support/net.mjs';
import { Child } from '../e2e/support/process.mjs';
import { Station } from '../e2e/support/station.mjs';
import { BINARY, Switchboard } from '../e2e/support/switchboard.mjs';
import { until } from '../e2e/support/wait.mjs';
import { Watcher } from '../e2e/support/watcher.mjs';
import { ms, p50, p95, table } from './support/figures.mjs';

const DESKS = 10;
const RINGS = 10;
const WATCHERS = 20;
const STATIONS = 10;
const SECONDS = 10;

/** Stamps, in the page: the ring's card, its first picture that is drawn, the first outcome. */
function stamp(relay) {
  const found = (window.__door = { ring: undefined, picture: undefined, outcome: undefined });
  const look = () => {
    const now = Date.now();
    if (document.querySelector('.ring')) found.ring ??= now;
    if (document.querySelector('.ring [data-picture="live"]')) found.picture ??= now;
    if (/^Opened/.test(document.querySelector(`.ring [data-relay="${relay}"] .relay-state`)?.innerText ?? '')) found.outcome ??= now;
    if (found === window.__door) requestAnimationFrame(look);
  };
  look();
}

async function desks() {
  const board = await Switchboard.demo();
  const browsers = new Browsers();
  try {
    const north = Station.of(board, 'north');
    const chromium = await browsers.get('chromium');
    const all = [];
    for (let n = 0; n < DESKS; n += 1) all.push(await Desk.onShift(chromium, board, 'concierge', {}));
    const [pictures, outcomes] = [[], []];
    for (let round = 0; round < RINGS; round += 1) {
      await north.reset();
      // The socket of the round before is closed by then: each ring begins without one.
      await pause(2500);
      // An outcome stands for a minute beside its button: each relay is pressed in one round.
      const relay = round + 1;
      await Promise.all(all.map((desk) => desk.page.evaluate(stamp, relay)));
      await north.ring();
      const seen = (key) => Promise.all(all.map((desk) => until(key, () => desk.page.evaluate((key) => window.__door[key], key))));
      const [rings, shown] = [await seen('ring'), await seen('picture')];
      pictures.push(...shown.map((at, index) => at - rings[index]));
      const presser = all[round % DESKS].page;
      if (relay <= 2) {
        const pressed = await presser.evaluate((relay) => {
          document.querySelector(`.ring [data-relay="${relay}"] button`).click();
          return Date.now();
        }, relay);
        outcomes.push(...(await seen('outcome')).map((at) => at - pressed));
      }
      await north.hangUp();
      await Promise.all(all.map((desk) => desk.quiet()));
    }
    const streams = (await north.state()).streams;
    table([
      [`${DESKS} desks in one Chromium, ${RINGS} rings`, 'p50', 'p95', 'slowest'],
      ['ring → live picture', ...[p50(pictures), p95(pictures), Math.max(...pictures)].map(ms)],
      ['press → outcome on every desk', ...[p50(outcomes), p95(outcomes), Math.max(...outcomes)].map(ms)],
    ]);
    console.log(`readers at the station: ${streams}`);
  } finally {
    await browsers.close();
    await board.stop();
  }
}

/** Seconds of CPU that a process has used. */
async function cpu(pid) {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function watchers() {
  const folder = await mkdtemp(join(tmpdir(), 'portico-bench-'));
  const stations = [];
  for (let n = 0; n < STATIONS; n += 1) {
    const child = new Child(BINARY, ['station', '--listen', '127.0.0.1:0', '--page', '127.0.0.1:0', '--name', `s${n}`]);
    const [, device] = await child.line(/^ready (\S+) page/m);
    stations.push({ child, device });
  }
  const port = await freePort();
  const hash = execFileSync(BINARY, ['hash-password'], { input: 'portico-bench\n' }).toString().trim();
  await writeFile(join(folder, 'secret'), 'portico');
  await writeFile(join(folder, 'admin'), 'admin');
  const entrance = ({ device }, n) => `[[tenants.sites.entrances]]
name = "s${n}"
ipac = { url = "http://${device}", login = "digest", user = "admin", password_file = "admin", on_this_machine = true }
pictures = { url = "http://${device}/video.mjpeg", token_file = "secret", on_this_machine = true }
`;
  const config = join(folder, 'portico.toml');
  await writeFile(
    config,
    `[http]
listen = "127.0.0.1:${port}"
[store]
url = "sqlite:portico.sqlite"
keys = "keys"
[[tenants]]
name = "house"
domain = "portico.test"
[[tenants.sites]]
name = "site"
zone = "Europe/Rome"
${stations.map(entrance).join('')}
[[tenants.people]]
user = "agent1"
roles = ["agent"]
sites = ["site"]
password = ${JSON.stringify(hash)}
`,
  );
  const board = new Switchboard(folder, port, ['serve', '--config', config]);
  board.password = 'portico-bench';
  await board.start();
  try {
    const doors = stations.map((_, n) => `s${n}`);
    const all = [];
    for (let n = 0; n < WATCHERS; n += 1) all.push(await Watcher.open(board, 'agent1', doors));
    await until('pictures at every watcher', () => all.every((watcher) => watcher.pictures > 20));
    for (const watcher of all) Object.assign(watcher, { pictures: 0, bytes: 0, oldest: 0 });
    const before = await cpu(board.child.pid);
    await pause(SECONDS * 1000);
    const used = ((await cpu(board.child.pid)) - before) / SECONDS;
    const sum = (key) => all.reduce((total, watcher) => total + watcher[key], 0);
    const streams = await Promise.all(stations.map(async ({ child }) => (await new Station(/page (\S+)/.exec(child.stdout)[1]).state()).streams));
    table([
      [`${WATCHERS} desks watch ${STATIONS} stations for ${SECONDS} s`, ''],
      ['CPU of the switchboard (dev profile), share of one core', `${(used * 100).toFixed(0)} %`],
      ['pictures a second at each desk', (sum('pictures') / WATCHERS / SECONDS).toFixed(0)],
      ['sent a second in all', `${(sum('bytes') / SECONDS / 1e6).toFixed(1)} MB`],
      ['oldest picture when it was sent', `${Math.max(...all.map((watcher) => watcher.oldest))} ms`],
      ['readers at each station', [...new Set(streams)].join(', ')],
    ]);
    for (const watcher of all) watcher.close();
  } finally {
    await board.stop();
    for (const { child } of stations) await child.stop();
  }
}

await desks();
await watchers();
