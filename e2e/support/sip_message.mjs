// Just enough SIP text for a peer whose every byte the test decides.

import { createHash, randomBytes } from 'node:crypto';

const COMPACT = { v: 'via', f: 'from', t: 'to', i: 'call-id', m: 'contact', l: 'content-length', c: 'content-type', k: 'supported', r: 'refer-to', o: 'event' };

export const token = (length = 8) => randomBytes(length).toString('hex');

/** Reads a message that is known to be well formed: start line, headers by lower-case name, body. */
export function parse(data) {
  const text = Buffer.isBuffer(data) ? data.toString('utf8') : data;
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [start, ...lines] = text.slice(0, end).replace(/\r\n[ \t]+/g, ' ').split('\r\n');
  const headers = new Map();
  for (const line of lines) {
    const colon = line.indexOf(':');
    let name = line.slice(0, colon).trim().toLowerCase();
    name = COMPACT[name] ?? name;
    headers.set(name, [...(headers.get(name) ?? []), line.slice(colon + 1).trim()]);
  }
  const message = { start, headers, body: text.slice(end + 4), text };
  message.get = (name) => headers.get(name.toLowerCase())?.[0];
  message.all = (name) => headers.get(name.toLowerCase()) ?? [];
  const response = /^SIP\/2\.0 (\d{3}) ?(.*)$/.exec(start);
  if (response) {
    message.status = Number(response[1]);
    message.reason = response[2];
  } else {
    [message.method, message.uri] = start.split(' ');
  }
  message.cseqMethod = message.get('cseq')?.split(/\s+/)[1];
  return message;
}

/** Writes a message; `headers` is a list of `[name, value]`, Content-Length is added. */
export function build(start, headers, body = '') {
  const length = Buffer.byteLength(body);
  const lines = headers.filter(([, value]) => value !== undefined).map(([name, value]) => `${name}: ${value}`);
  return `${start}\r\n${lines.join('\r\n')}\r\nContent-Length: ${length}\r\n\r\n${body}`;
}

/** The response to `request`, with the headers every response copies. */
export function respond(request, status, reason, { tag, headers = [], body = '' } = {}) {
  const to = request.get('to');
  return build(
    `SIP/2.0 ${status} ${reason}`,
    [
      ...request.all('via').map((via) => ['Via', via]),
      ...request.all('record-route').map((route) => ['Record-Route', route]),
      ['From', request.get('from')],
      ['To', tag && !/;\s*tag=/.test(to) ? `${to};tag=${tag}` : to],
      ['Call-ID', request.get('call-id')],
      ['CSeq', request.get('cseq')],
      ...headers,
    ],
    body,
  );
}

/** URI inside a name-addr or bare address. */
export const uriOf = (address) => /<([^>]+)>/.exec(address)?.[1] ?? address.split(';')[0].trim();
export const tagOf = (address) => /;\s*tag=([^;\s>]+)/.exec(address)?.[1];

const HASHES = { MD5: 'md5', 'SHA-256': 'sha256', 'SHA-512-256': 'sha512-256' };

/** The challenges of a 401 or 407, as objects. */
export function challenges(message) {
  const name = message.status === 407 ? 'proxy-authenticate' : 'www-authenticate';
  return message.all(name).map((value) => {
    const found = {};
    for (const [, key, quoted, bare] of value.matchAll(/(\w+)=(?:"([^"]*)"|([^,\s]+))/g)) found[key.toLowerCase()] = quoted ?? bare;
    found.algorithm ??= 'MD5';
    return found;
  });
}

/** The value of an Authorization header (RFC 7616, `auth`). */
export function credentials(challenge, { user, password, method, uri, nonceCount = 1 }) {
  const hash = (text) => createHash(HASHES[challenge.algorithm]).update(text).digest('hex');
  const ha1 = hash(`${user}:${challenge.realm}:${password}`);
  const ha2 = hash(`${method}:${uri}`);
  const nc = String(nonceCount).padStart(8, '0');
  const cnonce = token(6);
  const qop = challenge.qop?.split(',').map((each) => each.trim()).includes('auth');
  const response = qop ? hash(`${ha1}:${challenge.nonce}:${nc}:${cnonce}:auth:${ha2}`) : hash(`${ha1}:${challenge.nonce}:${ha2}`);
  const parts = [
    `username="${user}"`,
    `realm="${challenge.realm}"`,
    `nonce="${challenge.nonce}"`,
    `uri="${uri}"`,
    `response="${response}"`,
    `algorithm=${challenge.algorithm}`,
  ];
  if (qop) parts.push('qop=auth', `nc=${nc}`, `cnonce="${cnonce}"`);
  if (challenge.opaque) parts.push(`opaque="${challenge.opaque}"`);
  return `Digest ${parts.join(', ')}`;
}
