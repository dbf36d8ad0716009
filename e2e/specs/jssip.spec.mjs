// A page of somebody else's making (JsSIP) registers on the switchboard and exchanges calls with the desk.

import assert from 'node:assert/strict';
import { after } from 'node:test';
import { assertHears } from '../support/audio.mjs';
import { BROWSERS } from '../support/browsers.mjs';
import { JsSipPhone } from '../support/jssip_phone.mjs';
import { testPages } from '../support/pages.mjs';
import { setStage } from '../support/stage.mjs';
import { Switchboard } from '../support/switchboard.mjs';
import { assertSees } from '../support/video.mjs';
import { until } from '../support/wait.mjs';

let pages;
after(() => pages?.close());

const stage = setStage({
  start: async () => {
    pages = await testPages();
    return Switchboard.serve({ origins: [pages.origin] });
  },
});

/** Agent 3 at a phone of somebody else's making, registered. */
async function phoneIn(browser) {
  const phone = await JsSipPhone.open(await stage.browsers.get(browser), pages, {
    url: stage.board.sip,
    user: 'agent3',
    password: stage.board.devicePassword('agent3'),
    frequency: 811,
    hue: 220,
  });
  stage.later(() => phone.close());
  await phone.registered();
  return phone;
}

/** Each hears the other, and nobody themselves. */
const bothHear = (one, phone, options) =>
  Promise.all([
    assertHears(one.page, { present: [811], absent: [523], ...options }),
    assertHears(phone.page, { present: [523], absent: [811], ...options }),
  ]);

for (const [desk, other] of [
  ['chromium', 'firefox'],
  ['firefox', 'chromium'],
]) {
  stage.test(`JsSIP in ${other} and the desk in ${desk} call each other`, async (t) => {
    const phone = await phoneIn(other);
    const one = await stage.desk(desk, 'agent1', { frequency: 523, hue: 0 });
    const hear = () => bothHear(one, phone);

    await t.test('the desk calls', async () => {
      await one.dial('agent3');
      await phone.answer();
      await phone.inCall();
      await hear();
      await phone.hangUp();
      await one.callOver();
      await one.says('The other side hung up.');
    });

    await t.test('JsSIP calls, with video', async () => {
      await phone.call('agent1', { video: true });
      await one.answer({ video: true });
      await phone.inCall();
      await hear();
      await assertSees(one.page, `video[aria-label="Video of ${stage.board.names.agent3}"]`, 220);
      await assertSees(phone.page, '.remote-video', 0);
      await one.press('Hang up');
      await phone.ended(2);
    });
    assert.deepEqual(await phone.watch.problems(), []);
  });
}

// JsSIP keeps its peer connection, and Firefox agrees on keys once per connection: only in Chromium it can follow another one of the other side.
for (const browser of BROWSERS) {
  stage.test(`JsSIP in chromium goes on with a desk in ${browser} that is loaded again`, async (t) => {
    const phone = await phoneIn('chromium');
    const one = await stage.desk(browser, 'agent1', { frequency: 523 });
    const name = stage.board.names.agent3;
    // Whom the desk had called begins the handshake, at the old address until ICE gives that up: some seven seconds.
    const hear = () => bothHear(one, phone, { timeout: 25_000 });
    for (const [at, begin] of [async () => (await one.dial('agent3'), phone.answer()), async () => (await phone.call('agent1'), one.answer())].entries()) {
      await t.test(at === 0 ? 'the desk has called' : 'JsSIP has called', async () => {
        await begin();
        await phone.inCall();
        await hear();
        for (let time = 0; time < 2; time += 1) {
          await one.reload();
          await one.inCall(name);
          await one.loud();
          await hear();
        }
        await one.press('Hold');
        await until('JsSIP to be on hold', async () => (await phone.state()).sessions.at(-1).held);
        await one.press('Resume');
        await hear();
        await one.press('Hang up');
        await phone.ended(at + 1);
        await one.callOver();
      });
    }
    assert.deepEqual(await phone.watch.problems(), []);
  });
}

stage.test('a page from an origin that is not listed gets no socket', async () => {
  stage.expect(/WebSocket|403/);
  const stranger = await testPages();
  stage.later(() => stranger.close());
  const phone = await JsSipPhone.open(await stage.browsers.get('chromium'), stranger, { url: stage.board.sip, user: 'agent3', password: 'x' });
  stage.later(() => phone.close());
  const closed = await phone.page.evaluate(
    (url) =>
      new Promise((resolve) => {
        const socket = new WebSocket(url, 'sip');
        socket.onopen = () => resolve('opened');
        socket.onerror = () => resolve('refused');
      }),
    stage.board.sip,
  );
  assert.equal(closed, 'refused');
});
