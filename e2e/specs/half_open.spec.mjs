// A connection on which nothing arrives any more: nobody closes it, and the browser says nothing of it. And one that goes and comes. The sound
// goes on, the page says what is wrong, and when the way is there again the call is one of the new connection. Behind a plain proxy and at our
// own exchange; both sides lose their way at the same moment.

import assert from 'node:assert/strict';
import { assertHears } from '../support/audio.mjs';
import { BROWSERS } from '../support/browsers.mjs';
import { kamailio } from '../support/kamailio.mjs';
import { setStage } from '../support/stage.mjs';
import { Switchboard } from '../support/switchboard.mjs';
import { until } from '../support/wait.mjs';
import { wire } from '../support/wire.mjs';

const stage = setStage({ start: async () => undefined });
const LOST = /Connection to the switchboard lost|Reconnecting/;

let way;
/** The desks' SIP goes to a proxy that knows each by its connection; what else they need from the switchboard stays. */
async function proxied() {
  const pbx = await kamailio();
  way = await wire(pbx.url);
  stage.later(() => pbx.stop());
  stage.later(() => way.stop());
  return Switchboard.serve({ pbx: { ...pbx, url: way.url } });
}

/** Everything of the desks goes by the way. */
async function own() {
  way = await wire();
  const board = await Switchboard.serve({ origins: [way.origin] });
  way.aim(board.url);
  board.url = way.origin;
  stage.later(() => way.stop());
  return board;
}

/** Two desks in a call, and what each hears. */
async function talk(caller, called) {
  // Attempts that came to nothing, and what was under way.
  stage.expect(/WebSocket connection to|WebSocket is closed before|can’t establish a connection|was interrupted while|ERR_|Failed to load resource|NetworkError|Cross-Origin/);
  const [one, two] = await stage.desksOf([caller, 'agent1', { frequency: 523 }], [called, 'agent2', { frequency: 811 }]);
  await one.dial('agent2');
  await two.answer();
  await Promise.all([one.inCall(two.name), two.inCall(one.name)]);
  const sounds = () => Promise.all([assertHears(one.page, { present: [811], absent: [523] }), assertHears(two.page, { present: [523], absent: [811] })]);
  await sounds();
  return { one, two, sounds };
}

/** What is done in the call arrives, both ways, and the end as well. */
async function works({ one, two, sounds }) {
  await one.press('Hold');
  await assertHears(two.page, { absent: [523], open: false });
  await one.press('Resume');
  await sounds();
  await two.press('Hang up');
  await Promise.all([one.callOver(), two.callOver()]);
  const ends = (desk) => async () => (await desk.sip()).filter(({ direction, text }) => direction === 'in' && text.startsWith('BYE '));
  assert.equal((await until('the BYE to arrive', async () => (await ends(one)()).length > 0 && ends(one)())).length > 0, true);
}

for (const [kind, start] of [
  ['a plain proxy', proxied],
  ['our own exchange', own],
]) {
  for (const [caller, called] of [
    ['chromium', 'firefox'],
    ['firefox', 'chromium'],
  ]) {
    stage.alone(`${kind}: ${caller} in a call with ${called} while nothing arrives any more`, start, async () => {
      const call = await talk(caller, called);
      const { one, two, sounds } = call;
      way.hush(true);
      await Promise.all([one, two].map((desk) => desk.says(LOST, { timeout: 30_000 })));
      await sounds();
      way.hush(false);
      await Promise.all([one.ready(30_000), two.ready(30_000)]);
      await sounds();
      await works(call);
    });
  }
}

for (const browser of BROWSERS) {
  stage.alone(`${browser}: a way that goes and comes ten times keeps the call, and its media is left alone`, own, async () => {
    const call = await talk(browser, browser);
    const { one, two, sounds } = call;
    for (let time = 0; time < 10; time += 1) {
      await way.cut();
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      await way.back();
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    await Promise.all([one.ready(30_000), two.ready(30_000)]);
    await sounds();
    for (const desk of [one, two]) {
      const described = (await desk.sip()).filter(({ direction, text }) => direction === 'out' && /^a=ice-ufrag:/m.test(text));
      const starts = new Set(described.map(({ text }) => /^a=ice-ufrag:(\S+)/m.exec(text)[1]));
      assert.ok(starts.size <= 1 + 3, `${starts.size - 1} restarts of media`);
    }
    await works(call);
  });
}

for (const browser of BROWSERS) {
  stage.alone(`${browser}: whoever hangs up while the way is lost is heard when it is back`, own, async () => {
    const { one, two } = await talk(browser, 'chromium');
    await way.cut();
    await Promise.all([one.says(LOST), two.says(LOST)]);
    await one.press('Hang up');
    await one.callOver();
    await way.back();
    await two.callOver({ timeout: 20_000 });
  });
}

/** Everything of the desks goes by the way, and whoever is in charge has one of their own. */
async function watched() {
  way = await wire();
  const board = await Switchboard.serve({
    origins: [way.origin],
    queues: [{ name: 'support', agents: ['agent1', 'agent2'] }],
    people: { agent1: 'Agent One', agent2: 'Agent Two', supervisor: 'Supervisor' },
    roles: { supervisor: ['supervisor'] },
  });
  way.aim(board.url);
  stage.later(() => way.stop());
  return board;
}

/** Text of one person's row on the floor. */
const row = (desk, name) =>
  desk.page.$$eval('.agent', (rows, name) => rows.find((row) => row.querySelector('.agent-name').textContent === name)?.innerText ?? '', name);
const rowsSay = (desk, pattern, options) =>
  Promise.all(['Agent One', 'Agent Two'].map((name) => until(`${name}'s row to say ${pattern}`, async () => pattern.test(await row(desk, name)), options)));

stage.alone('nothing arrives any more at a desk without a call: noticed, said, and seen by whoever is in charge', watched, async () => {
  stage.expect(/WebSocket|can’t establish a connection|was interrupted while|ERR_|Failed to load resource|NetworkError|Cross-Origin/);
  const sue = await stage.desk('chromium', 'supervisor');
  const board = Object.assign(Object.create(stage.board), { url: way.origin });
  const [one, two] = await stage.desksOf(['chromium', 'agent1', { board }], ['firefox', 'agent2', { board }]);
  await Promise.all([one.press('Get ready'), two.press('Get ready')]);
  await sue.press('Floor', { role: 'link' });
  await rowsSay(sue, /Ready for calls/);
  way.hush(true);
  // Their pages do not answer, and then their phones are gone: they want calls and are not rung.
  await rowsSay(sue, /Not rung|Phone not connected/, { timeout: 40_000 });
  // After 25 s of silence it is asked, and 10 s later it is dead.
  await Promise.all([one, two].map((desk) => desk.says(LOST, { timeout: 60_000 })));
  way.hush(false);
  await Promise.all([one.ready(30_000), two.ready(30_000)]);
  await rowsSay(sue, /Ready for calls/, { timeout: 30_000 });
  await one.dial('agent2');
  await two.rings();
});
