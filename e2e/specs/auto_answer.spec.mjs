// Calls that are answered without their user: an intercom on a foreign PBX (Debian's Kamailio, which asserts who calls). Whom the
// configuration trusts is let through where the user wants that, after a beep, without the camera; everybody else rings.

import assert from 'node:assert/strict';
import { after } from 'node:test';
import { assertHears } from '../support/audio.mjs';
import { find, gone } from '../support/controls.mjs';
import { kamailio } from '../support/kamailio.mjs';
import { MediaPeer } from '../support/media_peer.mjs';
import { testPages } from '../support/pages.mjs';
import { SipPeer } from '../support/sip_peer.mjs';
import { setStage } from '../support/stage.mjs';
import { Switchboard } from '../support/switchboard.mjs';
import { until } from '../support/wait.mjs';

const [USER, CALLER] = [523, 811];
/** Of the beep, and the first note of the ring. */
const [BEEP, RING] = [1318.5, 659.3];
const ANSWERED = 'Answered automatically';
const ALLOW = 'Let trusted callers through without asking me';
const INTERCOM = (seconds) => ['Call-Info', `<sip:portico.test>;answer-after=${seconds}`];

let pbx;
after(() => pbx?.stop());

const stage = setStage({
  start: async () => {
    pbx = await kamailio();
    return Switchboard.serve({ pbx: { url: pbx.url, domain: pbx.domain, password: pbx.password, trusted: ['sip:boss@portico.test'] } });
  },
});

/** Runs in the page before its own script: what the page itself plays (no call) is listened to, fifty times a second. */
function listenToPage(frequencies) {
  const own = (window.__own = []);
  const connect = AudioNode.prototype.connect;
  const taps = new WeakMap();
  AudioNode.prototype.connect = function (target, ...rest) {
    if (target instanceof AudioDestinationNode) {
      const { context } = target;
      if (!taps.has(context)) {
        const analyser = context.createAnalyser();
        analyser.fftSize = 2048;
        analyser.smoothingTimeConstant = 0;
        taps.set(context, analyser);
        const bins = new Float32Array(analyser.frequencyBinCount);
        setInterval(() => {
          analyser.getFloatFrequencyData(bins);
          const level = (frequency) => bins[Math.round((frequency * analyser.fftSize) / context.sampleRate)];
          own.push({ at: performance.now(), levels: frequencies.map(level) });
        }, 20);
      }
      connect.call(this, taps.get(context));
    }
    return connect.call(this, target, ...rest);
  };
}

/** When a sound of the page was heard, in milliseconds of its clock. */
const heard = (desk, which) => desk.page.evaluate((which) => window.__own.filter(({ levels }) => levels[which] > -50).map(({ at }) => at), which);
const beeps = (desk) => heard(desk, 0);

/** Until it has rung twice: whoever is let through does not ring for as long. */
const ringsOn = (desk) =>
  until('the ring to come again', async () => {
    const times = await heard(desk, 1);
    return times.length > 0 && times.at(-1) - times[0] > 2500;
  });

/** Agent 1 at a desk in `browser`, and a caller with media in the other one, or in `beside`. */
async function scene(browser, caller, wants, beside = browser === 'firefox' ? 'chromium' : 'firefox') {
  const pages = await testPages();
  stage.later(() => pages.close());
  const media = await MediaPeer.open(await stage.browsers.get(beside), pages, { frequency: CALLER });
  stage.later(() => media.close());
  const sip = await SipPeer.connect(pbx.url, { user: caller, domain: pbx.domain, password: pbx.password });
  stage.later(() => sip.close());
  assert.equal((await sip.register()).status, 200);
  const desk = await stage.desk(browser, 'agent1', { frequency: USER, prepare: (page) => page.evaluateOnNewDocument(listenToPage, [BEEP, RING]) });
  if (wants) {
    await (await find(desk.page, 'link', 'Settings')).click();
    const box = await find(desk.page, 'checkbox', ALLOW);
    assert.equal(await box.evaluate((input) => input.checked), false, 'off until the user wants it');
    await box.click();
    await (await find(desk.page, 'link', 'Desk')).click();
  }
  return { desk, media, sip };
}

/** A call: what becomes of it, and its dialog as soon as it rings. */
function calls({ sip }, offer, headers) {
  const call = {};
  call.ringing = new Promise((resolve) => {
    call.answered = sip.invite('agent1', offer, { headers, onProvisional: ({ status }, dialog) => status === 180 && resolve(dialog) });
  });
  // Refused is an answer too, for whoever waits for one.
  call.answered.catch(() => {});
  return call;
}

const presses = async ({ sip }, dialog, key) =>
  (await sip.inDialog('NOTIFY', dialog, { headers: [['Event', key], ['Subscription-State', 'active']] })).status;

/** The desk offers anew: hold, or its end. */
async function offered({ sip, media }) {
  const again = await sip.incoming();
  await again.accept(await media.answerAgain(again.offer));
  return again.offer;
}

const bothWays = ({ desk, media }) =>
  Promise.all([assertHears(desk.page, { present: [CALLER], absent: [USER] }), assertHears(media.page, { present: [USER], absent: [CALLER] })]);

/** When the page said or was told this first. */
const moment = async (desk, direction, begin) => (await desk.sip()).find((sent) => sent.direction === direction && begin.test(sent.text)).at;

