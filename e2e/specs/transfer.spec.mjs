// A call goes from one person to another: at once, after a word, and back where nobody takes it. One frequency per person.

import assert from 'node:assert/strict';
import { assertHears, received } from '../support/audio.mjs';
import { assertAccessible } from '../support/axe.mjs';
import { find, press, write } from '../support/controls.mjs';
import { setStage } from '../support/stage.mjs';
import { Switchboard } from '../support/switchboard.mjs';
import { until } from '../support/wait.mjs';

const stage = setStage();

const ONE = { frequency: 523 };
const TWO = { frequency: 811 };
const THREE = { frequency: 1123 };
const EVERYBODY = [523, 811, 1123, 1487];

/** At the ear of a page exactly these are heard. */
const hears = (who, ...heard) => assertHears(who.page, { present: heard, absent: EVERYBODY.filter((each) => !heard.includes(each)) });

async function transfer(desk, target, button = 'Transfer now', looked = () => {}) {
  await desk.press('Transfer');
  const form = await find(desk.page, 'form', 'Transfer');
  await looked();
  await write(form, 'Transfer to', target);
  await press(form, button);
}

const noConnection = (desk) => until('no connection to be left', async () => (await received(desk.page)).connections === 0);

for (const [agents, target] of [
  ['chromium', 'firefox'],
  ['firefox', 'chromium'],
]) {
  stage.test(`a call is transferred from ${agents} to ${target}, at once and after a word`, async () => {
    const [one, two, three] = await stage.desksOf([agents, 'agent1', ONE], [agents, 'agent2', TWO], [target, 'agent3', THREE]);
    // Two called one; one hands two to three.
    await two.dial('agent1');
    await one.answer();
    await Promise.all([hears(one, 811), hears(two, 523)]);
    await transfer(one, 'agent3');
    await one.says('Being transferred');
    const popup = await three.rings();
    assert.match(await popup.evaluate((element) => element.innerText), new RegExp(two.name), 'it is two who calls');
    await three.answer();
    await one.callOver();
    await Promise.all([two.inCall(three.name), three.inCall(two.name)]);
    await Promise.all([hears(two, 1123), hears(three, 811)]);
    await noConnection(one);

    // Three asks one first, then connects two with one.
    await transfer(three, 'agent1', 'Ask first');
    await one.answer();
    await three.inCall(one.name);
    await Promise.all([hears(one, 1123), hears(three, 523)]);
    await three.press('Transfer');
    await three.press(`Connect with ${two.name}`);
    await three.callOver();
    await Promise.all([two.inCall(one.name), one.inCall(two.name)]);
    await Promise.all([hears(one, 811), hears(two, 523)]);
    await noConnection(three);
    await one.press('Hang up');
    await two.callOver();
  });
}

stage.test('where nobody takes the call it is still there, on hold', async () => {
  const [one, two, three] = await stage.desksOf(['chromium', 'agent1', ONE], ['chromium', 'agent2', TWO], ['firefox', 'agent3', THREE]);
  await one.dial('agent2');
  await two.answer();
  await hears(one, 811);
  await transfer(one, 'agent3', 'Transfer now', () => assertAccessible(one.page, 'the choice of whom to transfer to'));
  await three.reject();
  await one.says('Not transferred');
  await one.press('Resume');
  await Promise.all([hears(one, 811), hears(two, 523)]);
  // The transferor leaves while it rings: whoever is transferred keeps waiting, and is connected.
  await transfer(one, 'agent3');
  await three.rings();
  await one.press('Hang up');
  await one.callOver();
  await three.answer();
  await Promise.all([hears(two, 1123), hears(three, 811)]);
  // It survives a reload of whoever was transferred.
  await two.reload();
  await Promise.all([hears(two, 1123), hears(three, 811)]);
  await two.press('Hang up');
  await three.callOver();
});

stage.alone(
  'a caller of a queue goes to somebody who is in none, and the agent has the work of it',
  () => Switchboard.serve({ queues: [{ name: 'support', label: 'Support', agents: ['agent1'], public: true, wrap_up_seconds: 120 }] }),
  async () => {
    const [one, two] = await stage.desksOf(['chromium', 'agent1', ONE], ['firefox', 'agent2', TWO]);
    const ada = await stage.visitor('firefox', 'support', { frequency: 1487, name: 'Ada' });
    await one.press('Get ready');
    await ada.call();
    await one.answer();
    await Promise.all([hears(one, 1487), hears(ada, 523)]);
    await transfer(one, 'agent2');
    const popup = await two.rings();
    assert.match(await popup.evaluate((element) => element.innerText), /Ada/);
    await two.answer();
    await Promise.all([hears(two, 1487), hears(ada, 811)]);
    await find(one.page, 'button', 'Finish');
    await two.press('Hang up');
    await until('the visit to be over', async () => /ended|over|Thank/i.test(await ada.page.evaluate(() => document.body.innerText)));
  },
);

for (const [agents, guest] of [
  ['chromium', 'firefox'],
  ['firefox', 'chromium'],
]) {
  stage.alone(
    `a caller goes on to another queue: agents in ${agents}, the caller in ${guest}`,
    () =>
      Switchboard.serve({
        queues: [
          { name: 'support', label: 'Support', agents: ['agent1'], public: true, wrap_up_seconds: 120 },
          { name: 'sales', label: 'Sales', agents: ['agent1', 'agent2'], max_waiting: 1 },
        ],
      }),
    async () => {
      const [one, two] = await stage.desksOf([agents, 'agent1', ONE], [agents, 'agent2', TWO]);
      const ada = await stage.visitor(guest, 'support', { frequency: 1487, name: 'Ada' });
      await one.press('Get ready');
      await ada.call();
      await one.answer();
      await Promise.all([hears(one, 1487), hears(ada, 523)]);
      // The queue is picked by its name, and says how many wait.
      await one.press('Transfer');
      const form = await find(one.page, 'form', 'Transfer');
      await assertAccessible(one.page, 'the choice of whom to transfer to, with queues');
      await press(form, 'Sales \u{b7} 0 waiting');
      await one.callOver();
      await find(one.page, 'button', 'Finish');
      await noConnection(one);
      // Nobody is free there: the caller waits, and reads where.
      await until('the visitor to read their place', async () => /number 1|position 1|place 1/i.test(await ada.page.evaluate(() => document.body.innerText)));
      await two.press('Get ready');
      const popup = await two.rings();
      const text = await popup.evaluate((element) => element.innerText);
      assert.match(text, /Ada/);
      assert.match(text, /Sales/);
      await two.answer();
      await Promise.all([hears(two, 1487), hears(ada, 811)]);
      await two.press('Hang up');
      await until('the visit to be over', async () => /ended|over|Thank/i.test(await ada.page.evaluate(() => document.body.innerText)));
    },
  );
}
