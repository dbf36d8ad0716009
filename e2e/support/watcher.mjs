// A page's socket for pictures of doors without the page: signed in, with a ticket, counting what comes.

import WebSocket from 'ws';

export class Watcher {
  pictures = 0;
  bytes = 0;
  oldest = 0;

  /** Signs in as `user` of `board` and looks at `doors`. */
  static async open(board, user, doors) {
    const headers = { origin: board.url, 'content-type': 'application/json' };
    const signedIn = await fetch(`${board.url}/api/session`, { method: 'POST', headers, body: JSON.stringify({ user, password: board.password }) });
    if (!signedIn.ok) throw new Error(`sign-in of ${user}: ${signedIn.status}`);
    const cookie = signedIn.headers.getSetCookie().map((each) => each.split(';')[0]).join('; ');
    const asked = await fetch(`${board.url}/api/ticket`, { method: 'POST', headers: { ...headers, cookie }, body: '{"purpose":"pictures"}' });
    const { ticket } = await asked.json();
    const me = await (await fetch(`${board.url}/api/session`, { headers: { cookie } })).json();
    const watcher = new Watcher();
    watcher.socket = new WebSocket(`${board.url.replace('http', 'ws')}/pictures`, { origin: board.url, headers: { cookie }, perMessageDeflate: false });
    watcher.socket.on('message', (data, binary) => watcher.#take(data, binary));
    await new Promise((resolve, reject) => watcher.socket.once('open', resolve).once('error', reject));
    watcher.socket.send(JSON.stringify({ type: 'hello', ticket, wire: me.wire }));
    watcher.socket.send(JSON.stringify({ type: 'watch', doors }));
    return watcher;
  }

  #take(data, binary) {
    if (!binary) return;
    this.pictures += 1;
    this.bytes += data.length;
    // One byte for the length of the door's id, the id, the number, then the age.
    this.oldest = Math.max(this.oldest, data.readUInt32BE(1 + data[0] + 8));
  }

  close() {
    this.socket.close();
  }
}
