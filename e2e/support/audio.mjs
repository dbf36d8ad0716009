// What is heard at one ear: every remote audio element of a page is listened to, and the level at given
// frequencies tells who is in it and who is not.

/** Tones far enough apart, and none a multiple of another, so that no harmonic passes for a voice. */
export const VOICES = [523, 811, 1123, 1487];

/** Below this a voice is absent; a present one is far above (a tone sent at 0.3 arrives near -16 dB). */
const ABSENT_BELOW = -60;
const PRESENT_ABOVE = -35;

/**
 * Levels in dB, per frequency, heard through the page's remote audio elements (the loudest of them), as the
 * median of some windows spread over `span` milliseconds; with the state of the elements.
 */
export async function listen(page, frequencies, { span = 900, selector = 'audio.remote-audio' } = {}) {
  return page.evaluate(
    async (frequencies, span, selector) => {
      const ears = (window.__ears ??= { context: new AudioContext(), taps: new WeakMap() });
      await ears.context.resume();
      const elements = [...document.querySelectorAll(selector)];
      const taps = [];
      for (const element of elements) {
        const stream = element.srcObject;
        const playing = !element.paused && !element.muted && element.volume > 0 && element.readyState >= 2;
        if (!playing || !(stream instanceof MediaStream)) continue;
        for (const track of stream.getAudioTracks()) {
          if (track.readyState !== 'live' || !track.enabled) continue;
          let tap = ears.taps.get(track);
          if (!tap) {
            const analyser = ears.context.createAnalyser();
            analyser.fftSize = 8192;
            analyser.smoothingTimeConstant = 0;
            const source = ears.context.createMediaStreamSource(new MediaStream([track]));
            source.connect(analyser);
            tap = { analyser, source, bins: new Float32Array(analyser.frequencyBinCount) };
            ears.taps.set(track, tap);
          }
          taps.push(tap);
        }
      }
      const samples = frequencies.map(() => []);
      const binWidth = ears.context.sampleRate / 8192;
      // The first window after a tap was made is still empty.
      const rounds = 6;
      for (let round = 0; round < rounds; round += 1) {
        await new Promise((resolve) => setTimeout(resolve, span / rounds));
        const levels = frequencies.map(() => -200);
        for (const tap of taps) {
          tap.analyser.getFloatFrequencyData(tap.bins);
          frequencies.forEach((frequency, index) => {
            const centre = Math.round(frequency / binWidth);
            for (let bin = centre - 2; bin <= centre + 2; bin += 1) {
              levels[index] = Math.max(levels[index], Math.max(-200, tap.bins[bin]));
            }
          });
        }
        levels.forEach((level, index) => samples[index].push(level));
      }
      const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
      return {
        elements: elements.length,
        taps: taps.length,
        levels: Object.fromEntries(frequencies.map((frequency, index) => [frequency, Math.round(median(samples[index]))])),
      };
    },
    frequencies,
    span,
    selector,
  );
}

/**
 * Asserts that at the ear of `page` all of `present` are heard and none of `absent`, within `timeout`. Returns
 * the levels. With `present` empty the ear must still be open, that is an element must play, though in silence;
 * `open: false` says that it may be shut, as on hold.
 */
export async function assertHears(page, { present = [], absent = [], timeout = 8000, selector, open = true } = {}) {
  const end = performance.now() + timeout;
  let heard;
  do {
    heard = await listen(page, [...present, ...absent], { selector });
    const here = present.every((frequency) => heard.levels[frequency] > PRESENT_ABOVE);
    const notHere = absent.every((frequency) => heard.levels[frequency] < ABSENT_BELOW);
    if ((heard.taps > 0 || !open) && here && notHere) return heard.levels;
  } while (performance.now() < end);
  throw new Error(`expected to hear ${JSON.stringify(present)} and not ${JSON.stringify(absent)}; heard ${JSON.stringify(heard)}`);
}

/**
 * Listens at `page` all the while that `action` takes: none of `frequencies` is heard at any moment of it. Loss and gaps make noise at every
 * frequency, so that only what is as loud as a voice counts.
 */
export async function neverHears(page, frequencies, action) {
  let over = false;
  const heard = [];
  const ear = (async () => {
    while (!over) {
      const { levels } = await listen(page, frequencies, { span: 180 });
      if (Object.values(levels).some((level) => level > PRESENT_ABOVE)) heard.push(levels);
    }
  })();
  try {
    await action();
  } finally {
    over = true;
    await ear;
  }
  if (heard.length > 0) throw new Error(`expected never to hear ${JSON.stringify(frequencies)}; heard ${JSON.stringify(heard)}`);
}

