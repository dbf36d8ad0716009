// Where the house wants it, an agent is not shown who listens: not a word, not a row, not for a moment. Whoever speaks is shown all the
// same, the supervisor hears both sides either way, and the log has either.

import assert from 'node:assert/strict';
import { assertHears } from '../support/audio.mjs';
import { find, gone, press } from '../support/controls.mjs';
import { setStage } from '../support/stage.mjs';
import { Switchboard } from '../support/switchboard.mjs';
import { until } from '../support/wait.mjs';
import { links } from '../support/wall.mjs';

const stage = setStage({ start: async () => undefined });

const SUE = 523;
const ONE = 811;
const ADA = 1123;
const hears = (page, present) => assertHears(page, { present, absent: [SUE, ONE, ADA].filter((voice) => !present.includes(voice)) });

const house = () =>
  Switchboard.serve({
    tenant: { silent_supervision: true },
    queues: [{ name: 'support', label: 'Support', agents: ['agent1'], public: true }],
    roles: { agent2: ['supervisor'], agent4: ['administrator'] },
  });

/** Notes every line that the page ever shows or announces of somebody who takes part. As a colleague who can be called they are named. */
const watch = (page) =>
  page.evaluate(() => {
    const told = (window.__told = new Set());
    const colleague = ['Agent Two', 'Call Agent Two', 'Video call to Agent Two'];
    const look = () => {
      for (const line of [document.body.innerText, ...[...document.querySelectorAll('[aria-label]')].map((each) => each.ariaLabel)].join('\n').split('\n')) {
        if (/Agent Two|listen|supervis/i.test(line) && !colleague.includes(line.trim())) told.add(line.trim());
      }
    };
    look();
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
  });
const told = (page) => page.evaluate(() => [...window.__told]);
/** What the card of the call says beside the call itself. */
const notes = (page) => page.$$eval('.card-notes > *', (all) => all.map((note) => note.textContent));

for (const [boss, agent] of [
  ['chromium', 'firefox'],
  ['firefox', 'chromium'],
]) {
  stage.alone(`a supervisor in ${boss} listens to an agent in ${agent} who is not shown it`, house, async (t) => {
    const [sue, one] = await stage.desksOf([boss, 'agent2', { frequency: SUE }], [agent, 'agent1', { frequency: ONE }]);
    const ada = await stage.visitor(boss, 'support', { frequency: ADA, name: 'Ada' });
    await one.press('Get ready');
    await ada.call();
    await press(await one.rings(), 'Answer');
    await one.inCall('Ada');
    await ada.talks();
    await sue.press('Floor', { role: 'link' });
    await press(sue.page, 'Manage Agent One');
    let dialog = await find(sue.page, 'dialog', 'Agent One');
    const change = async (mode) => {
      await press(dialog, mode);
      await until(`${mode} to hold`, () => dialog.evaluate((element, mode) => [...element.querySelectorAll('.segment')].find((button) => button.textContent === mode)?.ariaPressed === 'true', mode));
    };

    await t.test('of who listens the agent’s page shows nothing, not for a moment', async () => {
      await watch(one.page);
      await change('Listen');
      await Promise.all([hears(sue.page, [ADA, ONE]), hears(one.page, [ADA]), hears(ada.page, [ONE])]);
      assert.deepEqual(await told(one.page), []);
      assert.deepEqual(await notes(one.page), []);
    });

    await t.test('whoever whispers or comes in is shown', async () => {
      await change('Whisper');
      await one.says('Agent Two is talking to you');
      await hears(one.page, [ADA, SUE]);
      await change('Barge in');
      await one.says('Agent Two has come into the call');
      await Promise.all([hears(sue.page, [ADA, ONE]), hears(one.page, [ADA, SUE]), hears(ada.page, [ONE, SUE])]);
    });

    await t.test('listening again is not, over a reload of the agent’s page either', async () => {
      await change('Listen');
      await until('the agent to read nothing of it', async () => (await notes(one.page)).length === 0);
      await one.reload();
      await one.inCall('Ada');
      await watch(one.page);
      await assertHears(sue.page, { present: [ADA, ONE], absent: [SUE], timeout: 15_000 });
      await hears(one.page, [ADA]);
      assert.deepEqual(await told(one.page), []);
      assert.deepEqual(await notes(one.page), []);
    });

    const { ask } = await links(stage.board, 'agent4');
    const fact = (row, name) => row.facts.find((fact) => fact.name === name)?.value;
    const logged = (count) =>
      until('the end to be logged', async () => {
        const { rows } = await ask('GET', '/api/audit?find=sip.supervision');
        return rows.length === count && rows[0];
      });
    await t.test('the log has it all, and how it ended', async () => {
      await press(dialog, 'Close');
      await sue.press('Hang up');
      await gone(sue.page, 'region', 'Call with Agent One');
      const ended = await logged(1);
      assert.deepEqual([ended.outcome, ended.by, ended.on, fact(ended, 'mode'), fact(ended, 'why')], ['ended', 'Agent Two', 'Agent One', 'listen_silently', 'left']);
      const orders = (await ask('GET', '/api/audit?find=supervise')).rows.filter((row) => row.action === 'floor_order' && row.outcome !== 'begun');
      assert.deepEqual(
        orders.reverse().map((row) => [row.by, row.on, fact(row, 'mode'), row.outcome]),
        ['listen admitted', 'whisper done', 'barge done', 'listen done'].map((order) => ['Agent Two', 'Agent One', ...order.split(' ')]),
      );
      assert.ok(orders.every((row) => fact(row, 'call') === fact(ended, 'call')), 'of the same call');
    });

    await t.test('whoever is in charge no longer is out of the call at once', async () => {
      await press(sue.page, 'Manage Agent One');
      dialog = await find(sue.page, 'dialog', 'Agent One');
      await change('Barge in');
      await hears(ada.page, [ONE, SUE]);
      const { kept } = (await ask('GET', '/api/admin/people')).people.find((row) => row.kept.record.user === 'agent2');
      await ask('PUT', '/api/admin/people/agent2', { version: kept.version, record: { ...kept.record, roles: ['agent'] } });
      await Promise.all([hears(one.page, [ADA]), hears(ada.page, [ONE])]);
      await gone(sue.page, 'region', 'Call with Agent One');
      const ended = await logged(2);
      assert.deepEqual([ended.by, ended.on, fact(ended, 'mode'), fact(ended, 'why')], ['Agent Two', 'Agent One', 'barge', 'right_lost']);
    });
  });
}
