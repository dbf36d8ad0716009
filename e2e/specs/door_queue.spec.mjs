// A door that rings a queue: seen on the floor as what it is while it waits, seen by whoever is rung before the answer, answered, opened
// without an answer, and at its place again after a restart. Stations are processes of their own.

import assert from 'node:assert/strict';
import { assertHears } from '../support/audio.mjs';
import { assertAccessible } from '../support/axe.mjs';
import { find, press } from '../support/controls.mjs';
import { ownAddress } from '../support/net.mjs';
import { setStage } from '../support/stage.mjs';
import { STATION_TONE, Station } from '../support/station.mjs';
import { Switchboard } from '../support/switchboard.mjs';
import { timed, until } from '../support/wait.mjs';

const stage = setStage({ start: async () => undefined });
const BOSS = { frequency: 523 };
const DESK = { frequency: 811, hue: 205 };

/** A person's row, and the card of a queue, as the floor writes them. */
const row = (desk, name) =>
  desk.page.$$eval('.agent', (rows, name) => rows.find((row) => row.querySelector('.agent-name').textContent === name)?.innerText.replace(/\s+/g, ' ') ?? '', name);
const rowSays = (desk, name, text) => until(`${name}'s row to say ${text}`, async () => (await row(desk, name)).includes(text));
const card = (desk, queue) =>
  desk.page.$$eval('.floor-queue', (cards, queue) => cards.find((card) => card.getAttribute('aria-label') === queue)?.innerText.replace(/\s+/g, ' ') ?? '', queue);
const cardSays = (desk, queue, words) => until(`${queue} to say ${words}`, async () => words.test(await card(desk, queue)), { timeout: 20_000 });
const openFloor = async (desk) => {
  await desk.press('Floor', { role: 'link' });
  await find(desk.page, 'heading', 'Floor');
};

/** What the canvas of a door shows, coarsely, once it shows something. */
const drawn = (desk, door) =>
  desk.page.evaluate((door) => {
    const canvas = document.querySelector(`.ring [data-door="${door}"] canvas`);
    if (!canvas || canvas.width < 100) return undefined;
    const small = document.createElement('canvas');
    [small.width, small.height] = [24, 18];
    const paint = small.getContext('2d');
    paint.drawImage(canvas, 0, 0, 24, 18);
    const pixels = [...paint.getImageData(0, 0, 24, 18).data];
    return Math.max(...pixels.filter((_, index) => index % 4 !== 3)) > 40 ? pixels.map((each) => each >> 4).join() : undefined;
  }, door);

/** Figures of a queue and calls behind one of them, from the reports of yesterday to tomorrow: no midnight is in between. */
const asked = (desk, path) =>
  desk.page.evaluate(async (path) => {
    const day = (ahead) => new Date(Date.now() + ahead * 86_400_000).toISOString().slice(0, 10);
    const answer = await fetch(`/api/reports/${path}&from=${day(-1)}&to=${day(1)}`);
    return answer.json();
  }, path);
const total = async (desk, queue) => (await asked(desk, `queues?queue=${queue}`)).total;

for (const [boss, agent] of [
  ['chromium', 'firefox'],
  ['firefox', 'chromium'],
]) {
  stage.alone(`a door rings the queue of a concierge in ${agent}, under the eyes of a supervisor in ${boss}`, () => Switchboard.demo(), async (t) => {
    const south = Station.of(stage.board, 'south');
    stage.later(() => south.hangUp());
    const [sue, one] = await stage.desksOf([boss, 'supervisor', BOSS], [agent, 'concierge', DESK]);
    await openFloor(sue);
    await south.registered();

    await t.test('nobody takes calls: it waits, and the floor shows which door it is and for how long', async () => {
      await south.ring();
      await cardSays(sue, 'Reception', /1 South gate Ring at the door · South gate 0:\d\d/);
      await cardSays(sue, 'Reception', /South gate 0:0[2-9]|South gate 0:[1-5]\d/);
      await sue.says('Reception: nobody takes calls');
      assert.equal((await south.state()).phone.call, 'ringing');
      await assertAccessible(sue.page, 'floor with a waiting door');
      assert.equal(await one.shows('alertdialog', 'Incoming call'), false);
    });

    await t.test('whoever is ready is rung, and sees the visitor before the answer', async () => {
      const { ms } = await timed(async () => {
        await one.press('Get ready');
        await until('a picture', () => drawn(one, 'south'));
      });
      t.diagnostic(`ready to picture ${ms} ms`);
      const first = await drawn(one, 'south');
      await until('the picture to move', async () => {
        const next = await drawn(one, 'south');
        return next && next !== first;
      });
      const popup = await one.rings();
      const words = await popup.evaluate((popup) => popup.innerText);
      assert.match(words, /Ring at the door · South gate[\s\S]*South gate[\s\S]*Waiting for[\s\S]*Deliveries by lorry/);
      await find(popup, 'button', 'Open Gate');
      await cardSays(sue, 'Reception', /South gate Ring at the door · South gate · rings at Concierge/);
      await rowSays(sue, 'Concierge', 'Ringing');
    });

    await t.test('it is answered, and heard both ways', async () => {
      await one.answer();
      await one.inCall('South gate');
      await Promise.all([assertHears(one.page, { present: [STATION_TONE], absent: [BOSS.frequency] }), south.hears(DESK.frequency)]);
      await rowSays(sue, 'Concierge', 'with South gate');
      await cardSays(sue, 'Reception', /Answered 1/);
      await south.hangUp();
      await find(one.page, 'form', 'Finish the call');
      await one.press('Finish');
      await rowSays(sue, 'Concierge', 'Ready for calls');
    });

    await t.test('opened without an answer: the ring ends, and it is served and not lost', async () => {
      const before = await south.pulses();
      await south.ring();
      await press(await one.rings(), 'Open Gate');
      await one.quiet();
      await south.idle();
      assert.deepEqual(await south.pulses(), [before[0] + 1, before[1]]);
      await rowSays(sue, 'Concierge', 'Ready for calls');
      await cardSays(sue, 'Reception', /Answered 1 Doors opened 1 Lost 0/);
      await cardSays(sue, 'Reception', /Nobody is waiting/);
      await until('the reports to say the same', async () => {
        const { answered, opened, in_time, lost = 0, short = 0 } = await total(sue, 'reception');
        return answered === 1 && opened === 1 && in_time >= 1 && lost === 0 && short === 0;
      });
      const { rows } = await asked(sue, 'calls?report=queues&queue=reception&counted=opened');
      assert.deepEqual(rows.map((row) => [row.agent, row.caller.address]), [['concierge', 'south']]);
      const entry = await one.outcome();
      assert.deepEqual([entry.release.by, entry.release.relays[0].outcome, entry.caller.display_name], ['Concierge', 'opened', 'South gate']);
      await one.press('History', { role: 'link' });
      await one.says('The door was opened.');
    });

    await t.test('a visitor who gives up is lost like any caller', async () => {
      await one.press('Desk', { role: 'link' });
      await one.press('Pause');
      await south.ring();
      await cardSays(sue, 'Reception', /South gate 0:0[6-9]|South gate 0:[1-5]\d/);
      await south.hangUp();
      await cardSays(sue, 'Reception', /Lost 1/);
      await cardSays(sue, 'Reception', /Nobody is waiting/);
    });
  });
}

