// What a lost server costs: killed and back, and a connection on which nothing arrives any more, idle and in a call. All three phones at
// once, each with a way of its own to the same Kamailio.

import { close, launch } from '../e2e/support/browsers.mjs';
import { kamailio } from '../e2e/support/kamailio.mjs';
import { Switchboard } from '../e2e/support/switchboard.mjs';
import { wire } from '../e2e/support/wire.mjs';
import { bundle } from './support/build.mjs';
import { ms, p50, table } from './support/figures.mjs';
import { desk, libraryPhone, PAGES } from './support/phones.mjs';
import { serve } from './support/serve.mjs';

const DOWN_MS = 4_500;
const RESTARTS = 3;
const BACK_LIMIT = 60_000;
const NOTICE_LIMIT = 120_000;

const folder = await bundle('phone_jssip');
await bundle('phone_sipjs');
const server = await serve({ pages: PAGES, folders: [folder] });
const pbx = await kamailio();
const names = ['desk', 'JsSIP', 'SIP.js'];
const ways = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await wire(pbx.url)])));
const board = await Switchboard.serve({ pbx: { ...pbx, url: ways.desk.url } });
const browser = await launch('chromium');
const account = (user, url) => ({ url, domain: pbx.domain, user, password: pbx.password, iceServers: [] });
const rest = (time) => new Promise((resolve) => setTimeout(resolve, time));

/** All phones, registered anew: what an outage before left of a library does not count in the next, and the registrar keeps few addresses. */
async function phones(round) {
  const target = `callee${round}`;
  const callee = await libraryPhone(browser, server, 'jssip', { ...account(target, pbx.url), answers: true });
  const all = {
    desk: await desk(browser, board, round < RESTARTS ? 'agent1' : 'agent2'),
    JsSIP: await libraryPhone(browser, server, 'jssip', account(`jssip${round}`, ways.JsSIP.url)),
    'SIP.js': await libraryPhone(browser, server, 'sipjs', account(`sipjs${round}`, ways['SIP.js'].url)),
  };
  return { target, all, leave: () => Promise.all([callee, ...Object.values(all)].map((phone) => phone.page.browserContext().close())) };
}

const each = (measure) => Promise.all(names.map(async (name) => [name, await measure(ways[name], name)]));
// The desk says what it noticed; of the libraries only the end of their connection is seen.
const says = (page) =>
  page
    .waitForFunction(() => ![...document.querySelectorAll('[role="status"]')].some((each) => each.textContent.includes('Ready')), { timeout: NOTICE_LIMIT, polling: 100 })
    .then(() => performance.now(), () => undefined);
const silence = async ({ all }) => {
  const began = performance.now();
  const found = await each((way, name) => {
    const noticed = name === 'desk' ? says(all.desk.page) : way.next('left', NOTICE_LIMIT);
    way.hush(true);
    return noticed;
  });
  for (const name of names) ways[name].hush(false);
  return Object.fromEntries(found.map(([name, at]) => [name, at && at - began]));
};

try {
  const back = Object.fromEntries(names.map((name) => [name, []]));
  for (let run = 0; run < RESTARTS; run += 1) {
    const { leave } = await phones(run);
    await each((way) => way.cut());
    await rest(DOWN_MS);
    const found = await each(async (way) => {
      const registered = way.next('registered', BACK_LIMIT);
      await way.back();
      const began = performance.now();
      const at = await registered;
      return at === undefined ? undefined : at - began;
    });
    for (const [name, time] of found) back[name].push(time);
    await leave();
  }

  const idle = await phones(RESTARTS);
  await rest(2_000);
  const noticedIdle = await silence(idle);
  await idle.leave();

  const talking = await phones(RESTARTS + 1);
  for (const phone of Object.values(talking.all)) await phone.dial(talking.target);
  await rest(2_000);
  const noticedInCall = await silence(talking);
  await talking.leave();

  const never = (time, limit) => (time === undefined ? `not in ${limit / 1000} s` : ms(time));
  const again = (times) => {
    const known = times.filter((time) => time !== undefined);
    const missing = times.length - known.length;
    return known.length === 0 ? never(undefined, BACK_LIMIT) : `${ms(p50(known))} (${ms(Math.max(...known))})${missing ? `, ${missing} not in ${BACK_LIMIT / 1000} s` : ''}`;
  };
  table([
    ['outage', `back: registered, p50 of ${RESTARTS} (slowest)`, 'silence noticed, idle', 'in a call'],
    ...names.map((name) => [name, again(back[name]), never(noticedIdle[name], NOTICE_LIMIT), never(noticedInCall[name], NOTICE_LIMIT)]),
  ]);
} finally {
  await close(browser);
  await board.stop();
  for (const name of names) await ways[name].stop();
  await pbx.stop();
  await server.stop();
}
