// A minimal phone on SIP.js with its defaults: registers and calls.

import { Inviter, Registerer, RegistererState, SessionState, UserAgent } from 'sip.js';

let call;

window.start = async ({ url, domain, user, password, iceServers }) => {
  const ua = new UserAgent({
    uri: UserAgent.makeURI(`sip:${user}@${domain}`),
    transportOptions: { server: url },
    authorizationUsername: user,
    authorizationPassword: password,
    sessionDescriptionHandlerFactoryOptions: { peerConnectionConfiguration: { iceServers } },
    logBuiltinEnabled: false,
  });
  await ua.start();
  const registerer = new Registerer(ua);
  await new Promise((resolve, reject) => {
    registerer.stateChange.addListener((state) => state === RegistererState.Registered && resolve());
    registerer.register({ requestDelegate: { onReject: (response) => reject(new Error(`SIP.js: registration failed: ${response.message.statusCode}`)) } }).catch(reject);
  });
  window.dial = (target) => {
    window.__clock.dialled = performance.now();
    call = new Inviter(ua, UserAgent.makeURI(`sip:${target}@${domain}`), { sessionDescriptionHandlerOptions: { constraints: { audio: true, video: false } } });
    call.invite();
  };
  window.hangUp = () => {
    if (call?.state === SessionState.Established) return call.bye();
    if (call?.state === SessionState.Establishing) return call.cancel();
    return undefined;
  };
};

window.ready = true;
