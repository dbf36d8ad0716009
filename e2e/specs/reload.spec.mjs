// A page is loaded again in the middle of its work: the same call comes back with sound, and the other side hears of no end.

import assert from 'node:assert/strict';
import { assertHears, received } from '../support/audio.mjs';
import { BROWSERS, openPage } from '../support/browsers.mjs';
import { find, gone, present, press } from '../support/controls.mjs';
import { PAIRINGS, setStage } from '../support/stage.mjs';
import { STATION_TONE, Station } from '../support/station.mjs';
import { Switchboard } from '../support/switchboard.mjs';
import { timed, until } from '../support/wait.mjs';
import { assertSees } from '../support/video.mjs';

const stage = setStage();

/** The picture of the other side. */
const REMOTE = 'video.remote-video';

const ONE = { frequency: 523, hue: 120 };
const TWO = { frequency: 811, hue: 240 };

/** Requests of a kind that reached a page. */
const requests = async (desk, method) => (await desk.sip()).filter(({ direction, text }) => direction === 'in' && text.startsWith(`${method} `)).length;

/** Waits until sound has arrived at a page that was just loaded. */
const soundIsBack = (desk) => until('sound to be back', async () => (await received(desk.page)).audio > 5, { timeout: 10_000, every: 20 });

/** Loads a page again and waits for its call: milliseconds until its first packets. */
async function reloadInCall(desk, name) {
  const { ms } = await timed(async () => {
    await desk.reload();
    await soundIsBack(desk);
  });
  await desk.inCall(name);
  return ms;
}

/** Ids of devices in the Contacts of a message. */
const devices = (text) => [...text.matchAll(/^Contact: *<[^>]*>.*;\+sip\.instance="<(urn:uuid:[^>]*)>"/gim)].map(([, device]) => device);

/** The id under which a page registered, and those of all bindings that the exchange has of its user, as it answered. */
async function registration(desk) {
  const about = ({ text }) => /^CSeq: *\d+ REGISTER/im.test(text);
  const all = (await desk.sip()).filter(about);
  const answer = all.findLast(({ direction, text }) => direction === 'in' && text.startsWith('SIP/2.0 200')).text;
  return { said: [...new Set(all.filter(({ direction }) => direction === 'out').flatMap(({ text }) => devices(text)))], known: devices(answer) };
}

/** Rows of a person's history. */
const contacts = (desk) => desk.page.evaluate(async () => (await (await fetch('/api/history')).json()).rows.length);
/** A call is in the history a moment after its end. */
const inHistory = (desk, before) => until('the call in the history', async () => (await contacts(desk)) > before);

async function connect(one, two) {
  await one.dial('agent2');
  await two.answer();
  await Promise.all([one.inCall(two.name), two.inCall(one.name)]);
  await Promise.all([assertHears(one.page, { present: [811], absent: [523] }), assertHears(two.page, { present: [523], absent: [811] })]);
}

async function talk(caller, called) {
  const desks = await stage.desksOf([caller, 'agent1', ONE], [called, 'agent2', TWO]);
  await connect(...desks);
  return desks;
}

