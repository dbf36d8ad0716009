// The way between one phone and its server, which can be cut or fall silent: a TCP relay that notes when the phone gives a connection up
// and when it is registered on another.

import { createServer, connect } from 'node:net';

const REGISTERED = /SIP\/2\.0 200 [^\0]*?\r\nCSeq: *\d+ REGISTER/i;

/** A relay to a `ws:` or `http:` URL of this machine, which may be named later; `host` is the address at which it is reached. */
export async function wire(target, host = '127.0.0.1') {
  let there = target && new URL(target);
  const pairs = new Set();
  let silent = false;
  let waiting = [];
  const tell = (what) => {
    const told = waiting.filter((one) => one.what === what);
    waiting = waiting.filter((one) => one.what !== what);
    for (const one of told) one.resolve(performance.now());
  };
  const server = createServer((phone) => {
    const far = connect(Number(there.port), there.hostname);
    const pair = { phone, far, swallowed: false };
    pairs.add(pair);
    const passes = () => {
      pair.swallowed ||= silent;
      return !pair.swallowed;
    };
    phone.on('data', (bytes) => passes() && far.write(bytes));
    far.on('data', (bytes) => {
      if (!passes()) return;
      phone.write(bytes);
      if (REGISTERED.test(bytes.toString('latin1'))) tell('registered');
    });
    phone.on('close', () => {
      pairs.delete(pair);
      far.destroy();
      tell('left');
    });
    phone.on('end', () => phone.destroy());
    far.on('close', () => silent || phone.destroy());
    for (const socket of [phone, far]) socket.on('error', () => undefined);
  });
  const listen = (at) => new Promise((resolve) => server.listen(at, host, resolve));
  await listen(0);
  const own = server.address().port;
  return {
    url: `ws://${host}:${own}${there?.pathname ?? '/'}`,
    origin: `http://${host}:${own}`,
    aim: (target) => (there = new URL(target)),
    /** When this happens next, or `undefined` where it does not within `timeout` ms. */
    next: (what, timeout) =>
      new Promise((resolve) => {
        waiting.push({ what, resolve });
        setTimeout(() => resolve(undefined), timeout);
      }),
    /** As a killed server looks: connections are reset, new ones refused. */
    async cut() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const { phone } of pairs) phone.resetAndDestroy();
      await closed;
    },
    back: () => listen(own),
    /**
     * As a network looks that swallows everything. When it speaks again it knows nothing of connections on which something was lost, also the
     * end of the other side.
     */
    hush(on) {
      silent = on;
      if (!on) for (const { phone, far, swallowed } of pairs) if (swallowed || far.destroyed) phone.resetAndDestroy();
    },
    async stop() {
      for (const { phone } of pairs) phone.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
