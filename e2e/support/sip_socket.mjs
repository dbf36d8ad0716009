// One SIP WebSocket, either side of it: what came in is kept, and awaited by predicate.

import { parse } from './sip_message.mjs';

/** A WebSocket carrying SIP; `messages` are those not yet taken by `take`. */
export class SipSocket {
  constructor(socket) {
    this.socket = socket;
    this.messages = [];
    this.trace = [];
    this.waiting = new Set();
    this.closed = new Promise((resolve) => socket.once('close', (code) => resolve(code)));
    socket.on('error', () => {});
    socket.on('message', (data) => {
      const text = data.toString();
      this.trace.push(`<<< ${text}`);
      if (text === '\r\n\r\n') return socket.send('\r\n');
      const message = parse(text);
      if (!message) return undefined;
      if (this.onRequest && message.method && this.onRequest(message)) return undefined;
      this.messages.push(message);
      for (const wake of this.waiting) wake();
      return undefined;
    });
  }

  get open() {
    return this.socket.readyState === 1;
  }

  /** Sends text in a text frame, a Buffer in a binary frame. */
  send(data) {
    this.trace.push(`>>> ${data}`);
    this.socket.send(data);
  }

  /** The first message that fits, taken out of the queue; waits for it. */
  async take(what, fits, timeout = 8000) {
    const end = performance.now() + timeout;
    for (;;) {
      const at = this.messages.findIndex(fits);
      if (at >= 0) return this.messages.splice(at, 1)[0];
      const left = end - performance.now();
      if (left <= 0) throw new Error(`no ${what} within ${timeout} ms; seen:\n${this.trace.slice(-8).join('\n')}`);
      await new Promise((resolve) => {
        const wake = () => {
          clearTimeout(timer);
          this.waiting.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, left);
        this.waiting.add(wake);
      });
    }
  }

  close() {
    this.socket.terminate();
  }
}