/** A house whose gate rings everybody of a queue at once, and wants its code in the media. */
async function house() {
  const relays = [1, 2].map((number) => ({ number, label: number === 1 ? 'Gate' : 'Garage', code_file: `code-${number}` }));
  return Switchboard.serve({
    roles: { agent3: ['supervisor'] },
    files: { sip: 'a password of the station', 'code-1': '1111', 'code-2': '2222' },
    queues: [{ name: 'porters', label: 'Porters', agents: ['agent1', 'agent2'], strategy: 'ring-all', wrap_up_seconds: 0, pause_after_missed: 1 }],
    sites: [
      {
        name: 'north',
        label: 'North house',
        zone: 'Europe/Rome',
        entrances: [
          { name: 'gate', label: 'North gate', sip_user: 'gate', sip_password_file: 'sip', rings_queue: 'porters', priority: 1, dtmf_rtp: {}, relays },
        ],
      },
    ],
  });
}

for (const [first, second] of [
  ['chromium', 'firefox'],
  ['firefox', 'chromium'],
]) {
  stage.alone(`a restart while the door waits, and everybody in ${first} and ${second} rung at once`, house, async (t) => {
    const media = [...new Set(['127.0.0.1', ownAddress()])].flatMap((address) => ['--media', address]);
    const gate = await Station.start('--sip', stage.board.sip, '--sip-user', 'gate', '--sip-password', 'a password of the station', '--rings', 'gate', ...media);
    stage.later(() => gate.stop());
    // What a page sees of a killed switchboard.
    stage.expect(/WebSocket|ERR_CONNECTION|NS_ERROR|can.t establish|interrupted while|Failed to load resource|fetch/i);
    const [sue, one, two] = await stage.desksOf(
      [first, 'agent3', { ...BOSS, shift: false }],
      [first, 'agent1', DESK],
      [second, 'agent2', { frequency: 1123 }],
    );
    await sue.signIn();
    await openFloor(sue);
    let rang;

    await t.test('the door keeps its place over a restart', async () => {
      await gate.ring();
      await cardSays(sue, 'Porters', /North gate Ring at the door · North house · Priority 1 0:0[5-9]/);
      rang = Date.now();
      await stage.board.kill();
      await stage.board.start();
      // The visitor presses the button again, as soon as the station is back.
      await gate.hangUp();
      await gate.idle();
      await gate.ring();
      await cardSays(sue, 'Porters', /North gate Ring at the door · North house · Priority 1 0:/);
    });

    await t.test('both are rung at once; one answers, and the wait began with the first ring', async () => {
      await Promise.all([one, two].map((desk) => desk.ready()));
      await one.press('Get ready');
      await one.rings();
      await two.press('Get ready');
      await two.rings();
      const least = Date.now() - rang;
      await one.answer();
      await one.inCall('North gate');
      await two.quiet();
      await Promise.all([assertHears(one.page, { present: [STATION_TONE] }), gate.hears(DESK.frequency)]);
      await two.press('History', { role: 'link' });
      await two.says('Somebody else answered.');
      const call = await until('the call to be counted', async () => (await asked(sue, 'calls?report=queues&queue=porters&counted=answered')).rows[0]);
      assert.ok(call.waited_ms >= least + 4_000, `${call.waited_ms} ms, at least ${least}`);
      await gate.hangUp();
      await one.callOver();
    });

    await t.test('one opens by tones: nobody rings on, nobody has missed it', async () => {
      const [before] = await gate.pulses();
      await gate.idle();
      await gate.ring();
      const popups = await Promise.all([one.rings(), two.rings()]);
      await press(popups[0], 'Open Gate');
      await Promise.all([one.quiet(), two.quiet()]);
      await until('the relay to close', async () => (await gate.pulses())[0] === before + 1, { timeout: 12_000 });
      await gate.idle();
      await two.says('The door was opened.');
      await until('the figures', async () => {
        const { answered, opened, lost = 0 } = await total(sue, 'porters');
        return answered === 1 && opened === 1 && lost === 0;
      });
      for (const name of ['Agent One', 'Agent Two']) await rowSays(sue, name, 'Ready for calls');
    });
  });
}
