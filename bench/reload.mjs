// The page is loaded again in a call: how long until sound arrives at both ends. The callee is a desk for all three, on the same Kamailio. A
// library's page starts and registers again by itself, with the same account.

import { close, launch } from '../e2e/support/browsers.mjs';
import { press } from '../e2e/support/controls.mjs';
import { kamailio } from '../e2e/support/kamailio.mjs';
import { Switchboard } from '../e2e/support/switchboard.mjs';
import { bundle } from './support/build.mjs';
import { ms, p50, table } from './support/figures.mjs';
import { desk, libraryPhone, PAGES } from './support/phones.mjs';
import { serve } from './support/serve.mjs';

const RELOADS = 9;
const LIBRARY_RELOADS = 2;
const LIMIT_MS = 20_000;
/** Packets that make sound: a tenth of a second. */
const SOUND = 5;

const folder = await bundle('phone_jssip');
await bundle('phone_sipjs');
const server = await serve({ pages: PAGES, folders: [folder] });
const pbx = await kamailio();
const board = await Switchboard.serve({ pbx });
const browser = await launch('chromium');
const rest = (time) => new Promise((resolve) => setTimeout(resolve, time));
const account = (user) => ({ url: pbx.url, domain: pbx.domain, user, password: pbx.password, iceServers: [] });

/** Connections of a page so far. A page that is being loaded has none. */
const connections = (phone) => phone.page.evaluate(() => window.__connections());
const sounds = (phone, since) => phone.page.evaluate(async (from) => (await window.__audio?.(from)) ?? 0, since).catch(() => 0);

/** Loads the page again: milliseconds until both hear each other over a new connection. */
async function reload(caller, callee, again) {
  const there = await connections(callee);
  const began = performance.now();
  const loaded = caller.page.reload({ waitUntil: 'domcontentloaded' }).then(again);
  while (performance.now() - began < LIMIT_MS) {
    const [here, far] = await Promise.all([sounds(caller, 0), sounds(callee, there)]);
    if (here > SOUND && far > SOUND) return performance.now() - began;
    await rest(10);
  }
  await loaded;
  return undefined;
}

try {
  const callee = await desk(browser, board, 'agent2');
  const library = (kind, user) => async () => ({
    phone: await libraryPhone(browser, server, kind, account(user)),
    again: async (page) => {
      await page.waitForFunction(() => window.ready);
      await page.evaluate((options) => window.start(options), account(user));
    },
  });
  const callers = {
    'the desk': async () => ({ phone: await desk(browser, board, 'agent1'), again: async () => undefined }),
    JsSIP: library('jssip', 'jssip'),
    'SIP.js': library('sipjs', 'sipjs'),
  };
  const rows = [['page loaded again in a call → sound both ways', 'reloads', 'p50', 'slowest', 'lost']];
  for (const [name, open] of Object.entries(callers)) {
    const { phone, again } = await open();
    // The desk asks before it leaves a call.
    phone.page.on('dialog', (dialog) => dialog.accept());
    const times = [];
    const wanted = name === 'the desk' ? RELOADS : LIBRARY_RELOADS;
    const call = async () => {
      const talking = phone.dial('agent2');
      await press(callee.page, 'Answer', { timeout: 10_000 });
      await talking;
      await rest(1_000);
    };
    await call();
    for (let run = 0; run < wanted; run += 1) {
      const time = await reload(phone, callee, () => again(phone.page));
      times.push(time);
      if (time === undefined && run + 1 < wanted) {
        await callee.hangUp().catch(() => undefined);
        await call();
      }
      await rest(500);
    }
    const known = times.filter((time) => time !== undefined);
    rows.push([name, times.length, ms(known.length > 0 ? p50(known) : undefined), ms(known.length > 0 ? Math.max(...known) : undefined), times.length - known.length]);
    await callee.hangUp().catch(() => undefined);
    await phone.page.browserContext().close();
  }
  table(rows);
} finally {
  await close(browser);
  await board.stop();
  await pbx.stop();
  await server.stop();
}
