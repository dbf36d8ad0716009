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
    const [one, two] = await stage.desksOf([caller, 'agent1', { frequency: 523 }], [called, 'agent2', { frequency: 811 }]);
    await one.dial('agent2');
    await two.answer();
    await Promise.all([one.inCall(two.name), two.inCall(one.name)]);
    await Promise.all([
      assertHears(one.page, { present: [811], absent: [523] }),
      assertHears(two.page, { present: [523], absent: [811] }),
    ]);
    const sent = await one.sip();
    const socket = new Set(sent.map(({ url }) => url));
    assert.deepEqual([...socket], [pbx.url], 'SIP goes to the PBX and nowhere else');
    assert.ok(sent.some(({ direction, text }) => direction === 'in' && /^Record-Route:/im.test(text)), 'Record-Route is in use');
    assert.ok(sent.some(({ direction, text }) => direction === 'in' && text.startsWith('SIP/2.0 200') && /^Path:/im.test(text)), 'Path is in use');
    await one.press('Hold');
    await assertHears(two.page, { absent: [523], open: false });
    await one.press('Resume');
    await assertHears(two.page, { present: [523] });
    await two.press('Hang up');
    await Promise.all([one.callOver(), two.callOver()]);
  });
}