for (const [caller, called] of PAIRINGS) {
  stage.test(`${caller} in a call with ${called}: each side is loaded again`, async (t) => {
    const [one, two] = await stage.desksOf([caller, 'agent1', ONE], [called, 'agent2', TWO]);
    const before = await contacts(one);
    await connect(one, two);
    for (const [desk, other] of [
      [one, two],
      [two, one],
    ]) {
      const device = await registration(desk);
      const ms = await reloadInCall(desk, other.name);
      t.diagnostic(`${desk.user}: sound after ${ms} ms`);
      const { said, known } = await registration(desk);
      assert.equal(device.said.length, 1);
      assert.deepEqual(said, device.said, 'the new page is the same device');
      // What a test before has left may go, and no binding has come.
      assert.ok(known.includes(said[0]) && known.every((one) => device.known.includes(one)), `${known} of ${device.known}`);
      assert.ok(ms <= 3000, `sound after ${ms} ms`);
      await Promise.all([assertHears(one.page, { present: [811], absent: [523] }), assertHears(two.page, { present: [523], absent: [811] })]);
      assert.equal(await requests(other, 'BYE'), 0, 'the other side saw no BYE');
      assert.equal(await requests(other, 'INVITE'), desk === one ? 2 : 1, 'one offer brought the media back');
    }
    // It is the same call: one of them ends it for both, and the history has one row.
    await one.press('Mute');
    await assertHears(two.page, { present: [], absent: [523] });
    const { ms: over } = await timed(async () => {
      await two.press('Hang up');
      await one.callOver();
    });
    assert.ok(over <= 2000, `the other side was told after ${over} ms`);
    await two.callOver();
    await inHistory(one, before);
    assert.equal((await contacts(one)) - before, 1, 'one call in the history');
    // At rest nothing of the call is kept.
    const kept = await one.page.evaluate(() => JSON.parse(sessionStorage.getItem('portico.shift')).calls);
    assert.deepEqual(kept, {});
  });
}

for (const [caller, called] of PAIRINGS) {
  stage.test(`${caller} in a call with ${called}: hold, mute and pictures are as they were after a reload`, async (t) => {
    const [one, two] = await stage.desksOf([caller, 'agent1', ONE], [called, 'agent2', TWO]);
    const both = () => Promise.all([assertHears(one.page, { present: [811], absent: [523] }), assertHears(two.page, { present: [523], absent: [811] })]);
    // Between two of a kind, whoever is called shows no picture and only sees.
    const shown = caller !== called;
    const pictures = () => Promise.all([shown && assertSees(one.page, REMOTE, TWO.hue), assertSees(two.page, REMOTE, ONE.hue)]);
    await one.dial('agent2', { video: true });
    await two.answer({ video: shown });
    await Promise.all([one.inCall(two.name), two.inCall(one.name)]);
    await pictures();
    await one.press('Mute');
    await reloadInCall(one, two.name);
    await pictures();
    await reloadInCall(two, one.name);
    await pictures();
    await find(one.page, 'button', 'Unmute');
    await assertHears(two.page, { present: [], absent: [523] });
    await one.press('Unmute');
    await one.press('Hold');
    await two.says('put you on hold');
    // Whoever holds is loaded again, then whoever is held.
    await one.reload();
    await find(one.page, 'button', 'Resume', { timeout: 15_000 });
    await one.ready();
    await until('the offer of the new page', async () => (await requests(two, 'INVITE')) >= 2);
    await assertHears(two.page, { present: [], absent: [523], open: false });
    await two.says('put you on hold');
    const offered = await requests(one, 'INVITE');
    await two.reload();
    await two.says('put you on hold', { timeout: 15_000 });
    await until('the offer of the other new page', async () => (await requests(one, 'INVITE')) > offered);
    await assertHears(two.page, { present: [], absent: [523], open: false });
    assert.ok(await one.shows('button', 'Resume'), 'the call is still held');
    const { ms } = await timed(async () => {
      await one.press('Resume');
      await soundIsBack(two);
    });
    t.diagnostic(`sound ${ms} ms after it was resumed`);
    await Promise.all([both(), pictures()]);
    assert.deepEqual(await Promise.all([requests(one, 'BYE'), requests(two, 'BYE')]), [0, 0]);
    await one.press('Hang up');
    await two.callOver();
  });

  stage.test(`${caller} calls ${called}: a call that rings goes on ringing after a reload`, async () => {
    const [one, two] = await stage.desksOf([caller, 'agent1', ONE], [called, 'agent2', TWO]);
    await one.dial('agent2');
    await two.rings();
    await two.reload();
    await two.rings();
    assert.ok(await one.shows('button', 'Hang up'), 'the caller still waits');
    await two.answer();
    await Promise.all([one.inCall(two.name), two.inCall(one.name)]);
    await Promise.all([assertHears(one.page, { present: [811], absent: [523] }), assertHears(two.page, { present: [523], absent: [811] })]);
    await one.press('Hang up');
    await two.callOver();
    // Whoever was dialling has given up with the page.
    await one.dial('agent2');
    await two.rings();
    await one.reload();
    await two.quiet();
    await one.ready();
  });
}

