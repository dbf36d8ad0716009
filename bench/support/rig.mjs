// One Kamailio, one Chromium, one callee that answers at once, and the three callers, all registered there.

import { kamailio } from '../../e2e/support/kamailio.mjs';
import { close, launch } from '../../e2e/support/browsers.mjs';
import { Switchboard } from '../../e2e/support/switchboard.mjs';
import { bundle } from './build.mjs';
import { desk, libraryPhone, PAGES } from './phones.mjs';
import { serve } from './serve.mjs';

export const CALLEE = 'agent4';

/** `stun`: the STUN URL that all three callers are given. */
export async function rig({ stun } = {}) {
  const folder = await bundle('phone_jssip');
  await bundle('phone_sipjs');
  const server = await serve({ pages: PAGES, folders: [folder] });
  const pbx = await kamailio();
  const board = await Switchboard.serve({ pbx, ...(stun ? { ice: { stun: [stun] } } : {}) });
  const browser = await launch('chromium');
  const account = (user) => ({ url: pbx.url, domain: pbx.domain, user, password: pbx.password });
  const iceServers = stun ? [{ urls: [stun] }] : [];
  const callee = await libraryPhone(browser, server, 'jssip', { ...account(CALLEE), iceServers: [], answers: true });
  const callers = {
    desk: await desk(browser, board, 'agent1'),
    JsSIP: await libraryPhone(browser, server, 'jssip', { ...account('agent2'), iceServers, answers: false }),
    'SIP.js': await libraryPhone(browser, server, 'sipjs', { ...account('agent3'), iceServers }),
  };
  return {
    browser,
    callee,
    callers,
    async stop() {
      await close(browser);
      await board.stop();
      await pbx.stop();
      await server.stop();
    },
  };
}
