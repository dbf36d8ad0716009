// Runs before any script of a page: stamps what the comparison asks about. The page under test knows nothing of it.

/** Notes the first INVITE and its 200 on any socket, and the first audio packet of any peer connection. */
export function clock() {
  const seen = { dialled: undefined, invite: undefined, answered: undefined, packet: undefined, registered: undefined };
  let peers = [];
  window.__clock = seen;

  /** Forgets the last call. */
  window.__again = () => {
    seen.dialled = seen.invite = seen.answered = seen.packet = undefined;
    // A connection that was made in advance belongs to the call to come.
    peers = peers.filter((peer) => peer.signalingState !== 'closed' && !peer.remoteDescription);
  };

  const text = (data) => (typeof data === 'string' ? data : data instanceof ArrayBuffer || ArrayBuffer.isView(data) ? new TextDecoder().decode(data) : '');

  const RealSocket = window.WebSocket;
  window.WebSocket = class WebSocket extends RealSocket {
    constructor(...args) {
      super(...args);
      this.addEventListener('message', ({ data }) => {
        const frame = text(data);
        if (seen.invite !== undefined && frame.startsWith('SIP/2.0 200') && /^CSeq: *\d+ INVITE/im.test(frame)) seen.answered ??= performance.now();
        if (frame.startsWith('SIP/2.0 200') && /^CSeq: *\d+ REGISTER/im.test(frame)) seen.registered ??= performance.now();
      });
    }

    send(data) {
      if (seen.dialled !== undefined && text(data).startsWith('INVITE ')) seen.invite ??= performance.now();
      super.send(data);
    }
  };

  const RealPeer = window.RTCPeerConnection;
  window.RTCPeerConnection = class RTCPeerConnection extends RealPeer {
    constructor(...args) {
      super(...args);
      peers.push(this);
    }
  };

  /** How many connections there were, and the audio packets of the best of those that came after so many. */
  window.__connections = () => peers.length;
  window.__audio = async (since) => {
    let best = 0;
    for (const peer of peers.slice(since).filter((each) => each.remoteDescription && each.signalingState !== 'closed')) {
      for (const row of (await peer.getStats()).values()) if (row.type === 'inbound-rtp' && row.kind === 'audio') best = Math.max(best, row.packetsReceived);
    }
    return best;
  };

  /** Looks every few milliseconds until audio arrives; the same for every page. */
  const look = async () => {
    if (seen.dialled !== undefined && seen.packet === undefined) {
      for (const peer of peers.filter((each) => each.remoteDescription)) {
        for (const row of (await peer.getStats()).values()) {
          if (row.type === 'inbound-rtp' && row.kind === 'audio' && row.packetsReceived > 0) seen.packet ??= performance.now();
        }
      }
    }
    setTimeout(look, 4);
  };
  look();
}
