// A queue call: it waits, is offered to the right agent, is answered, wrapped up; and what happens when somebody does not answer.

import assert from 'node:assert/strict';
import { assertHears, received } from '../support/audio.mjs';
import { assertAccessible } from '../support/axe.mjs';
import { find, gone, present, press, write } from '../support/controls.mjs';
import { setStage } from '../support/stage.mjs';
import { Switchboard } from '../support/switchboard.mjs';
import { timed, until } from '../support/wait.mjs';

const DISPOSITIONS = [
  { name: 'solved', label: 'Solved' },
  { name: 'callback', label: 'Call back' },
];
const QUEUES = [
  { name: 'support', label: 'Support', agents: ['agent1', 'agent2'], public: true, ring_seconds: 60, wrap_up_seconds: 120, wrap_up_extensions: 1, dispositions: DISPOSITIONS },
  { name: 'sales', label: 'Sales', agents: ['agent1'], public: true, max_wait_seconds: 5, overflow: 'backup', wrap_up_seconds: 0 },
  { name: 'backup', label: 'Backup', agents: ['agent3'], wrap_up_seconds: 0 },
  { name: 'tiny', label: 'Tiny', agents: ['agent4'], public: true, max_waiting: 1 },
  { name: 'everybody', label: 'Everybody', agents: ['agent1', 'agent2'], public: true, strategy: 'ring-all', pause_after_missed: 1 },
  { name: 'night', label: 'Night desk', agents: ['agent4'], public: true, hours: [] },
];
const stage = setStage({ start: async () => undefined });
const queueTest = (name, action, { ring = 60, heartbeat = 5000 } = {}) => {
  const queues = QUEUES.map((queue) => ({ ...queue, ...(queue.name === 'support' ? { ring_seconds: ring } : {}) }));
  stage.alone(name, () => Switchboard.serve({ queues, limits: { heartbeat_ms: heartbeat } }), action);
};

const ONE = { frequency: 523 };
const TWO = { frequency: 811 };
const ADA = { frequency: 1123, name: 'Ada' };
const BEN = { frequency: 1487, name: 'Ben' };
const EVE = { frequency: 1777, name: 'Eve' };
const EVERYBODY = [ONE, TWO, ADA, BEN, EVE].map(({ frequency }) => frequency);

/** At the ear of `page` exactly `heard` of everybody is heard. */
const hears = (who, heard) => assertHears(who.page, { present: heard, absent: EVERYBODY.filter((each) => !heard.includes(each)) });

async function getReady(desk) {
  await desk.press('Get ready');
  await desk.says('Ready for calls');
}

/** Frames of SIP that reached a page and are INVITEs. */
const invites = async (desk) => (await desk.sip()).filter(({ direction, text }) => direction === 'in' && text.startsWith('INVITE ')).length;

const answerQueue = async (desk, name) => {
  const popup = await desk.rings();
  assert.match(await popup.evaluate((element) => element.innerText), new RegExp(name), 'the caller is named');
  await press(popup, 'Answer');
};

