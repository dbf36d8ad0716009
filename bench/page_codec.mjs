// Parsing inside one Chromium page: sip-ws (WASM) beside JsSIP and SIP.js. Alternates A/B/A/B and keeps the best.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { close, launch } from '../e2e/support/browsers.mjs';
import { BENCH, bundle, codecWasm } from './support/build.mjs';
import { table } from './support/figures.mjs';
import { pageWith, serve } from './support/serve.mjs';

const ROUNDS = 5;
const BATCHES = 6;
const PEERS = ['jssip', 'sipjs', 'sip-ws typed', 'sip-ws rewrite', 'sip-ws (opt 3) typed', 'sip-ws (opt 3) rewrite'];
const MESSAGES = ['invite', 'ok'];

const pages = await bundle('codec');
codecWasm('release');
codecWasm('fast');
const server = await serve({ pages: { '/': pageWith('codec') }, folders: [pages] });
const browser = await launch('chromium');
try {
  const page = await browser.newPage();
  await page.goto(`${server.url}/`);
  await page.waitForFunction(() => window.ready);
  await page.evaluate(() => window.load('sip-ws', '/codec-release/page.js'));
  await page.evaluate(() => window.load('sip-ws (opt 3)', '/codec-fast/page.js'));
  const rows = [['ns per message', ...MESSAGES.map((name) => (name === 'ok' ? '200 OK' : 'INVITE')), 'INVITE, times as fast as JsSIP']];
  const best = new Map(PEERS.map((peer) => [peer, MESSAGES.map(() => Infinity)]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const peer of PEERS) {
      for (const [index, name] of MESSAGES.entries()) {
        const frame = readFileSync(join(BENCH, 'messages', `${name}.dat`), 'utf8');
        const found = await page.evaluate((...args) => window.measure(...args), peer, frame, BATCHES);
        best.get(peer)[index] = Math.min(best.get(peer)[index], found);
      }
    }
  }
  const reference = best.get('jssip')[0];
  for (const [peer, values] of best) rows.push([peer, ...values.map((value) => Math.round(value)), (reference / values[0]).toFixed(1)]);
  console.log(`${await browser.version()}; typed: parse and read six headers; rewrite: parse and serialise; release: as the app is built (size), opt 3: for speed`);
  table(rows);
} finally {
  await close(browser);
  await server.stop();
}
