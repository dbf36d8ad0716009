// The floor: a supervisor sees agents and callers as they change, steers both, and whom it concerns learns who did it; others cannot.

import assert from 'node:assert/strict';
import { assertHears, received } from '../support/audio.mjs';
import { assertAccessible } from '../support/axe.mjs';
import { find, gone, press, write } from '../support/controls.mjs';
import { close, manage, openFloor, rowSays, waits } from '../support/floor.mjs';
import { setStage } from '../support/stage.mjs';
import { Switchboard } from '../support/switchboard.mjs';
import { timed, until } from '../support/wait.mjs';

const stage = setStage({ start: async () => undefined });
const floorTest = (name, action) => stage.alone(name, () => Switchboard.demo(), action);

const BOSS = { frequency: 523 };
const AGENT = { frequency: 811 };
const ADA = { frequency: 1123, name: 'Ada' };
const BEN = { frequency: 1487, name: 'Ben' };

for (const [boss, agent] of [
  ['chromium', 'firefox'],
  ['firefox', 'chromium'],
]) {
  floorTest(`a supervisor in ${boss} steers an agent in ${agent}`, async (t) => {
    const [sue, one] = await stage.desksOf([boss, 'supervisor', BOSS], [agent, 'agent1', AGENT]);
    await openFloor(sue);

    await t.test('a change of state is seen within a second', async () => {
      await rowSays(sue, 'Agent One', 'Not ready yet');
      await rowSays(sue, 'Agent Two', 'Phone not connected');
      await one.press('Get ready');
      const { ms } = await timed(() => rowSays(sue, 'Agent One', 'Ready for calls', { timeout: 1000 }));
      t.diagnostic(`press to row ${ms} ms`);
    });

    await t.test('a pause is set, and the agent reads who did it', async () => {
      const dialog = await manage(sue, 'Agent One');
      await (await find(dialog, 'combobox', 'Reason for the pause')).select('lunch');
      await press(dialog, 'Pause');
      await one.says('Supervisor paused you: Lunch.');
      await one.says(/Paused: Lunch\s+by Supervisor/);
      await close(sue, 'Agent One');
      await rowSays(sue, 'Agent One', 'Paused: Lunch by Supervisor');
      await one.press('Dismiss');
      await until('the notice to be gone', async () => !(await one.text()).includes('Supervisor paused you'));
    });

    await t.test('a message reaches one and all, and stays until it is read', async () => {
      const dialog = await manage(sue, 'Agent One');
      await write(dialog, 'Message', 'Please call the lift company');
      await press(dialog, 'Send');
      await one.says('Supervisor: Please call the lift company');
      await close(sue, 'Agent One');
      await one.page.reload();
      await one.says('Supervisor: Please call the lift company');
      await one.press('Dismiss');
      await one.ready();
      await sue.press('Message to everybody');
      const all = await find(sue.page, 'dialog', 'Message to everybody');
      await write(all, 'Message', 'Fire drill at noon');
      await press(all, 'Send');
      await one.says('Supervisor: Fire drill at noon');
      assert.equal((await sue.text()).includes('Fire drill'), false, 'not to oneself');
      await one.press('Dismiss');
    });

    const ada = await stage.visitor(boss, 'support', ADA);
    const ben = await stage.visitor(agent, 'support', BEN);
    await t.test('waiting callers are seen, preferred and moved', async () => {
      await ada.call();
      await ada.position(1);
      await ben.call();
      await ben.position(2);
      await waits(sue, 'Support', ['Ada', 'Ben']);
      await sue.says('Support: nobody takes calls');
      const dialog = await manage(sue, 'Ben');
      await dialog.$$eval('input[name="priority"]', (levels) => levels[3].click());
      await waits(sue, 'Support', ['Ben', 'Ada']);
      await ben.position(1);
      await ada.position(2);
      await close(sue, 'Ben');
      const move = await manage(sue, 'Ada');
      await (await find(move, 'combobox', 'Move to the queue')).select('reception');
      await press(move, 'Move');
      await waits(sue, 'Reception', ['Ada']);
      await waits(sue, 'Support', ['Ben']);
    });

    await t.test('a caller is given to a free agent of another queue, who hears them', async () => {
      const dialog = await manage(sue, 'Agent One');
      await (await find(dialog, 'checkbox', 'Support')).click();
      await one.says('Supervisor: you take no calls of Support for now.');
      await press(dialog, 'Make ready');
      await one.says('Supervisor made you ready for calls.');
      await close(sue, 'Agent One');
      await rowSays(sue, 'Agent One', 'Ready for calls by Supervisor');
      const assign = await manage(sue, 'Ada');
      await press(assign, 'Ring');
      const popup = await one.rings();
      await one.says('Supervisor sends you a caller.');
      assert.match(await popup.evaluate((element) => element.innerText), /Ada/);
      await press(popup, 'Answer');
      await one.inCall('Ada');
      await ada.talks();
      await assertHears(ada.page, { present: [AGENT.frequency], absent: [BOSS.frequency] });
      await rowSays(sue, 'Agent One', 'with Ada');
      await waits(sue, 'Reception', []);
      await waits(sue, 'Support', ['Ben']);
    });

    await t.test('the call is taken over: the caller hears the supervisor, and the agent is out of it', async () => {
      const dialog = await manage(sue, 'Agent One');
      // By the keyboard: the second button follows the first.
      await sue.page.bringToFront();
      await (await find(dialog, 'button', 'Take the call over')).focus();
      await sue.page.keyboard.press('Enter');
      const now = await find(dialog, 'button', 'Take over now');
      assert.equal((await one.text()).includes('takes your call over'), false, 'one press changes nothing');
      await sue.page.keyboard.press('Tab');
      await until('the second button to have the focus', () => now.evaluate((button) => button === document.activeElement));
      const { ms } = await timed(async () => {
        await sue.page.keyboard.press('Enter');
        await assertHears(ada.page, { present: [BOSS.frequency], absent: [AGENT.frequency] });
      });
      t.diagnostic(`press to sound ${ms} ms`);
      await close(sue, 'Agent One');
      await Promise.all([
        assertHears(sue.page, { present: [ADA.frequency], absent: [AGENT.frequency] }),
        one.says('Supervisor takes your call over.'),
      ]);
      await one.press('Dismiss');
      await find(sue.page, 'region', 'Call with Ada');
      await until('the agent to hear nobody', async () => (await received(one.page)).connections === 0);
    });

    await t.test('a wrap-up is ended for the agent, and the call is in the figures', async () => {
      await find(one.page, 'form', 'Finish the call');
      await rowSays(sue, 'Agent One', 'Wrap-up');
      const dialog = await manage(sue, 'Agent One');
      await press(dialog, 'End the wrap-up');
      await one.says('Supervisor ended your wrap-up.');
      await close(sue, 'Agent One');
      const card = await find(sue.page, 'article', 'Reception');
      await until('the call to be counted', async () => /Answered\s+1/.test(await card.evaluate((element) => element.innerText)));
      await Promise.all([ada.hangUp(), ben.hangUp()]);
      await gone(sue.page, 'region', 'Call with Ada');
    });
  });
}

