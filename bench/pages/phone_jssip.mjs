// A minimal phone on JsSIP with its defaults: registers, calls, answers at once.

import JsSIP from 'jssip';

let ua;
let call;

window.start = ({ url, domain, user, password, iceServers, answers }) =>
  new Promise((resolve, reject) => {
    ua = new JsSIP.UA({ sockets: [new JsSIP.WebSocketInterface(url)], uri: `sip:${user}@${domain}`, password, session_timers: false });
    ua.on('registered', resolve);
    ua.on('registrationFailed', ({ cause }) => reject(new Error(`JsSIP: registration failed: ${cause}`)));
    ua.on('newRTCSession', ({ session }) => {
      call = session;
      if (session.direction === 'incoming' && answers) {
        session.answer({ mediaConstraints: { audio: true, video: false }, pcConfig: { iceServers } });
      }
    });
    window.dial = (target) => {
      window.__clock.dialled = performance.now();
      call = ua.call(`sip:${target}@${domain}`, { mediaConstraints: { audio: true, video: false }, pcConfig: { iceServers } });
    };
    window.hangUp = () => call && !call.isEnded() && call.terminate();
    ua.start();
  });

window.ready = true;