/** What the sound of a page is made of, for the evidence of a failed test: where it ends on its way, and whether any arrived. */
export async function ear(page, selector = 'audio.remote-audio') {
  return page.evaluate(async (selector) => {
    const describe = (track) => track && `${track.kind} ${track.readyState}${track.muted ? ' muted' : ''}${track.enabled ? '' : ' disabled'}`;
    const peers = [];
    for (const peer of window.__probe.peers) {
      if (peer.signalingState === 'closed' || !peer.remoteDescription) continue;
      const reports = [...(await peer.getStats()).values()].filter(({ kind }) => kind === 'audio');
      const numbers = ['packetsReceived', 'packetsSent', 'totalAudioEnergy', 'audioLevel'];
      peers.push({
        state: peer.connectionState,
        sends: peer.getSenders().map(({ track }) => describe(track)),
        hears: peer.getReceivers().map(({ track }) => describe(track)),
        stats: reports.map((report) => [report.type, ...numbers.filter((name) => name in report).map((name) => `${name} ${report[name]}`)].join(' ')),
      });
    }
    return {
      listening: window.__ears?.context.state,
      speaking: window.__probe.context?.state,
      microphones: window.__probe.microphones?.map(({ track, gain }) => `${describe(track)} gain ${gain.gain.value}`),
      elements: [...document.querySelectorAll(selector)].map(({ paused, muted, volume, readyState }) => ({ paused, muted, volume, readyState })),
      peers,
    };
  }, selector);
}

/** Packets received per kind over all connections of the page that have a peer, and frames decoded. */
export async function received(page) {
  return page.evaluate(async () => {
    const total = { audio: 0, video: 0, frames: 0, connections: 0, states: [] };
    for (const peer of window.__probe.peers) {
      // One that has no peer yet is warmed up for the next call.
      if (peer.signalingState === 'closed' || !peer.remoteDescription) continue;
      total.connections += 1;
      total.states.push(peer.connectionState);
      for (const report of (await peer.getStats()).values()) {
        if (report.type !== 'inbound-rtp') continue;
        total[report.kind] += report.packetsReceived ?? 0;
        total.frames += report.framesDecoded ?? 0;
      }
    }
    return total;
  });
}

/**
 * Energy of the sound received so far, as the browser counts it: for a machine without any sound device, where
 * Firefox lets no audio context run and nothing can be listened to.
 */
export async function energy(page) {
  return page.evaluate(async () => {
    let sum = 0;
    for (const peer of window.__probe.peers) {
      if (peer.signalingState === 'closed') continue;
      for (const report of (await peer.getStats()).values()) if (report.type === 'inbound-rtp' && report.kind === 'audio') sum += report.totalAudioEnergy ?? 0;
    }
    return sum;
  });
}

/** Types of the local and remote candidate of the selected pair of each open connection, with the protocol. */
export async function candidatePairs(page) {
  return page.evaluate(async () => {
    const pairs = [];
    for (const peer of window.__probe.peers) {
      if (peer.signalingState === 'closed') continue;
      const stats = await peer.getStats();
      const all = [...stats.values()];
      const transport = all.find((report) => report.type === 'transport' && report.selectedCandidatePairId);
      const chosen = transport
        ? stats.get(transport.selectedCandidatePairId)
        : all.find((report) => report.type === 'candidate-pair' && report.selected);
      if (!chosen) continue;
      const local = stats.get(chosen.localCandidateId);
      const remote = stats.get(chosen.remoteCandidateId);
      pairs.push({ local: local?.candidateType, remote: remote?.candidateType, relayProtocol: local?.relayProtocol });
    }
    return pairs;
  });
}

/**
 * Listens until all `frequencies` are heard in the same short window (the two of a telephone key), for at most
 * `timeout`. Returns whether they were, with the loudest levels seen.
 */
export async function hearsTogether(page, frequencies, { timeout = 6000, selector = 'audio.remote-audio' } = {}) {
  return page.evaluate(
    async (frequencies, timeout, selector) => {
      const context = new AudioContext();
      await context.resume();
      const analyser = context.createAnalyser();
      analyser.fftSize = 2048;
      analyser.smoothingTimeConstant = 0;
      const tracks = [...document.querySelectorAll(selector)].flatMap((element) => element.srcObject?.getAudioTracks() ?? []);
      for (const track of tracks) context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
      const bins = new Float32Array(analyser.frequencyBinCount);
      const width = context.sampleRate / analyser.fftSize;
      const loudest = frequencies.map(() => -200);
      const end = performance.now() + timeout;
      let heard = false;
      while (!heard && performance.now() < end) {
        await new Promise((resolve) => setTimeout(resolve, 15));
        analyser.getFloatFrequencyData(bins);
        const levels = frequencies.map((frequency) => Math.max(...[-1, 0, 1].map((off) => bins[Math.round(frequency / width) + off])));
        levels.forEach((level, index) => (loudest[index] = Math.round(Math.max(loudest[index], level))));
        heard = levels.every((level) => level > -45);
      }
      await context.close();
      return { heard, loudest };
    },
    frequencies,
    timeout,
    selector,
  );
}
