// Torture messages through a real socket into the open page: it stays usable and shows no HTML.

import assert from 'node:assert/strict';
import { assertHears } from '../support/audio.mjs';
import { BROWSERS } from '../support/browsers.mjs';
import { present, press } from '../support/controls.mjs';
import { MediaPeer } from '../support/media_peer.mjs';
import { testPages } from '../support/pages.mjs';
import { build, token, uriOf } from '../support/sip_message.mjs';
import { SipPeer } from '../support/sip_peer.mjs';
import { setStageAtPbx } from '../support/sip_server.mjs';
import { MARKUP, frame, rfcMessages, smuggling } from '../support/torture.mjs';
import { until } from '../support/wait.mjs';

const stage = setStageAtPbx();

/** Sends OPTIONS and waits for the answer: everything before it has been worked off by then. */
async function workedOff(contact) {
  const sip = await stage.pbx.registered();
  const callId = token(10);
  sip.send(
    build(`OPTIONS ${contact(sip)} SIP/2.0`, [
      ['Via', `SIP/2.0/WS probe.invalid;branch=z9hG4bK${token(8)}`],
      ['Max-Forwards', '70'],
      ['From', `<sip:probe@portico.test>;tag=${token(4)}`],
      ['To', '<sip:agent1@portico.test>'],
      ['Call-ID', callId],
      ['CSeq', '1 OPTIONS'],
    ]),
  );
  return sip.take('answer to OPTIONS', (message) => message.status && message.get('call-id') === callId, 5000);
}

const contactOf = (sip) => uriOf(sip.registrations.at(-1).get('contact'));

/** Nothing but the page's own elements: a fingerprint of what kinds there are. */
const foreignElements = (page) =>
  page.evaluate(() => ({
    strange: [...document.querySelectorAll('body iframe, body script:not([src]), body img, body b, body object, body embed')].map((each) => each.outerHTML.slice(0, 80)),
    title: document.title,
  }));

for (const browser of BROWSERS) {
  stage.test(`${browser}: all messages of RFC 4475 and RFC 5118, then a call`, async (t) => {
    const pages = await testPages();
    stage.later(() => pages.close());
    const desk = await stage.desk(browser, 'agent1', { frequency: 523 });
    const { title } = await foreignElements(desk.page);
    let rang = 0;
    let answered = 0;
    for (const { name, bytes } of rfcMessages()) {
      const sip = await stage.pbx.registered();
      sip.send(frame(bytes));
      const alive = await workedOff(contactOf).catch((error) => assert.fail(`after ${name}: ${error.message}`));
      assert.equal(alive.status, 200, `after ${name}`);
      // Looked up by attribute here: the tree of names is slow to ask for, and it is asked sixty times.
      if (await desk.page.$('[role="alertdialog"]')) {
        rang += 1;
        const popup = await desk.rings();
        await press(popup, 'Reject');
        await desk.quiet();
      }
      answered += sip.messages.splice(0).filter((message) => message.status).length;
      const shown = await foreignElements(desk.page);
      assert.deepEqual(shown.strange, [], `after ${name}`);
    }
    t.diagnostic(`${rang} messages rang, ${answered} were answered`);
    assert.ok(answered > 5, 'the page answers requests that are none of its business');
    await until('the title to be back', async () => (await foreignElements(desk.page)).title === title);
    await desk.ready();

    // The same page takes a real call through the same socket.
    const media = await MediaPeer.open(await stage.browsers.get('chromium'), pages, { frequency: 811 });
    stage.later(() => media.close());
    const sip = await stage.pbx.registered();
    const peer = new SipPeer(sip, { user: 'agent2', password: 'any' });
    const calling = peer.invite(contactOf(sip), await media.offer());
    await desk.answer();
    const { dialog, answer } = await calling;
    await media.accept(answer);
    await Promise.all([assertHears(desk.page, { present: [811] }), assertHears(media.page, { present: [523] })]);
    await peer.hangUp(dialog);
    await desk.callOver();
  });

  stage.test(`${browser}: markup in every header is shown as text, and nothing is fetched for it`, async () => {
    const desk = await stage.desk(browser, 'agent1', { frequency: 523 });
    const sdp = 'v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 192.0.2.9\r\na=rtpmap:111 opus/48000/2\r\na=fingerprint:sha-256 ' + Array(32).fill('AA').join(':') + '\r\na=setup:actpass\r\na=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\na=rtcp-mux\r\na=mid:0\r\n';
    for (const text of MARKUP) {
      const sip = await stage.pbx.registered();
      sip.send(smuggling(contactOf(sip), text, { sdp }));
      const popup = await desk.rings();
      const shown = await popup.evaluate((element) => element.textContent);
      const { strange } = await foreignElements(desk.page);
      assert.deepEqual(strange, [], text);
      assert.ok(shown.includes(text.slice(0, 8)) || shown.includes('smuggler'), `shown as text: ${shown.slice(0, 200)}`);
      await press(popup, 'Reject');
      const refusal = await sip.take('refusal', (message) => message.status >= 300 && message.cseqMethod === 'INVITE');
      assert.ok(refusal.status >= 480);
      await desk.quiet();
    }
    // Firefox reports the opening of a socket as a request to its host.
    const known = [stage.board.url, stage.pbx.url].map((url) => new URL(url).host);
    const elsewhere = desk.watch.requests.filter((url) => /^(http|ws)/.test(url) && !known.includes(new URL(url).host));
    assert.deepEqual(elsewhere, []);
  });

  stage.test(`${browser}: what is no SIP at all, and sizes beyond any limit`, async () => {
    const desk = await stage.desk(browser, 'agent1', { frequency: 523 });
    const sip = await stage.pbx.registered();
    const contact = contactOf(sip);
    const junk = ['', '\0', 'hello', '\r\n\r\n\r\n', 'SIP/2.0 999999 x\r\n\r\n', `INVITE ${contact} SIP/2.0\r\n\r\n`, 'x'.repeat(1_000_000), Buffer.from([0xff, 0xfe, 0x00]), Buffer.alloc(200_000, 0x41)];
    for (const data of junk) {
      const current = await stage.pbx.registered();
      current.send(data);
      const alive = await workedOff(contactOf);
      assert.equal(alive.status, 200, `after ${String(data).slice(0, 40)}`);
    }
    await desk.ready();
    assert.equal(await present(desk.page, 'alertdialog', 'Incoming call'), false);
  });
}
