// Clients that behave badly on purpose, by the thousand.

import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { randomBytes } from 'node:crypto';
import WebSocket from 'ws';

/** One HTTP request; resolves with the status (0 where the connection was cut). */
export function post(url, body, { agent, headers = {}, method = 'POST' } = {}) {
  return new Promise((resolve) => {
    const sent = request(url, { method, agent, headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers } }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }));
      response.on('error', () => resolve({ status: response.statusCode, headers: response.headers, text }));
    });
    sent.on('error', () => resolve({ status: 0, headers: {}, text: '' }));
    sent.end(body);
  });
}

/** `count` sign-ins with passwords that are all wrong, some at a time; how often each status came back. */
export async function wrongPasswords(board, count, { users, parallel = 32 }) {
  const agent = new Agent({ keepAlive: true, maxSockets: parallel });
  const statuses = {};
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const index = next;
      next += 1;
      const body = JSON.stringify({ user: users[index % users.length], password: `guess number ${index}` });
      const { status } = await post(`${board.url}/api/session`, body, { agent, headers: { origin: board.url } });
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  agent.destroy();
  return statuses;
}

/** Opens `count` sockets that never say a word. */
export async function silentSockets(url, count, { parallel = 50 } = {}) {
  const sockets = [];
  let refused = 0;
  let next = 0;
  const open = () =>
    new Promise((resolve) => {
      const socket = new WebSocket(url, 'sip', { perMessageDeflate: false });
      socket.on('error', () => {});
      socket.once('open', () => {
        sockets.push(socket);
        resolve();
      });
      socket.once('close', () => {
        resolve();
      });
      socket.once('unexpected-response', () => {
        refused += 1;
        socket.terminate();
        resolve();
      });
    });
  const worker = async () => {
    while (next < count) {
      next += 1;
      await open();
    }
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  return {
    sockets,
    get refused() {
      return refused;
    },
    stillOpen: () => sockets.filter((socket) => socket.readyState === WebSocket.OPEN).length,
    close: () => sockets.forEach((socket) => socket.terminate()),
  };
}

/** A frame as the client writes it: any opcode, masked or not, any claimed length. */
export function rawFrame(payload, { opcode = 1, fin = true, masked = true, reserved = 0, claimed } = {}) {
  const length = claimed ?? payload.length;
  const head = [(fin ? 0x80 : 0) | (reserved << 4) | opcode];
  if (length < 126) head.push((masked ? 0x80 : 0) | length);
  else if (length < 65536) head.push((masked ? 0x80 : 0) | 126, length >> 8, length & 255);
  else {
    const wide = Buffer.alloc(8);
    wide.writeBigUInt64BE(BigInt(length));
    head.push((masked ? 0x80 : 0) | 127, ...wide);
  }
  if (!masked) return Buffer.concat([Buffer.from(head), payload]);
  const mask = randomBytes(4);
  return Buffer.concat([Buffer.from(head), mask, Buffer.from(payload.map((byte, index) => byte ^ mask[index % 4]))]);
}

/** Upgrades a plain connection by hand and writes raw bytes; resolves when the server closes it. */
export function rawSocket(port, path, bytes, { timeout = 8000 } = {}) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const timer = setTimeout(() => {
      socket.destroy();
      resolve({ closed: false });
    }, timeout);
    let received = Buffer.alloc(0);
    let upgraded = false;
    socket.on('connect', () =>
      socket.write(
        `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Protocol: sip\r\n\r\n`,
      ),
    );
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (!upgraded && received.includes('\r\n\r\n')) {
        upgraded = true;
        if (!received.toString('latin1').startsWith('HTTP/1.1 101')) return;
        socket.write(bytes);
      }
    });
    const done = () => {
      clearTimeout(timer);
      resolve({ closed: true, upgraded, received });
    };
    socket.on('close', done);
    socket.on('error', done);
  });
}
