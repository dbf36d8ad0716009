// The same app on a PBX that is not ours: Debian's Kamailio with digest, Path and Record-Route.

import assert from 'node:assert/strict';
import { after } from 'node:test';
import { assertHears } from '../support/audio.mjs';
import { kamailio } from '../support/kamailio.mjs';
import { setStage } from '../support/stage.mjs';
import { Switchboard } from '../support/switchboard.mjs';

let pbx;
after(() => pbx?.stop());

const stage = setStage({
  start: async () => {
    pbx = await kamailio();
    return Switchboard.serve({ pbx: { url: pbx.url, domain: pbx.domain, password: pbx.password } });
  },
});

for (const [caller, called] of [
  ['chromium', 'firefox'],
  ['firefox', 'chromium'],
]) {
  stage.test(`${caller} calls ${called} through Kamailio`, async () => {
    const [ada, grace] = await stage.desksOf([caller, 'agent1', { frequency: 523 }], [called, 'agent2', { frequency: 811 }]);
    await ada.dial('agent2');
    await grace.answer();
    await Promise.all([ada.inCall(grace.name), grace.inCall(ada.name)]);
    await Promise.all([
      assertHears(ada.page, { present: [811], absent: [523] }),
      assertHears(grace.page, { present: [523], absent: [811] }),
    ]);
    const sent = await ada.sip();
    const socket = new Set(sent.map(({ url }) => url));
    assert.deepEqual([...socket], [pbx.url], 'SIP goes to the PBX and nowhere else');
    assert.ok(sent.some(({ direction, text }) => direction === 'in' && /^Record-Route:/im.test(text)), 'Record-Route is in use');
    assert.ok(sent.some(({ direction, text }) => direction === 'in' && text.startsWith('SIP/2.0 200') && /^Path:/im.test(text)), 'Path is in use');
    await ada.press('Hold');
    await assertHears(grace.page, { absent: [523], open: false });
    await ada.press('Resume');
    await assertHears(grace.page, { present: [523] });
    await grace.press('Hang up');
    await Promise.all([ada.callOver(), grace.callOver()]);
  });
}