for (const [agents, visitors] of [
  ['chromium', 'firefox'],
  ['firefox', 'chromium'],
]) {
  queueTest(`three visitors in ${visitors}, two agents in ${agents}`, async (t) => {
    const [one, two] = await stage.desksOf([agents, 'agent1', ONE], [agents, 'agent2', TWO]);
    const [ada, ben, eve] = await Promise.all([ADA, BEN, EVE].map((who) => stage.visitor(visitors, 'support', who)));

    await t.test('callers wait in the order of arrival and see their place', async () => {
      await one.says('Not ready yet');
      for (const [index, visitor] of [ada, ben, eve].entries()) {
        await visitor.call();
        await visitor.position(index + 1);
      }
      const card = await find(one.page, 'article', 'Support');
      await until('all three on the board', async () => /3 waiting[\s\S]*Ada[\s\S]*Ben[\s\S]*Eve/.test(await card.evaluate((element) => element.innerText)));
    });

    await t.test('the first caller rings at the first free agent, the second at the next', async () => {
      await one.press('Get ready');
      await answerQueue(one, 'Ada');
      await one.inCall('Ada');
      await two.press('Get ready');
      const popup = await two.rings();
      assert.match(await popup.evaluate((element) => element.innerText), /Call from the queue Support[\s\S]*Ben[\s\S]*Waiting for \d+:\d\d/);
      await press(popup, 'Answer');
      await two.inCall('Ben');
      await Promise.all([ada.talks(), ben.talks()]);
      await eve.position(1);
      await Promise.all([hears(one, [ADA.frequency]), hears(two, [BEN.frequency]), hears(ada, [ONE.frequency]), hears(ben, [TWO.frequency])]);
      assert.equal(await present(one.page, 'alertdialog', 'Incoming call'), false, 'nobody rings in a call');
    });

    await t.test('the end of a call is followed by its wrap-up, and only then by the next caller', async () => {
      await ada.hangUp();
      await ada.says('Thank you for your call');
      await find(one.page, 'form', 'Finish the call', { timeout: 3000 });
      await one.says('Wrap-up');
      assert.equal(await present(one.page, 'alertdialog', 'Incoming call'), false);
      await eve.position(1);
      await assertAccessible(one.page, 'wrap-up');
      await (await find(one.page, 'radio', 'Solved').catch(() => one.page.$('input[name="disposition"]'))).evaluate((input) => input.click());
      await write(one.page, 'Note', 'Asked about a key');
      await one.press('More time');
      await gone(one.page, 'button', 'More time');
      assert.equal(await one.page.$eval('#wrap-note', (note) => note.value), 'Asked about a key', 'what is typed stays');
      // A call by hand comes in front of it, and leaves it as it was.
      await one.dial('nobody');
      await one.says('This name or number does not exist.');
      assert.equal(await present(one.page, 'button', 'Finish'), true);
      assert.equal(await one.page.$eval('#wrap-note', (note) => note.value), 'Asked about a key', 'over a call as well');
      const { ms } = await timed(async () => {
        await one.press('Finish');
        await one.rings();
      });
      t.diagnostic(`finish to ring ${ms} ms`);
      await answerQueue(one, 'Eve');
      await one.inCall('Eve');
      await eve.talks();
      await Promise.all([hears(one, [EVE.frequency]), hears(eve, [ONE.frequency]), hears(two, [BEN.frequency])]);
    });

    await t.test('a pause asked for in a call follows it, and figures tell the day', async () => {
      await (await find(one.page, 'combobox', 'Reason for the pause')).select('lunch');
      await one.press('Pause');
      await one.says('A pause follows.');
      await one.press('Hang up');
      await eve.says('Thank you for your call');
      await one.press('Finish');
      await one.says('Paused: Lunch');
      const figures = async () => one.page.$eval('.work-day', (list) => list.innerText.replace(/\s+/g, ' '));
      await until('two answered calls', async () => /Answered 2 Missed 0/.test(await figures()));
      await ben.hangUp();
      await two.callOver();
    });
  });
}

for (const [first, second] of [
  ['chromium', 'firefox'],
  ['firefox', 'chromium'],
]) {
  queueTest(`both desks ring at once, ${second} answers, and ${first} falls silent and has missed nothing`, async (t) => {
    const [one, two] = await stage.desksOf([first, 'agent1', ONE], [second, 'agent2', TWO]);
    await getReady(one);
    await getReady(two);
    const ada = await stage.visitor(first, 'everybody', ADA);
    await ada.call();
    await Promise.all([one.rings(), two.rings()]);
    await answerQueue(two, 'Ada');
    const { ms } = await timed(() => one.quiet());
    t.diagnostic(`silent ${ms} ms after the answer elsewhere`);
    await ada.talks();
    await Promise.all([hears(ada, [TWO.frequency]), hears(two, [ADA.frequency])]);
    assert.equal((await received(one.page)).connections, 0, 'nobody is heard where the ring was lost');
    const cancels = (await one.sip()).filter(({ direction, text }) => direction === 'in' && text.startsWith('CANCEL '));
    assert.match(cancels.map(({ text }) => text).join(), /Reason: SIP;cause=200;text="Call completed elsewhere"/);
    await one.says('Ready for calls');
    assert.match(await one.page.$eval('.work-day', (list) => list.innerText.replace(/\s+/g, ' ')), /Answered 0 Missed 0/);
    // One missed call would have been a pause: whoever lost is rung for the next one.
    const ben = await stage.visitor(second, 'everybody', BEN);
    await ben.call();
    await answerQueue(one, 'Ben');
    await ben.talks();
    await ben.hangUp();
    await ada.hangUp();
  });
}

queueTest('an unanswered ring goes on to the next agent, and the caller keeps the place', async (t) => {
  const [one, two] = await stage.desksOf(['chromium', 'agent1', ONE], ['firefox', 'agent2', TWO]);
  await getReady(one);
  const ada = await stage.visitor('chromium', 'support', ADA);
  await ada.call();
  await one.rings();
  await getReady(two);
  const { ms } = await timed(() => two.rings());
  t.diagnostic(`rung at the second after ${ms} ms`);
  await one.quiet();
  await one.says('Missed a call');
  await answerQueue(two, 'Ada');
  await ada.talks();
  await Promise.all([hears(ada, [TWO.frequency]), hears(two, [ADA.frequency])]);
  await ada.hangUp();
}, { ring: 8 });

