// The floor beyond the first callers and the given queues: everybody who waits is listed and steered, and an agent is added to a queue.

import assert from 'node:assert/strict';
import { assertAccessible } from '../support/axe.mjs';
import { waitIn } from '../support/callers.mjs';
import { find, gone, present, press } from '../support/controls.mjs';
import { close, manage, openFloor, row, rowSays, waiting, waits } from '../support/floor.mjs';
import { setStage } from '../support/stage.mjs';
import { Switchboard } from '../support/switchboard.mjs';
import { until } from '../support/wait.mjs';

const stage = setStage({ start: async () => undefined });
const BOSS = { frequency: 523 };
const AGENT = { frequency: 811 };

/** Agent One takes calls of Support, Agent Two those of Reception; Agent Four is in charge. */
const house = () =>
  Switchboard.serve({
    roles: { agent4: ['supervisor'] },
    queues: [
      { name: 'reception', label: 'Reception', agents: ['agent2'], public: true },
      { name: 'support', label: 'Support', agents: ['agent1'], public: true, ring_seconds: 60 },
    ],
  });
const houseTest = (name, action) => stage.alone(name, house, action);

const NAMES = Array.from({ length: 30 }, (_, at) => `Bartholomew Featherstonehaugh-Cholmondeley ${at + 1}`);
const LIST = 'Waiting in Support';

const callers = async (board, queue, names) => {
  const peers = await waitIn(board, queue, names);
  stage.later(() => peers.forEach((peer) => peer.close()));
};

/** Positions and names in the open list, and what it says of how many there are. */
const listed = (desk) =>
  desk.page.$eval('.callers', (list) => ({
    places: [...list.querySelectorAll('.caller-place')].map((place) => place.textContent),
    names: [...list.querySelectorAll('.queue-caller bdi')].map((name) => name.textContent),
    count: list.closest('dialog').querySelector('[role=status]').textContent,
  }));
const lists = (desk, names, first, count) =>
  until(`${names.length} callers from ${first} on`, async () => {
    const found = await listed(desk);
    return found.count === `${count} waiting` && found.names.join() === names.join() && found.places[0] === String(first);
  });
const focused = (desk) => desk.page.evaluate(() => document.activeElement.ariaLabel ?? document.activeElement.innerText);
/** How often the list was asked for. */
const asked = (desk) => desk.page.evaluate(() => performance.getEntriesByType('resource').filter((each) => each.name.includes('/callers')).length);

