// A SIP client of few words, in node: registers on a WebSocket, places and takes calls, and lets the test see
// and write every message. Its media is whatever SDP the test hands it.

import WebSocket from 'ws';
import { build, challenges, credentials, respond, tagOf, token, uriOf } from './sip_message.mjs';
import { SipSocket } from './sip_socket.mjs';

/** Opens a SIP WebSocket. Without `origin` it looks like a native client. */
export function connect(url, { origin, protocol = 'sip' } = {}) {
  const socket = new WebSocket(url, protocol, { origin, perMessageDeflate: false });
  const sip = new SipSocket(socket);
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(sip));
    socket.once('unexpected-response', (_request, response) => reject(Object.assign(new Error(`upgrade refused: ${response.statusCode}`), { status: response.statusCode })));
    socket.once('error', reject);
  });
}

/** One user of the raw client. */
export class SipPeer {
  constructor(sip, { user, name, domain = 'portico.test', password, authUser = user, algorithm }) {
    Object.assign(this, { sip, user, name, domain, password, authUser, algorithm });
    this.contact = `sip:${token(5)}@${token(5)}.invalid;transport=ws`;
    this.aor = `sip:${user}@${domain}`;
    this.instance = `urn:uuid:00000000-0000-4000-8000-${token(6)}`;
    this.registerId = token(10);
    this.registerSequence = 0;
  }

  static async connect(url, options) {
    return new SipPeer(await connect(url, options), options);
  }

