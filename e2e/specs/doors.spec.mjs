// The door: seen before anyone answers, opened without answering, proven at the relay itself. Stations are processes of their own.

import assert from 'node:assert/strict';
import { assertHears } from '../support/audio.mjs';
import { assertAccessible } from '../support/axe.mjs';
import { BROWSERS } from '../support/browsers.mjs';
import { find, gone, press } from '../support/controls.mjs';
import { setStage } from '../support/stage.mjs';
import { STATION_TONE, Station } from '../support/station.mjs';
import { Switchboard } from '../support/switchboard.mjs';
import { timed, until } from '../support/wait.mjs';

const stage = setStage({ start: () => Switchboard.demo() });
const ONE = { frequency: 523, hue: 16 };
const TWO = { frequency: 811, hue: 205 };

/** A test that begins with both stations at rest. */
const doorTest = (name, action) =>
  stage.test(name, async (t) => {
    const stations = { north: Station.of(stage.board, 'north'), south: Station.of(stage.board, 'south') };
    await Promise.all(Object.values(stations).map((station) => station.reset()));
    stage.later(() => Promise.all(Object.values(stations).map((station) => station.hangUp())));
    await action(t, stations);
  });

/** What the canvas of a door shows, coarsely. */
const drawn = (desk, door) =>
  desk.page.evaluate((door) => {
    const canvas = document.querySelector(`[data-door="${door}"] canvas`);
    if (!canvas || canvas.width < 100) return undefined;
    const small = document.createElement('canvas');
    [small.width, small.height] = [24, 18];
    const paint = small.getContext('2d');
    paint.drawImage(canvas, 0, 0, 24, 18);
    const pixels = [...paint.getImageData(0, 0, 24, 18).data];
    return Math.max(...pixels.filter((_, index) => index % 4 !== 3)) > 40 ? pixels.map((each) => each >> 4).join() : undefined;
  }, door);

/** A picture is there, and it moves. */
async function seesMoving(desk, door) {
  const first = await until(`${desk.user} to see ${door}`, () => drawn(desk, door));
  await until(`the picture of ${door} to move at ${desk.user}`, async () => {
    const next = await drawn(desk, door);
    return next && next !== first;
  });
  await until(`${door} to be live at ${desk.user}`, () => desk.page.$(`[data-door="${door}"][data-picture="live"]`));
}

/** What stands beside a relay, in the ring, the call or the tile of a door. */
const beside = (desk, relay, scope = '') =>
  desk.page.$$eval(`${scope} [data-relay="${relay}"] .relay-state`, (all) => all.map((each) => each.innerText).join(' | ')).catch(() => '');
const relaySays = (desk, relay, words, scope) =>
  until(`relay ${relay} of ${desk.user} to say ${words}`, async () => (await beside(desk, relay, scope)).match(words), { timeout: 12_000 });

/** Rows of the access log as this person may read them. */
const accessLog = (desk, find = '') =>
  desk.page.evaluate(async (find) => (await (await fetch(`/api/access?find=${encodeURIComponent(find)}`)).json()).rows, find);

const entrances = async (desk) => {
  await desk.press('Entrances', { role: 'link' });
  await find(desk.page, 'heading', 'Entrances');
};
const tile = (door) => `.door-tile:has([data-door="${door}"])`;
const pressIn = async (desk, scope, name) => press(await desk.page.waitForSelector(scope), name);