for (const browser of BROWSERS) {
  stage.test(`${browser}: where playback is refused after a reload, one button brings the sound back`, async () => {
    const [one, two] = await talk(browser, 'chromium');
    // As a browser that plays nothing before the first gesture.
    await one.page.evaluateOnNewDocument(() => {
      let gesture = false;
      addEventListener('pointerdown', () => (gesture = true), { capture: true });
      const play = HTMLMediaElement.prototype.play;
      HTMLMediaElement.prototype.play = function () {
        if (gesture) return play.call(this);
        this.autoplay = false;
        this.pause();
        return Promise.reject(new DOMException('not before a gesture', 'NotAllowedError'));
      };
    });
    await reloadInCall(one, two.name);
    const silent = () => one.page.evaluate(() => [...document.querySelectorAll('audio.remote-audio')].every((element) => element.paused));
    await find(one.page, 'button', 'Play sound');
    assert.equal(await silent(), true);
    await press(one.page, 'Play sound');
    await gone(one.page, 'button', 'Play sound');
    await until('the call to be played', async () => !(await silent()));
    await Promise.all([assertHears(one.page, { present: [811], absent: [523] }), assertHears(two.page, { present: [523], absent: [811] })]);
    await two.press('Hang up');
    await one.callOver();
  });
}

/** A duplicated tab: the storage of the first one, in a page of its own. */
async function copyOf(desk) {
  const kept = await desk.page.evaluate(() => Object.entries(sessionStorage));
  const { page } = await openPage(desk.context, { frequency: desk.frequency, hue: desk.hue, type: 'window' });
  await page.evaluateOnNewDocument((entries) => entries.forEach(([key, value]) => sessionStorage.setItem(key, value)), kept);
  await page.goto(`${stage.board.url}/`);
  return Object.assign(Object.create(Object.getPrototypeOf(desk)), desk, { page });
}

/** Tabs that hold the id of a device, and that ask for one. */
const lease = async (desk) => {
  const { held, pending } = await desk.page.evaluate(() => navigator.locks.query());
  return [held, pending].map((list) => list.filter(({ name }) => name.startsWith('portico-device-')).map(({ name }) => name));
};

for (const browser of BROWSERS) {
  stage.test(`${browser}: a copy of a tab in a call takes nothing from it while it lives, and goes on with the call once it is gone`, async () => {
    stage.expect(/page crashed/);
    const [one, two] = await talk(browser, 'chromium');
    const sounds = (desk) =>
      Promise.all([assertHears(desk.page, { present: [811], absent: [523] }), assertHears(two.page, { present: [523], absent: [811] })]);
    // It asks for the id of the first one, which the first one does not give away, and then is a desk of its own.
    const first = await copyOf(one);
    await find(first.page, 'heading', 'Check your devices', { timeout: 15_000 });
    assert.equal(await present(first.page, 'button', 'Hang up'), false);
    assert.equal(await first.page.evaluate(() => sessionStorage.getItem('portico.shift')), null);
    await sounds(one);
    await first.page.close();
    // While a second one asks, the first one goes.
    const second = await copyOf(one);
    const [[held]] = await lease(one);
    await until('the copy to ask for the id', async () => (await lease(one))[1].includes(held));
    assert.equal(await present(second.page, 'button', 'Hang up'), false);
    if (browser === 'chromium') {
      const session = await one.page.createCDPSession();
      session.send('Page.crash').catch(() => {});
      await new Promise((resolve) => one.page.once('error', resolve));
    }
    await one.page.close();
    await second.inCall(two.name);
    assert.deepEqual((await lease(second))[0], [held]);
    await sounds(second);
    assert.equal(await requests(two, 'BYE'), 0);
    await press(second.page, 'Hang up');
    await two.callOver();
    await press(second.page, 'Sign out');
    await find(second.page, 'button', 'Sign in');
    assert.equal(await second.page.evaluate(() => sessionStorage.getItem('portico.shift')), null, 'nothing of the shift is left');
  });
}

