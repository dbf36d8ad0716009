// A plain telephone at a PBX that bridges its RTP to browsers: Debian's baresip, Kamailio and rtpengine.

import { after } from 'node:test';
import { Baresip } from './baresip.mjs';
import { kamailio } from './kamailio.mjs';
import { rtpengine } from './rtpengine.mjs';

/** Starts all three once it is called; they end with the file. Hands over the telephone, and the PBX as a switchboard is told of it. */
export function plainPhone(user, tone) {
  const running = [];
  after(async () => {
    for (const each of running.reverse()) await each.stop();
  });
  return async () => {
    const media = await rtpengine();
    running.push(media);
    const server = await kamailio({ rtpengine: media.control });
    running.push(server);
    const { url, domain, password } = server;
    const phone = await Baresip.start({ user, domain, password, proxy: server.port, tone });
    running.push(phone);
    return { phone, pbx: { url, domain, password } };
  };
}
