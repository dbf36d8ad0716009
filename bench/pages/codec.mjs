// Parsing SIP inside a page: JsSIP and SIP.js, and sip-ws where the page loads it.

import * as jssip from 'jssip/lib/Parser.js';
import { Parser } from 'sip.js/lib/core/messages/parser.js';

const logger = { error() {}, warn() {}, log() {}, debug() {} };

const peers = {
  jssip: (frame) => jssip.parseMessage(frame, { configuration: {} }),
  sipjs: (frame) => Parser.parseMessage(frame, logger),
};

/** Makes the WASM of one profile a peer under `name`. */
window.load = async (name, url) => {
  const module = await import(url);
  await module.default();
  peers[`${name} typed`] = module.typed;
  peers[`${name} rewrite`] = module.rewrite;
};

/** Nanoseconds per message, the best of `batches` batches that each last about 60 ms. */
window.measure = (peer, frame, batches) => {
  const work = peers[peer];
  const result = work(frame);
  if (!result) throw new Error(`${peer} does not parse this message`);
  let count = 1;
  const time = () => {
    const start = performance.now();
    for (let i = 0; i < count; i += 1) work(frame);
    return performance.now() - start;
  };
  while (time() < 60) count *= 2;
  let best = Infinity;
  for (let batch = 0; batch < batches; batch += 1) best = Math.min(best, (time() / count) * 1e6);
  return best;
};

window.ready = true;
