// Bytes of the first screen, brotli at quality 11: the built desk, and the bare libraries it is measured against.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { bundle } from './support/build.mjs';
import { table } from './support/figures.mjs';

const dist = process.env.PORTICO_DIST;
const brotli = (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;

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
let plain = 0;
let packed = 0;
for (const name of firstScreen()) {
  const bytes = readFileSync(join(dist, name));
  const small = Math.min(bytes.length, brotli(bytes));
  plain += bytes.length;
  packed += small;
  rows.push([name, bytes.length, small]);
}
rows.push(['the desk, whole first screen', plain, packed]);
for (const [name, label] of [['phone_jssip', 'JsSIP and forty lines, no page'], ['phone_sipjs', 'SIP.js and forty lines, no page']]) {
  const bytes = readFileSync(join(await bundle(name), `${name}.js`));
  rows.push([label, bytes.length, brotli(bytes)]);
}
table(rows);
