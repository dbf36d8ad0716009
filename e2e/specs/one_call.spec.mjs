// One call for whoever is in charge: how it sounds, on the floor, and all of it from its first event to its last, while it goes on.

import assert from 'node:assert/strict';
import { assertAccessible } from '../support/axe.mjs';
import { find, press, write } from '../support/controls.mjs';
import { setStage } from '../support/stage.mjs';
import { Switchboard } from '../support/switchboard.mjs';
import { until } from '../support/wait.mjs';

const stage = setStage({ start: async () => undefined });

const BOSS = { frequency: 523 };
const ONE = { frequency: 811 };
const TWO = { frequency: 1123 };
const ADA = { frequency: 1487, name: 'Ada' };

/** What the row of a person says of the sound of their call; nothing where it says nothing. */
const sound = (desk, name) =>
  desk.page.$$eval('.agent', (rows, name) => rows.find((row) => row.querySelector('.agent-name').textContent === name)?.querySelector('.sound')?.title ?? '', name);
const sounds = (desk, name, how) =>
  until(`the call of ${name} to sound ${how || 'like nothing'}`, async () => (await sound(desk, name)) === (how && `Sound: ${how}`), { timeout: 30_000 });

/** The caller's page sends nothing any more, or again. The product has no part in it. */
const mute = (visitor, silent) =>
  visitor.page.evaluate(async (silent) => {
    const peer = window.__probe.peers.findLast((each) => each.connectionState === 'connected');
    const [sender] = peer.getSenders();
    window.__voice ??= sender.track;
    await sender.replaceTrack(silent ? null : window.__voice);
  }, silent);

/** What happened, as the page of the call tells it, from its table. */
const told = (page) => page.$$eval('.report-table tbody tr', (rows) => rows.map((row) => row.cells[2].textContent));
/** Waits until these are told in this order, whatever else is told between them. */
const tells = (page, wanted) =>
  until(
    `the call to tell ${wanted.join(', ')}`,
    async () => {
      let rest = [...wanted];
      const rows = await told(page);
      for (const row of rows) if (row === rest[0]) rest = rest.slice(1);
      if (rest.length > 0) throw new Error(`missing ${rest[0]} in ${JSON.stringify(rows)}`);
      return true;
    },
    { timeout: 30_000 },
  );
/** Of each line of the drawing what is said of it. */
const lanes = (page) => page.$$eval('.call-lane svg', (lanes) => lanes.map((lane) => lane.getAttribute('aria-label')));

for (const [boss, agent] of [
  ['chromium', 'firefox'],
  ['firefox', 'chromium'],
]) {
  stage.alone(
    `a call of an agent in ${agent} is seen from ${boss}: how it sounds, and all that happens in it`,
    () => Switchboard.demo(),
    async (t) => {
      const [sue, one, two] = await stage.desksOf([boss, 'supervisor', BOSS], [agent, 'agent1', ONE], [agent, 'agent2', TWO]);
      const ada = await stage.visitor(boss, 'support', ADA);
      await sue.press('Floor', { role: 'link' });
      await find(sue.page, 'heading', 'Floor');
      let page;

      await t.test('a waiting caller leads to their call, which goes on as it is looked at', async () => {
        await ada.call();
        await ada.position(1);
        await (await find(sue.page, 'link', 'Ada')).click();
        page = await until('a tab of its own', async () => (await sue.context.pages()).find((each) => each !== sue.page));
        await find(page, 'heading', 'Call');
        await tells(page, ['The caller waits in Support']);
        await one.press('Get ready');
        await one.rings();
        await tells(page, ['The caller waits in Support', 'The call is offered to Agent One']);
        await one.answer();
        await one.inCall('Ada');
        await ada.talks();
        await tells(page, ['The call is offered to Agent One', 'Agent One answers']);
      });

      await t.test('the floor says how the call sounds, and who hears nothing', async () => {
        await sue.page.bringToFront();
        await sounds(sue, 'Agent One', 'good');
        await mute(ada, true);
        await sounds(sue, 'Agent One', 'agent hears nothing');
        await assertAccessible(sue.page, 'the floor with a call without sound');
        await mute(ada, false);
        await sounds(sue, 'Agent One', 'good');
      });

      await t.test('a hold and a transfer are told in their order, with who did what when', async () => {
        await page.bringToFront();
        await tells(page, ['Sound for Agent One: good', 'Sound for Agent One: hears nothing', 'Sound for Agent One: good']);
        await one.press('Hold');
        await tells(page, ['Agent One answers', 'Agent One puts the other side on hold']);
        await sounds(sue, 'Agent One', '');
        await one.press('Resume');
        await tells(page, ['Agent One puts the other side on hold', 'Agent One takes the other side off hold']);
        await one.press('Transfer');
        const form = await find(one.page, 'form', 'Transfer');
        await write(form, 'Transfer to', 'agent2');
        await press(form, 'Transfer now');
        await two.answer();
        await two.inCall('Ada');
        await tells(page, ['Agent One takes the other side off hold', 'The call is offered to Agent Two', 'Agent One transfers the call', 'Agent Two answers']);
        await ada.hangUp();
        await one.press('Finish');
        await tells(page, ['Agent Two answers', 'Ada hangs up']);
        await tells(page, ['Agent One transfers the call', 'Agent One has finished the call']);
        const drawn = await lanes(page);
        const [caller, queue, first, second] = drawn;
        assert.match(caller, /^Ada: waits \d+:\d\d, talks \d+:\d\d/);
        assert.match(queue, /^Support: waits \d+:\d\d$/);
        assert.match(first, /^Agent One: is rung \d+:\d\d, talks \d+:\d\d, (holds \d+:\d\d, )+finishes \d+:\d\d$/);
        assert.match(second, /^Agent Two: is rung \d+:\d\d, talks \d+:\d\d$/);
        assert.equal(drawn.length, 4);
        await assertAccessible(page, 'the page of a call');
      });

      await t.test('the calls behind a figure lead to it as well', async () => {
        const address = new URL(page.url()).pathname;
        await page.goto(`${stage.board.url}/office/reports`);
        const figure = await until('the figures', () => page.$('tr:has(bdi) .report-figure'));
        await figure.focus();
        await page.keyboard.press('Enter');
        const link = await until('the call behind the figure', () => page.$(`a[href="${address}"]`));
        await link.focus();
        await page.keyboard.press('Enter');
        await find(page, 'heading', 'Call');
        await tells(page, ['Ada hangs up']);
        await page.goto(`${stage.board.url}/office/calls/${'0'.repeat(32)}`);
        await until('nothing of a call that there is not', async () => (await page.evaluate(() => document.body.innerText)).includes('No such call'));
      });
    },
  );
}