for (const browser of ['chromium', 'firefox']) {
  stage.test(`${browser}: a trusted caller is let through after the time and a beep, and sees nothing`, async () => {
    const all = await scene(browser, 'boss', true);
    const { desk, media, sip } = all;
    const { dialog, answer } = await calls(all, await media.offer({ video: true }), [INTERCOM(2)]).answered;
    await media.accept(answer);
    await desk.inCall('boss');
    await bothWays(all);
    await desk.says(ANSWERED);
    const [came, went, sounds] = await Promise.all([moment(desk, 'in', /^INVITE /), moment(desk, 'out', /^SIP\/2.0 200[^]*CSeq: \d+ INVITE/), beeps(desk)]);
    assert.ok(went - came >= 2000, `answered after ${went - came} ms`);
    assert.ok(sounds.length > 5 && sounds[0] >= came + 2000 && sounds.at(-1) < went, `the beep ${sounds[0]}-${sounds.at(-1)} is over before the answer ${went}`);
    const video = answer.split(/^m=/m).find((section) => section.startsWith('video'));
    assert.ok(!video || video.startsWith('video 0 ') || /^a=(recvonly|inactive)/m.test(video), 'no picture is promised');
    const pictures = () => window.__probe.peers.flatMap((peer) => peer.getSenders()).filter(({ track }) => track?.kind === 'video').length;
    assert.equal(await desk.page.evaluate(pictures), 0, 'and none is sent');
    assert.equal((await sip.hangUp(dialog)).status, 200);
    await desk.callOver();
  });

  // Firefox agrees on keys once per connection: only Chromium is heard again by a connection that it keeps.
  stage.test(`${browser}: that nobody was asked is still said after a reload`, async () => {
    const all = await scene(browser, 'boss', true, 'chromium');
    const { desk, media, sip } = all;
    const { dialog, answer } = await calls(all, await media.offer(), [INTERCOM(0)]).answered;
    await media.accept(answer);
    await bothWays(all);
    await desk.reload();
    const again = await sip.incoming();
    dialog.target = (await again.accept(await media.answerAgain(again.offer))).target;
    await desk.inCall('boss');
    await desk.says(ANSWERED);
    await desk.loud();
    await bothWays(all);
    assert.equal((await sip.hangUp(dialog)).status, 200);
    await desk.callOver();
  });

  stage.test(`${browser}: a stranger rings, whatever it says of itself, and has no keys`, async () => {
    const all = await scene(browser, 'stranger', true);
    const { desk, media, sip } = all;
    const asBoss = ['P-Asserted-Identity', '<sip:boss@portico.test>'];
    const call = calls(all, await media.offer(), [INTERCOM(0), asBoss, ['Answer-Mode', 'Auto']]);
    const dialog = await call.ringing;
    await desk.rings();
    assert.equal(await presses(all, dialog, 'talk'), 403);
    await ringsOn(desk);
    await desk.rings();
    await desk.answer();
    await media.accept((await call.answered).answer);
    await bothWays(all);
    assert.equal(await presses(all, dialog, 'hold'), 403);
    await bothWays(all);
    assert.deepEqual(await beeps(desk), []);
    await gone(desk.page, 'button', 'Resume');
    assert.ok(!(await desk.text()).includes(ANSWERED));
    assert.equal((await sip.hangUp(dialog)).status, 200);
    await desk.callOver();
  });

  stage.test(`${browser}: who is trusted rings where the user has not asked for more`, async () => {
    const all = await scene(browser, 'boss', false);
    const { desk, media, sip } = all;
    const call = calls(all, await media.offer(), [INTERCOM(0), ['Priv-Answer-Mode', 'Auto']]);
    const dialog = await call.ringing;
    await desk.rings();
    await presses(all, dialog, 'talk');
    await ringsOn(desk);
    await desk.answer();
    await media.accept((await call.answered).answer);
    await bothWays(all);
    await presses(all, dialog, 'hold');
    await bothWays(all);
    assert.deepEqual(await beeps(desk), []);
    assert.ok(!(await desk.text()).includes(ANSWERED));
    assert.equal((await sip.hangUp(dialog)).status, 200);
    await desk.callOver();
  });

  stage.test(`${browser}: the keys of a trusted caller answer, hold and resume`, async () => {
    const all = await scene(browser, 'boss', true);
    const { desk, media, sip } = all;
    const call = calls(all, await media.offer(), []);
    const dialog = await call.ringing;
    await desk.rings();
    await ringsOn(desk);
    assert.deepEqual(await beeps(desk), [], 'who only calls rings');
    assert.equal(await presses(all, dialog, 'talk'), 200);
    await media.accept((await call.answered).answer);
    await bothWays(all);
    const before = (await beeps(desk)).length;
    assert.ok(before > 5);

    const held = offered(all);
    assert.equal(await presses(all, dialog, 'hold'), 200);
    assert.match(await held, /^a=(sendonly|inactive)/m);
    await find(desk.page, 'button', 'Resume');
    await assertHears(media.page, { absent: [USER], open: false });
    assert.equal((await beeps(desk)).length, before, 'silence needs no beep');

    const resumed = offered(all);
    assert.equal(await presses(all, dialog, 'talk'), 200);
    assert.match(await resumed, /^a=sendrecv/m);
    assert.ok((await beeps(desk)).length > before + 5, 'another one before it is heard again');
    await bothWays(all);
    assert.equal((await sip.hangUp(dialog)).status, 200);
    await desk.callOver();
  });
}