stage.test('a page that does not come back: the other side is told at once, and the call ends after half a minute', async (t) => {
  // Firefox says so in its own words when nobody is there any more.
  stage.expect(/ICE failed/);
  const [one, two] = await talk('chromium', 'firefox');
  await one.page.close();
  await two.says(/page is reconnecting/, { timeout: 5000 });
  const { ms } = await timed(() => two.callOver({ timeout: 40_000 }));
  t.diagnostic(`over after ${ms} ms more`);
  assert.ok(ms > 20_000 && ms < 35_000, `over after ${ms} ms`);
});

for (const [agent, caller] of [
  ['firefox', 'chromium'],
  ['chromium', 'firefox'],
]) {
  stage.alone(
    `${agent}: the shift and the work after a call go on after a reload, the caller in ${caller}`,
    () => Switchboard.serve({ queues: [{ name: 'support', label: 'Support', agents: ['agent1'], public: true, wrap_up_seconds: 120 }] }),
    async () => {
      const one = await stage.desk(agent, 'agent1', ONE);
      await one.press('Get ready');
      await one.says('Ready for calls');
      await one.reload();
      await one.ready();
      await one.says('Ready for calls');
      const ada = await stage.visitor(caller, 'support', { frequency: 1123, name: 'Ada' });
      await ada.call();
      await one.rings();
      await one.reload();
      await one.answer();
      await one.inCall('Ada');
      await reloadInCall(one, 'Ada');
      await Promise.all([assertHears(one.page, { present: [1123], absent: [523] }), assertHears(ada.page, { present: [523], absent: [1123] })]);
      await one.press('Hang up');
      await find(one.page, 'button', 'Finish');
      await one.reload();
      await find(one.page, 'button', 'Finish', { timeout: 15_000 });
      const rows = () => one.page.evaluate(async () => (await (await fetch('/api/history')).json()).rows.filter(({ peer }) => peer.display_name === 'Ada').length);
      await until('the call in the history', async () => (await rows()) > 0);
      assert.equal(await rows(), 1, 'one call in the history');
      await one.press('Finish');
      await one.says('Ready for calls');
    },
  );
}

for (const browser of BROWSERS) {
  stage.alone(
    `${browser} in a call with a door station is loaded again`,
    () => Switchboard.demo(),
    async (t) => {
      const north = Station.of(stage.board, 'north');
      await north.registered();
      const one = await stage.desk(browser, 'agent1', ONE);
      await north.ring();
      await one.rings();
      await one.reload();
      await one.answer();
      await assertHears(one.page, { present: [STATION_TONE] });
      await north.hears(523);
      const { ms } = await timed(async () => {
        await one.reload();
        await soundIsBack(one);
      });
      t.diagnostic(`sound after ${ms} ms`);
      assert.ok(ms <= 3000, `sound after ${ms} ms`);
      await assertHears(one.page, { present: [STATION_TONE], absent: [523] });
      await north.hears(523);
      await one.press('Hold');
      await find(one.page, 'button', 'Resume');
      await one.reload();
      await find(one.page, 'button', 'Resume', { timeout: 15_000 });
      await one.press('Resume');
      await assertHears(one.page, { present: [STATION_TONE], absent: [523] });
      await north.hears(523);
      await one.press('Hang up');
      await north.idle();
    },
  );
}