for (const [first, second] of [
  ['chromium', 'firefox'],
  ['firefox', 'chromium'],
]) {
  doorTest(`a station rings ${first} and ${second}: seen by both, opened without answering, answered, heard`, async (t, { north }) => {
    const [one, two] = await stage.desksOf([first, 'agent1', ONE], [second, 'agent2', TWO]);
    const before = await north.pulses();

    await t.test('both see moving pictures, the site and its instructions before anyone answers', async () => {
      await north.registered();
      const { ms } = await timed(async () => {
        await north.ring();
        await Promise.all([one, two].map((desk) => until('a picture', () => drawn(desk, 'north'))));
      });
      t.diagnostic(`ring to picture on both desks ${ms} ms`);
      await Promise.all([one, two].map((desk) => seesMoving(desk, 'north')));
      for (const desk of [one, two]) {
        const words = await (await desk.rings()).evaluate((popup) => popup.innerText);
        assert.match(words, /Ring at the door · North lobby[\s\S]*North lobby, street door[\s\S]*Parcels go to the lockers/);
      }
      assert.equal((await north.state()).streams, 1, 'one reader at the station, whoever watches');
    });

    await t.test('one opens without answering: the relay switches, and both learn of it', async () => {
      const popup = await two.rings();
      const { ms } = await timed(async () => {
        await press(popup, 'Open Street door');
        await Promise.all([relaySays(one, 1, /^Opened by Agent Two$/), relaySays(two, 1, /^Opened by Agent Two$/)]);
      });
      t.diagnostic(`press to outcome on both desks ${ms} ms`);
      assert.deepEqual(await north.pulses(), [before[0] + 1, before[1]]);
      assert.equal((await north.state()).phone.call, 'ringing', 'nobody has answered');
      const row = await two.outcome();
      assert.deepEqual([row.release.by, row.release.relays[0].outcome, row.caller.display_name], ['Agent Two', 'opened', 'North lobby, street door']);
    });

    await t.test('one answers: sound both ways and the picture of the call, and the other is told who has it', async () => {
      await one.answer({ video: true });
      await one.inCall('North lobby, street door');
      await two.quiet();
      await Promise.all([assertHears(one.page, { present: [STATION_TONE], absent: [TWO.frequency] }), north.hears(ONE.frequency)]);
      await until('pictures of the call', () => one.page.$eval('video.remote-video', (video) => video.videoWidth > 0));
      await until('the station to see us', async () => (await north.state()).phone.pictures > 5);
      await two.press('History', { role: 'link' });
      await two.says('Somebody else answered.');
    });

    await t.test('a door is opened in the call, and the call goes on', async () => {
      const call = await one.callWith('North lobby, street door');
      await press(call, 'Open Lift');
      await relaySays(one, 2, /^Opened by Agent One$/, '.card');
      assert.deepEqual(await north.pulses(), [before[0] + 1, before[1] + 1]);
      await north.hears(ONE.frequency);
      await north.hangUp();
      await one.callOver();
    });
  });
}