for (const [browser, other] of [
  ['chromium', 'firefox'],
  ['firefox', 'chromium'],
]) {
  houseTest(`in ${browser} everybody who waits is listed, and the twenty-fifth is steered like the first`, async (t) => {
    const sue = await stage.desk(browser, 'agent4', BOSS);
    await openFloor(sue);
    await callers(stage.board, 'support', NAMES);
    await waits(sue, 'Support', NAMES.slice(0, 20));
    await sue.page.bringToFront();

    await t.test('the list is opened by the keyboard, turned, and names positions', async () => {
      await (await find(sue.page, 'button', 'All 30 waiting')).focus();
      await sue.page.keyboard.press('Enter');
      await lists(sue, NAMES.slice(0, 25), 1, 30);
      const list = await find(sue.page, 'dialog', LIST);
      await (await find(list, 'button', 'Next')).focus();
      await sue.page.keyboard.press('Enter');
      await lists(sue, NAMES.slice(25), 26, 30);
      await press(list, 'Previous');
      await lists(sue, NAMES.slice(0, 25), 1, 30);
    });

    await t.test('it is read again while it is open, and the focus stays where it is', async () => {
      const button = await find(sue.page, 'button', `Manage ${NAMES[11]}`);
      await button.focus();
      const before = await asked(sue);
      await until('three more answers', async () => (await asked(sue)) >= before + 3, { timeout: 20_000 });
      assert.equal(await focused(sue), `Manage ${NAMES[11]}`);
    });

    await t.test('priority brings the twenty-fifth before all others, and another one goes to another queue', async () => {
      const list = await find(sue.page, 'dialog', LIST);
      await press(list, `Manage ${NAMES[24]}`);
      const dialog = await find(sue.page, 'dialog', NAMES[24]);
      await dialog.$$eval('input[name="priority"]', (levels) => levels[3].click());
      await lists(sue, [NAMES[24], ...NAMES.slice(0, 24)], 1, 30);
      await sue.page.keyboard.press('Escape');
      await gone(sue.page, 'dialog', NAMES[24]);
      assert.equal(await focused(sue), `Manage ${NAMES[24]}`, 'the list is open as before');
      await press(list, 'Next');
      await lists(sue, NAMES.slice(25), 26, 30);
      await press(list, `Manage ${NAMES[26]}`);
      const move = await find(sue.page, 'dialog', NAMES[26]);
      await (await find(move, 'combobox', 'Move to the queue')).select('reception');
      await press(move, 'Move');
      await lists(sue, [NAMES[25], ...NAMES.slice(27)], 26, 29);
      await until('the focus to be in the list', () => sue.page.$eval('.callers', (section) => section === document.activeElement || section.contains(document.activeElement)));
      await waits(sue, 'Reception', [NAMES[26]]);
    });

    await t.test('nothing in it is a barrier, on a large screen and a small one', async () => {
      for (const [width, height] of [[1440, 900], [390, 844]]) {
        await sue.page.setViewport({ width, height });
        await assertAccessible(sue.page, `list of callers, ${width} wide`);
        const wide = await sue.page.$eval('dialog[open]', (dialog) => dialog.scrollWidth > dialog.clientWidth);
        assert.equal(wide, false, `nothing is wider than the dialog at ${width}`);
      }
      await sue.page.setViewport({ width: 1440, height: 900 });
    });

    await t.test('Escape closes it, and nobody asks any more', async () => {
      await sue.page.keyboard.press('Escape');
      await gone(sue.page, 'dialog', LIST);
      assert.equal(await focused(sue), 'All 29 waiting');
      const before = await asked(sue);
      await new Promise((done) => setTimeout(done, 4_000));
      assert.ok((await asked(sue)) <= before + 1, 'one may have been on its way');
    });

    await t.test('the twenty-fifth is who the next agent is rung for', async () => {
      const one = await stage.desk(other, 'agent1', AGENT);
      await one.press('Get ready');
      const popup = await one.rings();
      assert.ok((await popup.evaluate((element) => element.innerText)).includes(NAMES[24]));
      assert.equal((await waiting(sue, 'Support')).length, 20);
      await one.reject();
    });
  });

  houseTest(`in ${browser} a supervisor adds a queue to an agent, who takes its calls, over a restart, until it is taken away`, async (t) => {
    const [sue, one] = await stage.desksOf([browser, 'agent4', BOSS], [other, 'agent1', AGENT]);
    await openFloor(sue);
    await rowSays(sue, 'Agent One', 'Support');

    await t.test('added, the agent reads by whom, and both pages show it at once', async () => {
      const dialog = await manage(sue, 'Agent One');
      assert.equal(await present(dialog, 'button', 'Take Support away'), false, 'the only one stays');
      await press(dialog, 'Add');
      await one.says('Agent Four: you take calls of Reception.');
      await one.press('Dismiss');
      await find(one.page, 'article', 'Reception');
      await close(sue, 'Agent One');
      await rowSays(sue, 'Agent One', 'Reception');
    });

    await t.test('it is a queue like any other: its callers ring', async () => {
      await callers(stage.board, 'reception', ['Ada']);
      await one.press('Get ready');
      const popup = await one.rings();
      assert.match(await popup.evaluate((element) => element.innerText), /Ada/);
      await one.reject();
    });

    await t.test('a restart forgets nothing of it', async () => {
      stage.expect(/WebSocket connection to|can’t establish a connection|was interrupted while|ERR_CONNECTION_REFUSED|Failed to load resource|NetworkError|Cross-Origin|healthz/);
      await stage.board.kill();
      await stage.board.start();
      await Promise.all([sue.ready(), one.ready()]);
      await rowSays(sue, 'Agent One', 'Reception', { timeout: 20_000 });
      await find(one.page, 'article', 'Reception');
    });

    await t.test('taken away, it is gone from both', async () => {
      const dialog = await manage(sue, 'Agent One');
      await press(dialog, 'Take Reception away');
      await one.says('Agent Four: you take no calls of Reception for now.');
      await gone(one.page, 'article', 'Reception');
      await close(sue, 'Agent One');
      await until('the row without it', async () => !(await row(sue, 'Agent One')).includes('Reception'));
    });
  });
}
