// Media under the test's control: a plain page with peer connections, to go with a raw SIP peer. It can do what
// no good phone does on purpose, such as offering from a connection with another certificate.

import { openPage } from './browsers.mjs';

/** A page that makes offers and answers; its remote audio plays in `audio.remote-audio`. */
export class MediaPeer {
  constructor(opened) {
    Object.assign(this, opened);
  }

  static async open(browser, pages, { frequency, hue }) {
    const peer = new MediaPeer(await openPage(browser, { frequency, hue, type: 'window' }));
    await peer.page.goto(`${pages.origin}/blank`);
    await peer.page.click('button');
    return peer;
  }

  /** The description of a new connection (another certificate each time); the older one goes on until `drop`. `video`: pictures too. */
  async offer({ video = false } = {}) {
    return this.#describe(undefined, video);
  }

  async answer(offer) {
    return this.#describe(offer);
  }

  #describe(offer, video = false) {
    return this.page.evaluate(async (offer, video) => {
      const connection = new RTCPeerConnection();
      (window.connections ??= []).push(connection);
      connection.addEventListener('track', (event) => {
        const element = document.createElement(event.track.kind);
        element.className = `remote-${event.track.kind}`;
        element.autoplay = true;
        element.srcObject = new MediaStream([event.track]);
        document.body.append(element);
      });
      if (offer) await connection.setRemoteDescription({ type: 'offer', sdp: offer });
      window.microphone ??= await navigator.mediaDevices.getUserMedia({ audio: true });
      for (const track of window.microphone.getTracks()) connection.addTrack(track, window.microphone);
      if (video) connection.addTransceiver('video');
      await connection.setLocalDescription();
      if (connection.iceGatheringState !== 'complete') {
        await new Promise((resolve) => {
          connection.addEventListener('icegatheringstatechange', () => connection.iceGatheringState === 'complete' && resolve());
          setTimeout(resolve, 3000);
        });
      }
      return connection.localDescription.sdp;
    }, offer, video);
  }

  /** Answers a later offer on the newest connection. */
  answerAgain(offer) {
    return this.page.evaluate(async (sdp) => {
      const connection = window.connections.at(-1);
      await connection.setRemoteDescription({ type: 'offer', sdp });
      await connection.setLocalDescription();
      return connection.localDescription.sdp;
    }, offer);
  }

  /** Applies the answer to the newest offer. */
  accept(answer) {
    return this.page.evaluate((sdp) => window.connections.at(-1).setRemoteDescription({ type: 'answer', sdp }), answer);
  }

  /** Closes all connections but the newest, with what they played. */
  dropOld() {
    return this.page.evaluate(() => {
      for (const connection of window.connections.splice(0, window.connections.length - 1)) connection.close();
      for (const element of [...document.querySelectorAll('audio.remote-audio')].slice(0, -1)) element.remove();
    });
  }

  close() {
    return this.context.close();
  }
}
