// The torture messages of RFC 4475 and RFC 5118, and hostile ones of our own that name what must not happen.

import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build, token } from './sip_message.mjs';

const FOLDER = resolve(import.meta.dirname, '..', '..', 'sip-ws', 'tests', 'torture');

/** All messages as `{ name, bytes }`, in the order of their names. */
export function rfcMessages() {
  return ['rfc4475', 'rfc5118'].flatMap((set) =>
    readdirSync(join(FOLDER, set))
      .filter((file) => file.endsWith('.dat'))
      .sort()
      .map((file) => ({ name: `${set}/${file}`, bytes: readFileSync(join(FOLDER, set, file)) })),
  );
}

/** A message as a WebSocket carries it: text where it is UTF-8, else a binary frame. */
export function frame(bytes) {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return bytes;
  }
}

/** Markup and scripts as a caller would smuggle them in. */
export const MARKUP = [
  '<img src=x onerror=document.title=1>',
  '<script>document.title=1</script>',
  '</section></main><iframe src=//127.0.0.1></iframe>',
  '{{constructor.constructor(1)()}}',
  'javascript:document.title=1',
  '\u202Eevil\u202C <b>bold</b>',
  'é'.repeat(500),
  '🧨'.repeat(100),
];

/** An INVITE to `contact` whose every readable header carries `text`. */
export function smuggling(contact, text, { sdp = '', headers = [] } = {}) {
  const quoted = text.replace(/[\\"]/g, '\\$&');
  return build(
    `INVITE ${contact} SIP/2.0`,
    [
      ['Via', `SIP/2.0/WS smuggler.invalid;branch=z9hG4bK${token(8)}`],
      ['Max-Forwards', '70'],
      ['From', `"${quoted}" <sip:smuggler@portico.test>;tag=${token(4)}`],
      ['To', `<${contact.replace(/;.*/, '')}>`],
      ['Call-ID', token(10)],
      ['CSeq', '1 INVITE'],
      ['Contact', '<sip:smuggler@smuggler.invalid;transport=ws>'],
      ['Subject', text],
      ['User-Agent', text],
      ['Organization', text],
      ['Call-Info', '<http://169.254.169.254/icon.png>;purpose=icon'],
      ['Alert-Info', '<http://192.0.2.99/ring.wav>'],
      ...headers,
      ...(sdp ? [['Content-Type', 'application/sdp']] : []),
    ],
    sdp,
  );
}
