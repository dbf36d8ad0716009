// A gate before a relay's UDP port: while it is shut, what phones say waits in it, and the relay answers late.

import { createSocket } from 'node:dgram';

/** A gate on `address` before `port` of it. */
export async function gate(address, port) {
  const front = createSocket('udp4');
  const phones = new Map();
  const waiting = [];
  let shut = false;
  const behind = (phone) => {
    const key = `${phone.address}:${phone.port}`;
    if (!phones.has(key)) {
      const socket = createSocket('udp4');
      socket.on('message', (bytes) => front.send(bytes, phone.port, phone.address));
      socket.on('error', () => undefined);
      phones.set(key, socket);
    }
    return phones.get(key);
  };
  front.on('message', (bytes, phone) => (shut ? waiting.push([bytes, phone]) : behind(phone).send(bytes, port, address)));
  await new Promise((resolve) => front.bind(0, address, resolve));
  return {
    udp: `turn:${address}:${front.address().port}?transport=udp`,
    /** Somebody waits at the gate. */
    waits: () => waiting.length > 0,
    shut: () => (shut = true),
    open() {
      shut = false;
      for (const [bytes, phone] of waiting.splice(0)) behind(phone).send(bytes, port, address);
    },
    stop() {
      for (const socket of [front, ...phones.values()]) socket.close();
    },
  };
}
