// The real switchboard with a floor's people and queues, and before it a door for pages: all requests go through to it, and so do
// hello, heartbeats and orders of the feed. Only the rows of snapshot and deltas come from the model.

import { createServer, request } from 'node:http';
import { WebSocket, WebSocketServer } from 'ws';
import { freePort } from '../../e2e/support/net.mjs';
import { Switchboard } from '../../e2e/support/switchboard.mjs';
import { FloorModel, checkShape, people, queues } from './floor_model.mjs';

/** Changed rows a second, collected as the switchboard collects them. */
export const ROWS_PER_SECOND = 200;
const COLLECT_MS = 250;

export class FloorRig {
  /** `pages`: HTML by path; `scripts`: JavaScript by path. */
  static async start({ pages, scripts }) {
    const rig = new FloorRig();
    const port = await freePort();
    rig.url = `http://127.0.0.1:${port}`;
    rig.board = await Switchboard.serve({ origins: [rig.url], people, queues, roles: { supervisor: ['supervisor'] } });
    rig.server = createServer((from, to) => rig.#serve(from, to, pages, scripts));
    const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
    rig.server.on('upgrade', (from, socket, head) => {
      // Nobody needs a phone here: a page that looks for one finds none.
      if (from.url !== '/feed') return socket.destroy();
      return sockets.handleUpgrade(from, socket, head, (page) => rig.#feed(page, from.headers));
    });
    await new Promise((resolve) => rig.server.listen(port, '127.0.0.1', resolve));
    return rig;
  }

  #serve(from, to, pages, scripts) {
    const own = pages[from.url] ?? scripts[from.url];
    if (own) {
      to.setHeader('content-type', pages[from.url] ? 'text/html; charset=utf-8' : 'text/javascript');
      to.end(own);
      return;
    }
    const { hostname, port } = new URL(this.board.url);
    const onward = request({ hostname, port, method: from.method, path: from.url, headers: from.headers }, (answer) => {
      to.writeHead(answer.statusCode, answer.headers);
      answer.pipe(to);
    });
    onward.once('error', () => to.destroy());
    from.pipe(onward);
  }

  #feed(page, headers) {
    const { origin, cookie } = headers;
    const board = new WebSocket(`${this.board.url.replace('http', 'ws')}/feed`, { origin, headers: cookie ? { cookie } : {}, perMessageDeflate: false });
    let model;
    let seq;
    let timer;
    let checked = 0;
    const send = (frame) => {
      if (checked < 20) checkShape(frame);
      checked += 1;
      page.send(JSON.stringify(frame));
    };
    const waiting = [];
    board.once('open', () => waiting.splice(0).forEach((text) => board.send(text)));
    page.on('message', (data) => (board.readyState === WebSocket.OPEN ? board.send(String(data)) : waiting.push(String(data))));
    board.on('message', (data) => {
      const frame = JSON.parse(data);
      if (frame.type === 'snapshot') {
        model ??= new FloorModel(frame);
        seq = frame.seq;
        send(model.snapshot(frame));
        timer ??= setInterval(() => {
          seq += 1;
          const now = Date.now();
          send({ type: 'delta', seq, now, changes: model.changes((ROWS_PER_SECOND * COLLECT_MS) / 1000, now) });
          this.sent = (this.sent ?? 0) + 1;
        }, COLLECT_MS);
      } else if (frame.type !== 'delta' && frame.type !== 'mark') {
        // The page counts the model's frames, not those that stay here: another number would make it ask for everything anew.
        if (frame.seq !== undefined && seq !== undefined) frame.seq = seq;
        page.send(JSON.stringify(frame));
      }
    });
    const end = () => {
      clearInterval(timer);
      board.close();
      page.close();
    };
    for (const socket of [page, board]) socket.once('close', end).once('error', end);
  }

  async stop() {
    this.server.close();
    this.server.closeAllConnections();
    await this.board.stop();
  }
}