for (const browser of ['chromium', 'firefox']) {
  queueTest(`an agent whose tab is frozen in ${browser} is not rung`, async (t) => {
    const [one, two] = await stage.desksOf([browser, 'agent1', ONE], ['chromium', 'agent2', TWO]);
    await getReady(one);
    await getReady(two);
    const before = await invites(one);
    // The main thread does nothing else: the browser itself goes on answering pings.
    await one.page.evaluate(() => {
      setTimeout(() => {
        const end = performance.now() + 20_000;
        while (performance.now() < end);
      }, 0);
    });
    const ada = await stage.visitor('chromium', 'support', ADA);
    await until('the switchboard to notice', async () => /Agent One\s+Unavailable/.test(await two.text()), { timeout: 14_000 });
    await ada.call();
    await answerQueue(two, 'Ada');
    await ada.talks();
    await one.says('Ready for calls', { timeout: 30_000 });
    assert.equal(await invites(one), before, 'nothing rang at the frozen desk, though it had waited longer');
    await ada.hangUp();
    t.diagnostic('answered by the other agent');
  }, { heartbeat: 2000 });
}

queueTest('a caller whom nobody takes overflows to the next queue', async () => {
  const [one, three] = await stage.desksOf(['chromium', 'agent1', ONE], ['firefox', 'agent3', TWO]);
  await getReady(three);
  const ada = await stage.visitor('firefox', 'sales', ADA);
  await ada.call();
  await ada.position(1);
  await one.says('Not ready yet');
  const popup = await three.rings();
  assert.match(await popup.evaluate((element) => element.innerText), /Call from the queue Backup/);
  await press(popup, 'Answer');
  await ada.talks();
  await Promise.all([hears(ada, [TWO.frequency]), hears(three, [ADA.frequency])]);
  await three.press('Hang up');
  await ada.says('Thank you for your call');
  await three.says('Ready for calls');
});

queueTest('a closed and a full queue say so politely, on a phone too', async () => {
  const closed = await stage.visitor('chromium', 'night', ADA);
  await closed.page.setViewport({ width: 390, height: 844 });
  await closed.says('We are closed at the moment');
  await assertAccessible(closed.page, 'closed queue');
  assert.equal(await closed.shows('button', 'Call now'), false);
  const first = await stage.visitor('chromium', 'tiny', BEN);
  await first.page.setViewport({ width: 390, height: 844 });
  await find(first.page, 'button', 'Call now');
  await assertAccessible(first.page, 'visitor, before the call');
  await first.call();
  await first.position(1);
  await assertAccessible(first.page, 'visitor, waiting');
  const wide = await first.page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
  assert.equal(wide, false, 'nothing is wider than the phone');
  const second = await stage.visitor('firefox', 'tiny', EVE);
  await second.says('Too many people are calling right now');
  const nowhere = await stage.visitor('firefox', 'nothing', EVE);
  stage.expect(/404/);
  await nowhere.says('There is nobody to call here');
  await first.hangUp();
});

queueTest('the switchboard is killed and restarted with callers waiting and one talking', async (t) => {
  stage.expect(/WebSocket connection to|can’t establish a connection|was interrupted while|ERR_CONNECTION_REFUSED|Failed to load resource|NetworkError|Cross-Origin|healthz/);
  const [one, two] = await stage.desksOf(['chromium', 'agent1', ONE], ['firefox', 'agent2', TWO]);
  const [ada, ben, eve] = await Promise.all([
    stage.visitor('chromium', 'support', ADA),
    stage.visitor('firefox', 'support', BEN),
    stage.visitor('chromium', 'support', EVE),
  ]);
  await getReady(two);
  await (await find(two.page, 'combobox', 'Reason for the pause')).select('lunch');
  await two.press('Pause');
  await two.says('Paused: Lunch');
  await getReady(one);
  await ada.call();
  await answerQueue(one, 'Ada');
  await ada.talks();
  await ben.call();
  await ben.position(1);
  await eve.call();
  await eve.position(2);

  await stage.board.kill();
  await Promise.all([ben.says('The connection is interrupted'), ada.says('The connection is interrupted')]);
  await Promise.all([hears(ada, [ONE.frequency]), hears(one, [ADA.frequency])]);
  await stage.board.start();
  const back = async (visitor) => !(await visitor.text()).includes('interrupted');
  const { ms } = await timed(() => until('everybody to be connected again', async () => (await back(ada)) && (await back(ben)) && (await back(eve))));
  t.diagnostic(`connected again after ${ms} ms`);
  await Promise.all([ben.position(1), eve.position(2)]);
  await two.says('Paused: Lunch');
  await Promise.all([hears(ada, [ONE.frequency]), hears(one, [ADA.frequency])]);

  await one.ready();
  await one.press('Hang up');
  await ada.says('Thank you for your call');
  await find(one.page, 'form', 'Finish the call');
  await one.press('Finish');
  await answerQueue(one, 'Ben');
  await ben.talks();
  await Promise.all([hears(one, [BEN.frequency]), hears(ben, [ONE.frequency])]);
  await eve.position(1);
  await ben.hangUp();
  await eve.hangUp();
});