/** Lines of the alarms that say this. */
const alarms = (desk, text) => desk.page.$$eval('.alarms .note', (notes, text) => notes.map((note) => note.innerText.replace(/\s+/g, ' ')).filter((line) => line.includes(text)), text);

floorTest('an alarm that one supervisor acknowledges is known on every floor and wallboard, by name, until its cause is gone', async (t) => {
  const [sue, lou] = await stage.desksOf(['chromium', 'supervisor', BOSS], ['firefox', 'supervisor', { ...BOSS, shift: false }]);
  await openFloor(sue);
  await lou.signIn();
  await find(lou.page, 'heading', 'Check your devices');
  await lou.page.goto(`${lou.board.url}/wallboard`);
  await find(lou.page, 'article', 'Support');
  const of = 'Support: nobody takes calls';
  await until('the alarm on both', async () => (await alarms(sue, of)).length === 1 && (await alarms(lou, of)).length === 1);
  const before = (await sue.page.$$('.alarms .btn')).length;
  const acknowledge = () =>
    sue.page.$$eval('.alarms .note', (notes, of) => notes.find((note) => note.innerText.includes(of)).querySelector('.btn').click(), of);
  const known = async (desk) => /Acknowledged by Supervisor \(\d{1,2}:\d{2}/.test((await alarms(desk, of))[0] ?? '');
  await acknowledge();
  const { ms } = await timed(() => until('the name on the other page', () => known(lou), { timeout: 2000 }));
  t.diagnostic(`press to the other page ${ms} ms`);
  await until("the name on one's own page", () => known(sue));
  assert.equal((await sue.page.$$('.alarms .btn')).length, before - 1, 'there is nothing more to acknowledge about it');

  await t.test('its cause is gone, and the next one is a new alarm', async () => {
    const one = await stage.desk('firefox', 'agent1', AGENT);
    await one.press('Get ready');
    await until('no alarm', async () => (await alarms(lou, of)).length === 0 && (await alarms(sue, of)).length === 0);
    await one.press('Pause');
    await until('a new alarm', async () => (await alarms(sue, of)).length === 1 && (await alarms(lou, of)).length === 1);
    assert.ok(!(await known(sue)) && !(await known(lou)));
  });

  await t.test('a restart of the switchboard forgets nobody', async () => {
    await acknowledge();
    await until('the name on both', async () => (await known(sue)) && (await known(lou)));
    stage.expect(/WebSocket connection to|can’t establish a connection|was interrupted while|ERR_CONNECTION_REFUSED|Failed to load resource|NetworkError|Cross-Origin|healthz/);
    await stage.board.kill();
    await lou.says('No connection: these figures are old');
    await stage.board.start();
    await until('live figures', async () => !(await lou.text()).includes('No connection'), { timeout: 20_000 });
    assert.ok(await known(lou), 'the same name after the restart');
  });
});

floorTest('every order of an agent is refused by the server, and the floor is not theirs to see', async () => {
  stage.expect(/status of 403/);
  const [sue, one] = await stage.desksOf(['chromium', 'supervisor', BOSS], ['firefox', 'agent1', AGENT]);
  assert.equal(await one.shows('link', 'Floor'), false);
  const answers = await one.page.evaluate(async () => {
    const json = async (path, body) => {
      const options = body && { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
      return (await fetch(path, options)).json();
    };
    const { wire } = await json('/api/session');
    const { ticket } = await json('/api/ticket', { purpose: 'feed' });
    const socket = new WebSocket(`ws://${location.host}/feed`);
    const results = [];
    let floor;
    await new Promise((opened) => (socket.onopen = opened));
    socket.send(JSON.stringify({ type: 'hello', ticket, wire }));
    const steers = [
      { do: 'ready', user: 'agent2' },
      { do: 'pause', user: 'agent2', reason: null },
      { do: 'end_wrap_up', user: 'agent2', contact: 'c' },
      { do: 'member', user: 'agent2', queue: 'support', on: false },
      { do: 'belong', user: 'agent2', queue: 'reception', on: true },
      { do: 'move', contact: 'c', queue: 'reception' },
      { do: 'prioritise', contact: 'c', priority: 1 },
      { do: 'assign', contact: 'c', user: 'agent2' },
      { do: 'take_over', contact: 'c', user: 'agent2' },
      { do: 'supervise', contact: 'c', user: 'agent2', mode: 'listen' },
      { do: 'tell', user: null, text: 'hello' },
    ];
    await new Promise((done) => {
      socket.onmessage = ({ data }) => {
        const frame = JSON.parse(data);
        if (frame.type === 'snapshot') {
          floor = 'floor' in frame;
          steers.forEach((steer, id) => socket.send(JSON.stringify({ type: 'order', id, order: { do: 'steer', steer } })));
        } else if (frame.type === 'ordered' && results.push(frame.result) === steers.length) done();
      };
    });
    socket.close();
    const callers = (await fetch('/api/queues/support/callers')).status;
    return { results, floor, callers };
  });
  assert.deepEqual(answers, { results: Array(11).fill('forbidden'), floor: false, callers: 403 });
  assert.equal((await sue.text()).includes('hello'), false);
  await one.page.goto(`${one.board.url}/floor`);
  await one.says('This page is for supervisors');
  await assertAccessible(one.page, 'floor of somebody else');
});

for (const scheme of ['light', 'dark']) {
  floorTest(`axe finds nothing serious on the floor and the wallboard, ${scheme}`, async () => {
    const sue = await stage.desk('chromium', 'supervisor', BOSS);
    await sue.page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    const ada = await stage.visitor('chromium', 'support', ADA);
    await ada.call();
    await openFloor(sue);
    await waits(sue, 'Support', ['Ada']);
    const check = async (screen) => {
      for (const [width, height] of [[1440, 900], [1024, 700], [390, 844]]) {
        await sue.page.setViewport({ width, height });
        await assertAccessible(sue.page, `${screen}, ${width} wide`);
        const wide = await sue.page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
        assert.equal(wide, false, `${screen}: nothing is wider than ${width}`);
      }
      await sue.page.setViewport({ width: 1440, height: 900 });
    };
    await press(await find(sue.page, 'region', 'Alarms'), 'Acknowledge');
    await sue.says('Acknowledged by Supervisor');
    await check('floor');
    await manage(sue, 'Agent One');
    await check('an agent managed');
    await close(sue, 'Agent One');
    await manage(sue, 'Ada');
    await check('a caller managed');
    await close(sue, 'Ada');
    await sue.press('Wallboard', { role: 'link' });
    await find(sue.page, 'article', 'Support');
    await check('wallboard, queues');
    await sue.page.$$eval('input[name="layout"]', (layouts) => layouts[1].click());
    await check('wallboard, figures');
    await ada.hangUp();
  });
}

floorTest('the wallboard goes on after the switchboard was killed', async (t) => {
  stage.expect(/WebSocket connection to|can’t establish a connection|was interrupted while|ERR_CONNECTION_REFUSED|Failed to load resource|NetworkError|Cross-Origin|healthz/);
  const sue = await stage.desk('firefox', 'supervisor', { ...BOSS, shift: false });
  await sue.signIn();
  await find(sue.page, 'heading', 'Check your devices');
  await sue.page.goto(`${sue.board.url}/wallboard`);
  await find(sue.page, 'article', 'Support');
  await stage.board.kill();
  await sue.says('No connection: these figures are old');
  await stage.board.start();
  const { ms } = await timed(() => until('live figures', async () => !(await sue.text()).includes('No connection'), { timeout: 20_000 }));
  t.diagnostic(`live again after ${ms} ms`);
  const ada = await stage.visitor('chromium', 'support', ADA);
  await ada.call();
  await until('the caller on the board', async () => /1\s+waiting/.test(await (await find(sue.page, 'article', 'Support')).evaluate((card) => card.innerText)));
  await ada.hangUp();
});