  #via() {
    return `SIP/2.0/WS ${token(5)}.invalid;branch=z9hG4bK${token(8)}`;
  }

  /** Sends a request built by `make(authorization, cseq)`, answers one challenge, returns the final response. */
  async #transact(method, uri, make, { timeout = 8000, onProvisional } = {}) {
    let authorization;
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const request = make(authorization);
      const callId = /^Call-ID: (.*)$/m.exec(request)[1].trim();
      const cseq = /^CSeq: (.*)$/m.exec(request)[1].trim();
      this.sip.send(request);
      let response;
      do {
        response = await this.sip.take(
          `response to ${method}`,
          (message) => message.status && message.get('call-id') === callId && message.get('cseq') === cseq,
          timeout,
        );
        if (response.status < 200) onProvisional?.(response);
      } while (response.status < 200);
      if (method === 'INVITE' && response.status >= 300) this.#acknowledgeFailure(request, response);
      if ((response.status !== 401 && response.status !== 407) || attempt > 0 || !this.password) return response;
      const offered = challenges(response);
      const chosen = offered.find((each) => !this.algorithm || each.algorithm === this.algorithm);
      if (!chosen) throw new Error(`no challenge for ${this.algorithm}: ${JSON.stringify(offered)}`);
      authorization = [
        response.status === 407 ? 'Proxy-Authorization' : 'Authorization',
        credentials(chosen, { user: this.authUser, password: this.password, method, uri }),
      ];
    }
    throw new Error('unreachable');
  }

  #acknowledgeFailure(request, response) {
    const line = (name) => new RegExp(`^${name}: (.*)$`, 'm').exec(request)?.[1].trim();
    const uri = request.split(' ')[1];
    this.sip.send(
      build(`ACK ${uri} SIP/2.0`, [
        ['Via', line('Via')],
        ['Max-Forwards', '70'],
        ['From', line('From')],
        ['To', response.get('to')],
        ['Call-ID', line('Call-ID')],
        ['CSeq', `${line('CSeq').split(' ')[0]} ACK`],
      ]),
    );
  }

  async register({ expires = 300 } = {}) {
    const uri = `sip:${this.domain}`;
    const tag = token(5);
    return this.#transact('REGISTER', uri, (authorization) => {
      this.registerSequence += 1;
      return build(`REGISTER ${uri} SIP/2.0`, [
        ['Via', this.#via()],
        ['Max-Forwards', '70'],
        ['From', `<${this.aor}>;tag=${tag}`],
        ['To', `<${this.aor}>`],
        ['Call-ID', this.registerId],
        ['CSeq', `${this.registerSequence} REGISTER`],
        ['Contact', `<${this.contact}>;+sip.instance="<${this.instance}>";reg-id=1;expires=${expires}`],
        ['Supported', 'path, outbound'],
        ...(authorization ? [authorization] : []),
      ]);
    });
  }

  /**
   * Calls `target` with the offer; resolves once answered, with the dialog and the answer in it. `onProvisional` gets each earlier
   * response, and the dialog as far as it is known by it.
   */
  async invite(target, offer, { headers = [], timeout = 20_000, onProvisional } = {}) {
    const uri = target.includes(':') ? target : `sip:${target}@${this.domain}`;
    const dialog = { callId: token(10), local: `${this.name ? `"${this.name}" ` : ''}<${this.aor}>;tag=${token(5)}`, sequence: 0, target: uri, routes: [] };
    let invited;
    const learn = (response) => {
      dialog.remote = response.get('to');
      dialog.target = uriOf(response.get('contact'));
      dialog.routes = response.all('record-route').reverse();
    };
    const response = await this.#transact(
      'INVITE',
      uri,
      (authorization) => {
        invited = dialog.sequence += 1;
        return this.#request('INVITE', { ...dialog, remote: `<${uri}>` }, [...headers, ...(authorization ? [authorization] : [])], offer);
      },
      {
        timeout,
        onProvisional: (early) => {
          if (tagOf(early.get('to')) && early.get('contact')) learn(early);
          onProvisional?.(early, dialog);
        },
      },
    );
    if (response.status >= 300) throw Object.assign(new Error(`${response.status} ${response.reason}`), { response });
    learn(response);
    this.#acknowledge({ ...dialog, sequence: invited });
    return { dialog, answer: response.body, response };
  }

  #request(method, dialog, headers, body, contentType = 'application/sdp') {
    return build(
      `${method} ${dialog.target} SIP/2.0`,
      [
        ['Via', this.#via()],
        ...dialog.routes.map((route) => ['Route', route]),
        ['Max-Forwards', '70'],
        ['From', dialog.local],
        ['To', dialog.remote],
        ['Call-ID', dialog.callId],
        ['CSeq', `${dialog.sequence} ${method}`],
        ...(method === 'INVITE' ? [['Contact', `<${this.contact}>`], ['Allow', 'INVITE, ACK, CANCEL, BYE, INFO, UPDATE, OPTIONS']] : []),
        ...headers,
        ...(body ? [['Content-Type', contentType]] : []),
      ],
      body ?? '',
    );
  }

  #acknowledge(dialog) {
    this.sip.send(this.#request('ACK', dialog, []));
  }

  /** Waits for a call and returns it ringing: `ring`, `accept(answer)`, `refuse(status, reason)`. */
  async incoming(timeout = 10_000) {
    const request = await this.sip.take('INVITE', (message) => message.method === 'INVITE', timeout);
    const tag = token(5);
    const reply = (status, reason, body) =>
      this.sip.send(
        respond(request, status, reason, {
          tag,
          headers: [['Contact', `<${this.contact}>`], ...(body ? [['Content-Type', 'application/sdp']] : [])],
          body,
        }),
      );
    return {
      request,
      offer: request.body,
      ring: () => reply(180, 'Ringing'),
      refuse: async (status, reason) => {
        reply(status, reason);
        await this.sip.take('ACK', (message) => message.method === 'ACK' && message.get('call-id') === request.get('call-id'));
      },
      accept: async (answer) => {
        reply(200, 'OK', answer);
        await this.sip.take('ACK', (message) => message.method === 'ACK' && message.get('call-id') === request.get('call-id'));
        return {
          callId: request.get('call-id'),
          local: `${request.get('to')};tag=${tag}`,
          remote: request.get('from'),
          target: uriOf(request.get('contact')),
          routes: request.all('record-route'),
          sequence: 0,
        };
      },
    };
  }

  /** A new offer in the dialog; returns the answer. */
  async reinvite(dialog, offer) {
    const response = await this.#transact('INVITE', dialog.target, (authorization) => {
      dialog.sequence += 1;
      return this.#request('INVITE', dialog, authorization ? [authorization] : [], offer);
    });
    if (response.status >= 300) throw Object.assign(new Error(`${response.status} ${response.reason}`), { response });
    this.#acknowledge(dialog);
    return response.body;
  }

  /** Any other request in the dialog; returns the final response. */
  async inDialog(method, dialog, { headers = [], body, contentType } = {}) {
    return this.#transact(method, dialog.target, (authorization) => {
      dialog.sequence += 1;
      return this.#request(method, dialog, [...headers, ...(authorization ? [authorization] : [])], body, contentType);
    });
  }

  hangUp(dialog) {
    return this.inDialog('BYE', dialog);
  }

  /** Waits for a request in a call and answers 200. */
  async expect(method, { timeout = 8000, status = 200, reason = 'OK' } = {}) {
    const request = await this.sip.take(method, (message) => message.method === method, timeout);
    this.sip.send(respond(request, status, reason, { tag: tagOf(request.get('to')) ?? token(5) }));
    return request;
  }

  close() {
    this.sip.close();
  }
}
