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
    const [ada, grace] = await stage.desksOf([caller, 'agent1', { frequency: 523 }], [called, 'agent2', { frequency: 811 }]);
    await ada.dial('agent2');
    await grace.reject();
    await ada.says(/declined|busy/i);
    await grace.quiet();
    await ada.callOver();
  });

  stage.test(`${caller} gives up before ${called} answers`, async () => {
    const [ada, grace] = await stage.desksOf([caller, 'agent1', { frequency: 523 }], [called, 'agent2', { frequency: 811 }]);
    await ada.dial('agent2');
    await grace.rings();
    await ada.press('Hang up');
    await grace.quiet();
    await ada.says('You cancelled the call.');
  });
}

stage.test('a busy line is named', async () => {
  const peer = await phone('agent3');
  const ada = await stage.desk('chromium', 'agent1', { frequency: 523 });
  const ringing = peer.incoming();
  await ada.dial('agent3');
  await (await ringing).refuse(486, 'Busy Here');
  await ada.says('The line is busy.');
});

stage.test('a name that does not exist is named, and so is one that is not there', async () => {
  const ada = await stage.desk('chromium', 'agent1', { frequency: 523 });
  await ada.dial('nobody-of-that-name');
  await ada.says('This name or number does not exist.');
  await ada.dial('agent4');
  await ada.says('Not reachable at the moment.');
});

stage.test('history lists what happened, for both sides', async () => {
  const [ada, grace] = await stage.desksOf(['chromium', 'agent1', { frequency: 523 }], ['chromium', 'agent2', { frequency: 811 }]);
  await ada.dial('agent2');
  await grace.answer();
  await ada.inCall(grace.name);
  await ada.press('Hang up');
  await Promise.all([ada.callOver(), grace.callOver()]);
  for (const [desk, direction, other] of [
    [ada, 'Outgoing', grace.name],
    [grace, 'Incoming', ada.name],
  ]) {
    await desk.press('History', { role: 'link' });
    await find(desk.page, 'heading', 'History');
    await desk.says(other);
    await desk.says(direction);
    await desk.says('Answered');
  }
});
