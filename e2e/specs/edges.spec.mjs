// A desk with two edges of one PBX: a socket to each, and the one that carries a call is killed. Nobody notices: the sound goes on, the
// page says nothing, and what is done in the call takes the other edge.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { assertHears } from '../support/audio.mjs';
import { Baresip } from '../support/baresip.mjs';
import { BROWSERS } from '../support/browsers.mjs';
import { kamailio } from '../support/kamailio.mjs';
import { rtpengine } from '../support/rtpengine.mjs';
import { setStage } from '../support/stage.mjs';
import { Switchboard } from '../support/switchboard.mjs';
import { until } from '../support/wait.mjs';

const [TONE, VOICE] = [659, 1123];
const LOST = /connection .*lost|reconnecting/i;

let media, pbx, station;
const stage = setStage({ start: async () => undefined });
before(async () => {
  media = await rtpengine();
});
after(() => media?.stop());

/** Each kills an edge, so each has a PBX of its own. */
const start = async () => {
  pbx = await kamailio({ rtpengine: media.control, edges: 2 });
  station = await Baresip.start({ user: 'gate', domain: pbx.domain, password: pbx.password, proxy: pbx.port, tone: TONE });
  stage.later(() => station.stop());
  stage.later(() => pbx.stop());
  return Switchboard.serve({ pbx: { url: pbx.url, further: pbx.urls.slice(1), domain: pbx.domain, password: pbx.password } });
};

for (const browser of BROWSERS) {
  stage.alone(`${browser}: the edge that carries a call is killed, and the call does not show it`, start, async () => {
    // Edges have addresses of their own, and a browser reports each failed attempt to reach a server that is not there.
    stage.expect(/to another host: (?:ws|http):\/\/127\.0\.0\.[23]:|WebSocket connection to|can’t establish a connection|was interrupted while|ERR_CONNECTION_REFUSED/);
    const desk = await stage.desk(browser, 'agent1', { frequency: VOICE });
    const registered = ({ direction, text }) => direction === 'in' && /^SIP\/2\.0 200/.test(text) && /^CSeq: *\d+ REGISTER/im.test(text);
    await until('both edges to be registered', async () => {
      const seen = new Set((await desk.sip()).filter(registered).map(({ url }) => url));
      return pbx.urls.every((url) => seen.has(url));
    });

    station.ring(`sip:agent1@${pbx.domain}`);
    await desk.rings();
    await desk.answer();
    await station.event('CALL_ESTABLISHED');
    const sounds = () => Promise.all([assertHears(desk.page, { present: [TONE], absent: [VOICE] }), station.hears(VOICE, { absent: [TONE] })]);
    await sounds();

    const answered = ({ direction, text }) => direction === 'out' && /^SIP\/2\.0 200/.test(text) && /^CSeq: *\d+ INVITE/im.test(text);
    const carrying = (await desk.sip()).findLast(answered).url;
    const other = pbx.urls.find((url) => url !== carrying);
    await desk.page.evaluate((lost) => {
      window.__said = [];
      const look = () => document.body.innerText.match(new RegExp(lost, 'i')) && window.__said.push(document.body.innerText);
      new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
    }, LOST.source);
    await pbx.killEdge(pbx.urls.indexOf(carrying));

    const sent = async (method) =>
      (await desk.sip()).filter(({ direction, text, url }) => direction === 'out' && url === other && text.startsWith(method)).length;
    await until('the way to be repaired over the other edge', async () => (await sent('ACK ')) === 1);
    await sounds();
    await desk.press('Hold');
    await until('hold to be agreed', async () => (await sent('ACK ')) === 2);
    await assertHears(desk.page, { absent: [TONE], open: false });
    await desk.press('Resume');
    await sounds();
    await desk.press('Hang up');
    await Promise.all([desk.callOver(), station.event('CALL_CLOSED')]);
    assert.deepEqual(await desk.page.evaluate(() => window.__said), [], 'the page speaks of no outage');

    // And the desk is rung as before.
    station.ring(`sip:agent1@${pbx.domain}`);
    await desk.rings();
    await desk.answer();
    await station.event('CALL_ESTABLISHED');
    await sounds();
    await desk.press('Hang up');
    await Promise.all([desk.callOver(), station.event('CALL_CLOSED')]);
  });
}
