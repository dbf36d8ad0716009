// A visitor loads the page again: while they wait, while they talk, and while they wait once more after a transfer to a queue. One
// frequency per person.

import assert from 'node:assert/strict';
import { assertHears } from '../support/audio.mjs';
import { find, press } from '../support/controls.mjs';
import { setStage } from '../support/stage.mjs';
import { Switchboard } from '../support/switchboard.mjs';
import { until } from '../support/wait.mjs';

const stage = setStage();

const ONE = { frequency: 523 };
const TWO = { frequency: 811 };
const EVERYBODY = [523, 811, 1123, 1487];

/** At the ear of a page exactly these are heard. */
const hears = (who, ...heard) => assertHears(who.page, { present: heard, absent: EVERYBODY.filter((each) => !heard.includes(each)) });

/** Loads a visitor's page again. */
async function loadAgain(visitor, says) {
  await visitor.reload();
  await visitor.says(says);
}

/** Where the browser waits for a touch before it plays the conversation, it gets one. */
async function touch(visitor) {
  const plays = () => visitor.page.evaluate(() => [...document.querySelectorAll('audio.remote-audio')].some((audio) => audio.srcObject && !audio.paused));
  const asks = () => visitor.shows('button', 'Play sound');
  await until('sound, or a button for it', async () => (await plays()) || (await asks()));
  if (!(await plays())) await press(visitor.page, 'Play sound');
}

/** BYEs that reached a desk. */
const byes = async (desk) => (await desk.sip()).filter(({ direction, text }) => direction === 'in' && text.startsWith('BYE ')).length;

for (const [agents, guest] of [
  ['chromium', 'firefox'],
  ['firefox', 'chromium'],
]) {
  stage.alone(
    `a visitor in ${guest} loads the page again and loses neither the place nor the call, agents in ${agents}`,
    () =>
      Switchboard.serve({
        queues: [
          { name: 'support', label: 'Support', agents: ['agent1'], public: true, wrap_up_seconds: 120 },
          { name: 'sales', label: 'Sales', agents: ['agent2'] },
        ],
      }),
    async (t) => {
      const [one, two] = await stage.desksOf([agents, 'agent1', ONE], [agents, 'agent2', TWO]);
      const ada = await stage.visitor(guest, 'support', { frequency: 1487, name: 'Ada' });
      const bob = await stage.visitor(guest, 'support', { frequency: 1123, name: 'Bob' });

      await t.test('waiting: at the same place, without a word or a press', async () => {
        await ada.call();
        await ada.position(1);
        await bob.call();
        await bob.position(2);
        await loadAgain(ada, 'You are number 1 in the queue');
        await bob.position(2);
        assert.equal(await ada.page.evaluate(() => Object.values(sessionStorage).join().includes('place')), false, 'the token is nowhere to be read');
      });

      await t.test('talking: the same call, and the agent sees no end of it', async () => {
        await one.press('Get ready');
        const popup = await one.rings();
        assert.match(await popup.evaluate((element) => element.innerText), /Ada/);
        await one.answer();
        await Promise.all([hears(one, 1487), hears(ada, 523)]);
        await loadAgain(ada, 'You are connected');
        await touch(ada);
        await Promise.all([hears(one, 1487), hears(ada, 523)]);
        await one.inCall('Ada');
        assert.equal(await byes(one), 0);
      });

      await t.test('waiting after a transfer: answered all the same', async () => {
        await one.press('Transfer');
        await press(await find(one.page, 'form', 'Transfer'), 'Sales');
        await one.callOver();
        await ada.position(1);
        await loadAgain(ada, 'You are number 1 in the queue');
        await two.press('Get ready');
        await two.answer();
        await ada.talks();
        await touch(ada);
        await Promise.all([hears(two, 1487), hears(ada, 811)]);
        await ada.hangUp();
        await two.callOver();
      });

      await t.test('over: the next load begins anew', async () => {
        await ada.reload();
        await ada.finds('button', 'Call now');
        await until('nothing to be kept', () => ada.page.evaluate(() => sessionStorage.getItem('portico.shift') === null));
      });
    },
  );
}
