// Many doors at once on one page: eight entrances of two stations, all moving, in either browser; and what is kept of an opening.

import assert from 'node:assert/strict';
import { after } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { BROWSERS } from '../support/browsers.mjs';
import { find, press } from '../support/controls.mjs';
import { setStage } from '../support/stage.mjs';
import { Station } from '../support/station.mjs';
import { Switchboard } from '../support/switchboard.mjs';
import { until } from '../support/wait.mjs';

const DOORS = Array.from({ length: 8 }, (_, index) => `door-${index + 1}`);
/** How long all of them have to stay live, looked at so often; and how long a slow machine may take to move them all. */
const [LOOKS, EVERY_MS, LOOKS_AT_MOST] = [16, 500, 120];
/** The visitor of the clip stands still now and then; a picture that is stuck changes once. */
const MOVES = 4;

let stations = [];
after(() => Promise.all(stations.map((station) => station.stop())));

const stage = setStage({
  start: async () => {
    stations = await Promise.all([Station.start('--name', 'one'), Station.start('--name', 'two')]);
    const entrance = (name, index) => ({
      name,
      label: `Door ${index + 1}`,
      ipac: { url: `http://${stations[index % 2].device}`, login: 'digest', user: 'admin', password_file: 'password', on_this_machine: true },
      pictures: { url: `http://${stations[index % 2].device}/video.mjpeg`, token_file: 'token', on_this_machine: true },
      relays: [{ number: 1, label: 'Door', code_file: 'code' }],
    });
    return Switchboard.serve({
      files: { password: 'admin', code: '1111', token: 'portico' },
      roles: { agent2: ['concierge'] },
      sites: [{ name: 'north', zone: 'Europe/Rome', snapshots: { at: ['opening'], keep_hours: 1 }, entrances: DOORS.map(entrance) }],
    });
  },
});

/** What each door shows: whether it says that it is live, and a mark of its picture. */
const look = (page) =>
  page.$$eval('[data-door]', (all) =>
    all.map((tile) => {
      const canvas = tile.querySelector('canvas');
      const small = document.createElement('canvas');
      [small.width, small.height] = [32, 24];
      const paint = small.getContext('2d');
      if (canvas && canvas.width >= 100) paint.drawImage(canvas, 0, 0, 32, 24);
      const pixels = [...paint.getImageData(0, 0, 32, 24).data];
      return { door: tile.dataset.door, live: tile.dataset.picture === 'live', mark: pixels.join() };
    }),
  );

for (const browser of BROWSERS) {
  stage.test(`${browser}: eight entrances watched at once stay live`, async (t) => {
    const desk = await stage.desk(browser, 'agent1', { frequency: 523 });
    await desk.page.setViewport({ width: 1600, height: 1800 });
    await desk.press('Entrances', { role: 'link' });
    await find(desk.page, 'heading', 'Entrances');
    await until('all eight to be live', async () => (await look(desk.page)).filter(({ live }) => live).length === DOORS.length, { timeout: 15_000 });
    const last = new Map();
    const moved = new Map(DOORS.map((door) => [door, 0]));
    const dull = [];
    let rounds = 0;
    const allMove = () => [...moved.values()].every((count) => count >= MOVES);
    for (; rounds < LOOKS || (rounds < LOOKS_AT_MOST && !allMove()); rounds += 1) {
      await pause(EVERY_MS);
      for (const { door, live, mark } of await look(desk.page)) {
        if (last.get(door) !== mark) moved.set(door, moved.get(door) + 1);
        last.set(door, mark);
        if (!live) dull.push(`${door} at ${rounds}`);
      }
    }
    const changes = [...moved].map(([door, count]) => `${door} ${count}`).join(', ');
    t.diagnostic(`new pictures in ${rounds} looks: ${changes}`);
    assert.deepEqual(dull, [], 'live all the time');
    assert.ok(allMove(), changes);
  });
}

stage.test('a picture of an opening stands in the access log, for those who read all of it', async () => {
  const [one, two] = await stage.desksOf(['chromium', 'agent1', { frequency: 523 }], ['firefox', 'agent2', { frequency: 811 }]);
  await one.press('Entrances', { role: 'link' });
  await press(await one.page.waitForSelector('.door-tile:has([data-door="door-3"])'), 'Open Door');
  await one.says('Opened by Agent One');
  for (const desk of [one, two]) {
    await desk.press('Entrances', { role: 'link' });
    await desk.press('Access log', { role: 'link' });
    await until('the opening in the log', () => desk.page.$('.access-row'));
  }
  // It is written down right after the outcome.
  await until('the picture in the log', async () => {
    if (await two.page.$('.access-pictures')) return true;
    await press(two.page, 'Search');
    return false;
  });
  const summary = await two.page.$('.access-pictures summary');
  assert.equal(await summary.evaluate((each) => each.innerText), 'Pictures (1)');
  assert.equal(await two.page.$('.access-pictures img'), null, 'nothing is fetched before somebody looks');
  await summary.click();
  await until('the picture', () => two.page.$eval('.access-pictures img', (image) => image.complete && image.naturalWidth > 100));
  assert.match(await two.page.$eval('.access-pictures img', (image) => image.alt), /The opening/);
  assert.equal(await one.page.$('.access-pictures'), null, 'an agent reads that they opened, and sees nobody');
});
