// A JsSIP user agent in a page: the independent peer that registers and exchanges calls with the desk.

import { openPage } from './browsers.mjs';
import { until } from './wait.mjs';

/** One JsSIP phone; its remote audio plays in `audio.remote-audio`, like that of the desk. */
export class JsSipPhone {
  constructor(opened) {
    Object.assign(this, opened);
  }

  static async open(browser, pages, { url, user, password, domain = 'portico.test', frequency, hue }) {
    const phone = new JsSipPhone(await openPage(browser, { frequency, hue, type: 'window' }));
    await phone.page.goto(`${pages.origin}/jssip`);
    await phone.page.click('button');
    await phone.page.evaluate(
      ({ url, user, password, domain }) => {
        const state = (window.phone = { registered: false, failed: undefined, sessions: [], ended: [] });
        const agent = new JsSIP.UA({
          sockets: [new JsSIP.WebSocketInterface(url)],
          uri: `sip:${user}@${domain}`,
          password,
          register: true,
          session_timers: false,
          user_agent: 'JsSIP test phone',
        });
        state.agent = agent;
        const listen = (connection) =>
          connection.addEventListener('track', (event) => {
            const element = document.createElement(event.track.kind === 'audio' ? 'audio' : 'video');
            element.className = `remote-${event.track.kind}`;
            element.autoplay = true;
            element.playsInline = true;
            element.muted = event.track.kind === 'video';
            element.srcObject = new MediaStream([event.track]);
            document.body.append(element);
          });
        agent.on('registered', () => (state.registered = true));
        agent.on('unregistered', () => (state.registered = false));
        agent.on('registrationFailed', (event) => (state.failed = event.cause));
        agent.on('newRTCSession', ({ session, originator }) => {
          const call = { session, originator, accepted: false, muted: [], held: false };
          state.sessions.push(call);
          session.on('confirmed', () => (call.accepted = true));
          session.on('hold', () => (call.held = true));
          session.on('unhold', () => (call.held = false));
          session.on('newDTMF', ({ dtmf, originator: from }) => (call.dtmf ??= []).push(`${from} ${dtmf.tone}`));
          session.on('ended', (event) => state.ended.push(event.cause));
          session.on('failed', (event) => state.ended.push(event.cause));
          if (session.connection) listen(session.connection);
          else session.on('peerconnection', ({ peerconnection }) => listen(peerconnection));
        });
        agent.start();
      },
      { url, user, password, domain },
    );
    return phone;
  }

  state() {
    return this.page.evaluate(() => ({
      registered: phone.registered,
      failed: phone.failed,
      ended: phone.ended,
      sessions: phone.sessions.map(({ originator, accepted, held, dtmf, session }) => ({ originator, accepted, held, dtmf, status: session.status })),
    }));
  }

  registered() {
    return until('JsSIP to be registered', async () => (await this.state()).registered, { timeout: 10_000 });
  }

  call(target, { video = false } = {}) {
    return this.page.evaluate(
      (target, video) => {
        phone.agent.call(target, { mediaConstraints: { audio: true, video }, pcConfig: { iceServers: [] } });
      },
      target,
      video,
    );
  }

  async answer({ video = false } = {}) {
    await until('JsSIP to be rung', async () => (await this.state()).sessions.some((call) => call.originator === 'remote' && !call.accepted));
    await this.page.evaluate((video) => {
      phone.sessions.at(-1).session.answer({ mediaConstraints: { audio: true, video }, pcConfig: { iceServers: [] } });
    }, video);
  }

  inCall() {
    return until('JsSIP to be in a call', async () => (await this.state()).sessions.at(-1)?.accepted, { timeout: 10_000 });
  }

  hangUp() {
    return this.page.evaluate(() => phone.sessions.at(-1).session.terminate());
  }

  ended(count = 1) {
    return until('the call to end at JsSIP', async () => (await this.state()).ended.length >= count);
  }

  async close() {
    await this.page.evaluate(() => phone.agent.stop()).catch(() => {});
    await this.context.close();
  }
}