doorTest('every outcome is named at its own relay, on every desk of the site', async (t, { north, south }) => {
  const [one, two] = await stage.desksOf(['chromium', 'concierge', ONE], ['firefox', 'agent1', TWO]);
  await Promise.all([entrances(one), entrances(two)]);
  const at = tile('north');
  const relay = (change) => north.set({ relay: { number: 1, ...change } });
  const cases = [
    ['locked', () => relay({ locked: true }), /^Locked at the station by Concierge/],
    ['outside schedule', () => relay({ locked: false, in_schedule: false }), /^Outside schedule by Concierge/],
    ['not remote', () => relay({ in_schedule: true, remote: false }), /^Code wrong or not for remote use by Concierge/],
    ['another login', async () => (await relay({ remote: true }), north.set({ login: 'none' })), /^Not sent by Concierge/],
    ['opened', () => north.set({ login: 'digest' }), /^Opened by Concierge$/],
    ['already open', () => {}, /^Already opening/],
  ];
  for (const [name, prepare, words] of cases) {
    await t.test(name, async () => {
      await prepare();
      await pressIn(one, at, 'Open Street door');
      await relaySays(one, 1, words, at);
      // That somebody else came too late is news for them alone.
      if (name !== 'already open') await relaySays(two, 1, words, at);
    });
  }
  await t.test('without power: never "opened"', async () => {
    await north.set({ power: false });
    const { ms } = await timed(async () => {
      await pressIn(one, at, 'Open Lift');
      await relaySays(one, 2, /^No reply: it may have opened by Concierge\. Station not reached/, at);
    });
    assert.ok(ms < 5_500, `${ms} ms`);
    await until('the tile to say what is wrong', () => one.page.$(`${at} [data-picture="wrong"]`));
    assert.match(await one.page.$eval(`${at} .door-state`, (state) => state.innerText), /Camera not reached|Stream ended/);
    await north.set({ power: true });
    await until('the picture to be back', () => one.page.$(`${at} [data-picture="live"]`), { timeout: 12_000 });
  });
  await t.test('a typed code: wrong, then right', async () => {
    const gate = tile('south');
    const before = await south.pulses();
    for (const [code, words] of [
      ['9999', /^Code wrong or not for remote use/],
      ['2222', /^Opened by Concierge$/],
    ]) {
      await pressIn(one, gate, 'Open Garage');
      const field = await one.page.waitForSelector(`${gate} input[type="password"]`);
      await field.type(code);
      await one.page.keyboard.press('Enter');
      await relaySays(one, 2, words, gate);
    }
    assert.deepEqual(await south.pulses(), [before[0], before[1] + 1]);
    const everything = await one.page.evaluate(() => document.documentElement.outerHTML + JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
    assert.ok(!everything.includes('2222') && !everything.includes('9999'), 'a code stays nowhere');
  });
  await t.test('the camera: stalled, wrong token, broken, and back', async () => {
    for (const [change, words] of [
      [{ camera: 'stalled' }, /Picture delayed, \d+ s old/],
      [{ camera: 'normal', token: 'another' }, /Camera refuses the token/],
      [{ token: 'portico' }, /Live/],
      [{ camera: 'empty' }, /Camera sends no usable picture/],
      [{ camera: 'normal' }, /Live/],
      [{ camera: 'huge' }, /Camera sends no usable picture/],
    ]) {
      await south.set(change);
      await until(`the tile to say ${words}`, async () => words.test(await one.page.$eval(`${tile('south')} .door-state`, (state) => state.innerText)), { timeout: 20_000 });
    }
    await south.set({ camera: 'normal' });
    await until('the picture to be back', () => one.page.$(`${tile('south')} [data-picture="live"]`), { timeout: 12_000 });
  });
});

doorTest('two desks at once are one pulse, and the second is told who opens', async (t, { north }) => {
  const [one, two] = await stage.desksOf(['chromium', 'agent1', ONE], ['firefox', 'agent2', TWO]);
  const before = await north.pulses();
  await north.ring();
  const popups = await Promise.all([one.rings(), two.rings()]);
  await Promise.all(popups.map((popup) => press(popup, 'Open Street door')));
  const said = await until('both outcomes', async () => {
    const both = [await beside(one, 1), await beside(two, 1)];
    return both.every((words) => /^(Opened by|Already opening)/.test(words)) && both;
  });
  const late = said.findIndex((words) => words.startsWith('Already opening'));
  assert.notEqual(late, -1, said.join(' / '));
  assert.match(said[late], new RegExp(`Already opening: ${[two, one][late].name} is opening`));
  assert.deepEqual(await north.pulses(), [before[0] + 1, before[1]]);
  await press(popups[0], 'Reject');
  await one.quiet();
  assert.equal((await north.state()).phone.call, 'ringing', 'who rejects does so for nobody else');
});

for (const browser of BROWSERS) {
  doorTest(`${browser}: a double click opens once, and the chord only when it is pressed twice`, async (t, { north }) => {
    const one = await stage.desk(browser, 'agent1', ONE);
    const before = await north.pulses();
    const lifts = async () => (await accessLog(one)).filter(({ release }) => release.relays[0].relay === 2).length;
    const liftsBefore = await lifts();
    await north.ring();
    const popup = await one.rings();
    const chord = async () => {
      await one.page.keyboard.down('Alt');
      await one.page.keyboard.down('Shift');
      await one.page.keyboard.press('KeyO');
      await one.page.keyboard.up('Shift');
      await one.page.keyboard.up('Alt');
    };
    await until('the door to be known', () => one.page.$('.ring [data-relay="1"] button'));
    await chord();
    await one.says('Press Alt+Shift+O again to open Street door.');
    assert.deepEqual(await north.pulses(), before);
    await chord();
    await relaySays(one, 1, /^Opened by Agent One$/);
    assert.deepEqual(await north.pulses(), [before[0] + 1, before[1]]);
    const said = await one.page.$eval('[data-role="announcer"]', (region) => region.innerText);
    assert.match(said, /North lobby, street door, Street door: Opened by Agent One/);
    const lift = await find(popup, 'button', 'Open Lift');
    await lift.click({ count: 2 });
    await relaySays(one, 2, /^Opened by Agent One$/);
    assert.deepEqual(await north.pulses(), [before[0] + 1, before[1] + 1]);
    assert.equal(await lifts(), liftsBefore + 1, 'one row');
  });

  doorTest(`${browser}: a desk that loses the network before the answer learns the outcome on return`, async (t, { north }) => {
    const one = await stage.desk(browser, 'agent2', TWO);
    await entrances(one);
    const before = await north.pulses();
    // Requests leave, answers are lost, and the feed is gone too.
    await one.page.evaluate(() => {
      const real = window.fetch;
      window.__back = () => (window.fetch = real);
      window.fetch = async (...args) => {
        await real(...args).catch(() => {});
        throw new TypeError('the network is lost');
      };
      for (const { url, socket } of window.__probe.sockets) if (url.endsWith('/feed')) socket.close();
    });
    await pressIn(one, tile('north'), 'Open Street door');
    await until('the relay to close', async () => (await north.pulses())[0] === before[0] + 1);
    assert.equal(await beside(one, 1, tile('north')), 'Opening…', 'not known here');
    await one.page.evaluate(() => window.__back());
    await relaySays(one, 1, /^Opened by Agent Two$/, tile('north'));
    assert.deepEqual(await north.pulses(), [before[0] + 1, before[1]], 'asked again, opened once');
  });
}

doorTest('the access log is searched, is a file, and is shown with the call', async (t, { north, south }) => {
  const one = await stage.desk('chromium', 'concierge', ONE);
  await entrances(one);
  await pressIn(one, tile('south'), 'Open Gate');
  await relaySays(one, 1, /^Opened/, tile('south'));
  await north.ring();
  const popup = await one.rings();
  await press(popup, 'Open Lift');
  await relaySays(one, 2, /^Opened/, '.ring');
  await press(popup, 'Reject');
  await one.press('Access log', { role: 'link' });
  const rows = () => one.page.$$eval('.access-row', (all) => all.map((row) => row.innerText.replace(/\s+/g, ' ')));
  await until('both rows on top', async () => {
    const [first, second] = await rows();
    return /street door · Lift North lobby Concierge North lobby, street door rang Opened/.test(first) && /South gate · Gate South gate Concierge Opened/.test(second);
  });
  await assertAccessible(one.page, 'access log');
  const field = await find(one.page, 'searchbox', 'Search name, door, site or note');
  await field.type('south gate');
  await press(one.page, 'Search');
  await until('the search to narrow', async () => (await rows()).length > 0 && (await rows()).every((row) => /South gate/.test(row)));
  const file = await one.page.$eval('a[download]', (link) => link.href);
  const text = await one.page.evaluate(async (file) => (await fetch(file)).text(), file);
  const lines = text.trim().split('\r\n');
  assert.match(lines[0], /time,site,door,relay,outcome,cause,opened by,test,note,caller,call/);
  assert.ok(lines.length > 1 && lines.slice(1).every((line) => line.includes('South gate')), text);
  await south.idle();
});

for (const scheme of ['light', 'dark']) {
  doorTest(`at phone width and by axe nothing is lost, ${scheme}`, async (t, { north }) => {
    const one = await stage.desk('chromium', 'agent1', ONE);
    await one.page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    await north.ring();
    const popup = await one.rings();
    for (const [width, height] of [
      [390, 844],
      [1024, 700],
    ]) {
      await one.page.setViewport({ width, height });
      await until('the picture', () => drawn(one, 'north'));
      await assertAccessible(one.page, `ring at the door, ${width} wide`);
      for (const name of ['Open Street door', 'Open Lift', 'Answer', 'Reject']) {
        const box = await (await find(popup, 'button', name)).boundingBox();
        assert.ok(box.x >= 0 && box.x + box.width <= width && box.y >= 0 && box.y + box.height <= height, `${name} at ${width}: ${JSON.stringify(box)}`);
      }
    }
    await one.answer();
    await one.inCall('North lobby, street door');
    await assertAccessible(one.page, 'call with a door');
    await one.press('Hang up');
    await one.callOver();
    await one.page.setViewport({ width: 390, height: 844 });
    await entrances(one);
    await assertAccessible(one.page, 'entrances');
    await gone(one.page, 'alertdialog', 'Incoming call');
  });
}
