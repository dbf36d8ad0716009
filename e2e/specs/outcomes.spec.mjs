// Calls that do not come about: rejected, busy, cancelled, unknown. Each side reads what happened.

import assert from 'node:assert/strict';
import { find } from '../support/controls.mjs';
import { SipPeer } from '../support/sip_peer.mjs';
import { setStage } from '../support/stage.mjs';

const stage = setStage();

async function phone(user) {
  const peer = await SipPeer.connect(stage.board.sip, { user, password: stage.board.devicePassword(user) });
  stage.later(() => peer.close());
  assert.equal((await peer.register()).status, 200);
  return peer;
}

for (const [caller, called] of [
  ['chromium', 'firefox'],
  ['firefox', 'chromium'],
]) {
  stage.test(`${caller} is rejected by ${called}`, async () => {
    const [one, two] = await stage.desksOf([caller, 'agent1', { frequency: 523 }], [called, 'agent2', { frequency: 811 }]);
    await one.dial('agent2');
    await two.reject();
    await one.says(/declined|busy/i);
    await two.quiet();
    await one.callOver();
  });

  stage.test(`${caller} gives up before ${called} answers`, async () => {
    const [one, two] = await stage.desksOf([caller, 'agent1', { frequency: 523 }], [called, 'agent2', { frequency: 811 }]);
    await one.dial('agent2');
    await two.rings();
    await one.press('Hang up');
    await two.quiet();
    await one.says('You cancelled the call.');
  });
}

stage.test('a busy line is named', async () => {
  const peer = await phone('agent3');
  const one = await stage.desk('chromium', 'agent1', { frequency: 523 });
  const ringing = peer.incoming();
  await one.dial('agent3');
  await (await ringing).refuse(486, 'Busy Here');
  await one.says('The line is busy.');
});

stage.test('a name that does not exist is named, and so is one that is not there', async () => {
  const one = await stage.desk('chromium', 'agent1', { frequency: 523 });
  await one.dial('nobody-of-that-name');
  await one.says('This name or number does not exist.');
  await one.dial('agent4');
  await one.says('Not reachable at the moment.');
});

stage.test('history lists what happened, for both sides', async () => {
  const [one, two] = await stage.desksOf(['chromium', 'agent1', { frequency: 523 }], ['chromium', 'agent2', { frequency: 811 }]);
  await one.dial('agent2');
  await two.answer();
  await one.inCall(two.name);
  await one.press('Hang up');
  await Promise.all([one.callOver(), two.callOver()]);
  for (const [desk, direction, other] of [
    [one, 'Outgoing', two.name],
    [two, 'Incoming', one.name],
  ]) {
    await desk.press('History', { role: 'link' });
    await find(desk.page, 'heading', 'History');
    await desk.says(other);
    await desk.says(direction);
    await desk.says('Answered');
  }
});
