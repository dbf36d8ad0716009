// Bytes of the first screen, brotli at quality 11: the built desk, and the bare libraries it is measured against.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { agentWasm, bundle } from './support/build.mjs';
import { table } from './support/figures.mjs';

const dist = process.env.PORTICO_DIST;
const brotli = (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;

/** Programs that the loader names too, but fetches behind the first screen or instead of it. */
const BEHIND = { 'app-': 'the desk behind it', 'office-': 'the office behind it', 'wall-': "a screen's wallboard" };

/** The page, all it names, and what those name: what a browser fetches before somebody can sign in. */
function firstScreen() {
  const names = readdirSync(dist, { recursive: true }).filter((name) => statSync(join(dist, name)).isFile() && !/\.(br|gz)$/.test(name));
  const wanted = ['index.html'];
  for (const name of wanted) {
    if (!/\.(html|js|css)$/.test(name)) continue;
    const text = readFileSync(join(dist, name), 'utf8');
    wanted.push(...names.filter((other) => !wanted.includes(other) && text.includes(other)));
  }
  return wanted;
}

const rows = [['file', 'plain', 'brotli']];
const sums = { 'whole first screen': [0, 0] };
for (const name of firstScreen()) {
  const bytes = readFileSync(join(dist, name));
  const small = Math.min(bytes.length, brotli(bytes));
  const program = Object.keys(BEHIND).find((start) => name.startsWith(start));
  const sum = (sums[program ? BEHIND[program] : 'whole first screen'] ??= [0, 0]);
  sum[0] += bytes.length;
  sum[1] += small;
  rows.push([name, bytes.length, small]);
}
rows.push(...Object.entries(sums).map(([what, sum]) => [what, ...sum]));
for (const [name, label] of [['phone_jssip', 'JsSIP and forty lines, no page'], ['phone_sipjs', 'SIP.js and forty lines, no page']]) {
  const bytes = readFileSync(join(await bundle(name), `${name}.js`));
  rows.push([label, bytes.length, brotli(bytes)]);
}
const [agent, without] = agentWasm().map((file) => readFileSync(file));
rows.push(['sip-ws whole, with its recorder and player, no page', agent.length - without.length, brotli(agent) - brotli(without)]);
table(rows);
