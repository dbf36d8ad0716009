// The smallest possible PBX: lets anybody register and then says exactly what the test wants it to say.

import { WebSocketServer } from 'ws';
import { after } from 'node:test';
import { freePort } from './net.mjs';
import { respond, token } from './sip_message.mjs';
import { SipSocket } from './sip_socket.mjs';
import { setStage } from './stage.mjs';
import { Switchboard } from './switchboard.mjs';
import { until } from './wait.mjs';

/**
 * Listens on `port`; every REGISTER is granted, or answered by what `registrar` of the result makes of it; every other request waits in the
 * socket for the test.
 */
async function sipServer(port, { host = '127.0.0.1' } = {}) {
  const connections = [];
  const self = {};
  const server = new WebSocketServer({ port, host, handleProtocols: (offered) => (offered.has('sip') ? 'sip' : false) });
  await new Promise((resolve) => server.once('listening', resolve));
  server.on('connection', (socket) => {
    const sip = new SipSocket(socket);
    sip.registrations = [];
    sip.onRequest = (request) => {
      if (request.method === 'REGISTER' && self.registrar) {
        sip.send(self.registrar(request));
        return true;
      }
      if (request.method === 'REGISTER') {
        sip.registrations.push(request);
        sip.send(respond(request, 200, 'OK', { tag: token(5), headers: [['Contact', `${request.get('contact')}`], ['Expires', '300']] }));
        return true;
      }
      if (request.method === 'OPTIONS') {
        sip.send(respond(request, 200, 'OK', { tag: token(5) }));
        return true;
      }
      return false;
    };
    connections.push(sip);
  });
  return Object.assign(self, {
    url: `ws://${host}:${port}/`,
    connections,
    /** The newest connection on which somebody has registered. */
    registered: () => until('a registration', () => connections.findLast((each) => each.open && each.registrations.length > 0), { timeout: 15_000 }),
    /** Ends every connection; new ones are taken. */
    drop() {
      for (const each of connections) each.close();
    },
    close() {
      this.drop();
      server.close();
    },
  });
}

/** A stage whose desks register at such a PBX: `stage.pbx`, which ends with the file. */
export function setStageAtPbx() {
  const stage = setStage({
    start: async (stage) => {
      stage.pbx = await sipServer(await freePort());
      return Switchboard.serve({ pbx: { url: stage.pbx.url, domain: 'portico.test', password: 'any' } });
    },
  });
  after(() => stage.pbx?.close());
  return stage;
}
