// Many callers of a queue: guests who speak SIP and nothing else, so that dozens of them wait without a page each.

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { SipPeer } from './sip_peer.mjs';

const OFFER = await readFile(resolve(import.meta.dirname, '..', '..', 'switchboard', 'examples', 'offer.sdp'), 'utf8');

/** One guest who waits in a public queue. */
async function wait(board, queue, name) {
  const answer = await fetch(`${board.url}/api/call/${queue}`, { method: 'POST', headers: { 'content-type': 'application/json', origin: board.url }, body: '{}' });
  if (!answer.ok) throw new Error(`no guest for ${queue}: ${answer.status}`);
  const { sip } = (await answer.json()).desk;
  const peer = await SipPeer.connect(board.sip, { user: sip.user, name, domain: sip.domain, authUser: sip.auth_user, password: sip.auth_password, origin: board.url });
  const { status } = await peer.register();
  if (status !== 200) throw new Error(`${name} is not registered: ${status}`);
  await new Promise((waits, fails) => {
    const onProvisional = (response) => response.status === 182 && waits();
    // Nobody answers: the call stays, and this gives up waiting for an end of it.
    peer.invite(queue, OFFER, { onProvisional }).catch(fails);
  });
  return peer;
}

/** Guests of these names, who wait in this order. */
export async function waitIn(board, queue, names) {
  const peers = [];
  for (const name of names) peers.push(await wait(board, queue, name));
  return peers;
}
