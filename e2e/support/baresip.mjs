// Debian's baresip as a real door station: SIP over UDP, RTP in the open, no display and no sound card. It makes a tone; what it
// hears is in a file; keys that reach it as RFC 4733 events are told by its control socket.

import { connect } from 'node:net';
import { mkdtemp, open, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child } from './process.mjs';
import { freePort, freeUdpPort, mediaPorts } from './net.mjs';
import { until } from './wait.mjs';

const HOST = '127.0.0.1';
/** Bytes before the samples, and samples in a second. */
const [HEAD, RATE] = [44, 8000];

/** Seconds of tone in its file: it plays it once, and no call here takes so long. */
const SECONDS = 120;

/** A file with a tone. */
function wave(frequency) {
  const bytes = Buffer.alloc(HEAD + SECONDS * RATE * 2);
  const data = bytes.length - HEAD;
  bytes.write('RIFF');
  bytes.writeUInt32LE(data + 36, 4);
  bytes.write('WAVEfmt ', 8);
  [16, 1 | (1 << 16), RATE, RATE * 2, 2 | (16 << 16)].forEach((value, index) => bytes.writeUInt32LE(value, 16 + 4 * index));
  bytes.write('data', 36);
  bytes.writeUInt32LE(data, 40);
  for (let n = 0; n < SECONDS * RATE; n += 1) bytes.writeInt16LE(Math.round(10_000 * Math.sin((2 * Math.PI * frequency * n) / RATE)), HEAD + 2 * n);
  return bytes;
}

/** Loudness of one frequency in samples of 16 bits, in dB below a full-scale tone. */
function level(samples, frequency) {
  let [real, imaginary] = [0, 0];
  samples.forEach((sample, index) => {
    const angle = (2 * Math.PI * frequency * index) / RATE;
    real += sample * Math.cos(angle);
    imaginary += sample * Math.sin(angle);
  });
  return 20 * Math.log10((2 * Math.hypot(real, imaginary)) / samples.length / 32768 + 1e-9);
}

export class Baresip {
  events = [];

  /** Starts one with this account; `proxy` is the UDP port that it sends everything to, `tone` the hertz that it makes. */
  static async start({ user, domain, password, proxy, tone }) {
    const station = new Baresip();
    station.folder = await mkdtemp(join(tmpdir(), 'portico-baresip-'));
    const control = await freePort();
    let sip, behind;
    // It takes the port behind its own as well, for TLS: nobody else is told that one.
    do [sip, behind] = [await freeUdpPort(), await freePort()];
    while (behind !== sip + 1);
    const config = [
      'poll_method epoll',
      `sip_listen ${HOST}:${sip}`,
      `audio_source aufile,${join(station.folder, 'tone.wav')}`,
      // Takes the sound at its own pace and plays it nowhere.
      'audio_player aubridge,nowhere',
      'audio_alert aubridge,alert',
      ...['ausrc', 'auplay'].flatMap((side) => [`${side}_srate ${RATE}`, `${side}_channels 1`]),
      `rtp_ports ${mediaPorts().join('-')}`,
      // What comes late on a busy machine is late and not lost: it misses the end of a key otherwise, and then every key after it.
      'jitter_buffer_delay 0-0',
      'module_path /usr/lib/baresip/modules',
      ...['g711', 'aufile', 'aubridge', 'sndfile'].map((name) => `module ${name}.so`),
      `snd_path ${station.folder}`,
      'module_tmp account.so',
      'module_app menu.so',
      'module_app ctrl_tcp.so',
      `ctrl_tcp_listen ${HOST}:${control}`,
    ];
    const account = `<sip:${user}@${domain};transport=udp>;auth_user=${user};auth_pass=${password};outbound="sip:${HOST}:${proxy};transport=udp"`;
    await writeFile(join(station.folder, 'config'), `${config.join('\n')}\n`);
    await writeFile(join(station.folder, 'accounts'), `${account};regint=0;audio_codecs=PCMU;dtmfmode=rtpevent\n`);
    await writeFile(join(station.folder, 'contacts'), '');
    await writeFile(join(station.folder, 'tone.wav'), wave(tone));
    station.child = new Child('/usr/bin/baresip', ['-f', station.folder, '-v']);
    await station.child.line(/baresip is ready/);
    await station.#control(control);
    return station;
  }

  /** Its events are JSON in netstrings. */
  async #control(port) {
    this.socket = connect(port, HOST);
    await new Promise((resolve, reject) => this.socket.once('connect', resolve).once('error', reject));
    let rest = Buffer.alloc(0);
    this.socket.on('data', (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      for (let colon = rest.indexOf(':'); colon > 0; colon = rest.indexOf(':')) {
        const end = colon + 1 + Number(rest.subarray(0, colon).toString());
        if (rest.length <= end) return;
        const message = JSON.parse(rest.subarray(colon + 1, end).toString());
        if (message.event) this.events.push(message);
        rest = rest.subarray(end + 1);
      }
    });
  }

  #order(command, params) {
    const text = JSON.stringify({ command, params });
    this.socket.write(`${Buffer.byteLength(text)}:${text},`);
  }

  /** Calls this address; `keys` and sounds of calls before are forgotten. */
  ring(address) {
    this.events = [];
    this.#order('dial', address);
  }

  hangUp() {
    this.#order('hangup');
  }

  hold() {
    this.#order('hold');
  }

  resume() {
    this.#order('resume');
  }

  /** Presses these keys, one after the other: events of RFC 4733, the only way that this version knows. */
  press(keys) {
    this.#order('sndcode', keys);
  }

  /** Waits for an event of the running call. */
  event(type) {
    return until(`baresip to say ${type}`, () => this.events.find((event) => event.type === type), { timeout: 12_000 });
  }

  /** Keys that arrived in the media, in order. */
  get keys() {
    return this.events.filter((event) => event.type === 'CALL_DTMF_START').map((event) => event.param).join('');
  }

  /** What it heard, as a file that grows with what arrives. */
  async #sound(use) {
    const files = (await readdir(this.folder)).filter((name) => name.endsWith('-dec.wav')).sort();
    if (files.length === 0) return undefined;
    const file = await open(join(this.folder, files.at(-1)));
    try {
      const count = Math.floor(((await file.stat()).size - HEAD) / 2);
      const samples = async (from) => {
        const bytes = Buffer.alloc(2 * (count - from));
        await file.read(bytes, 0, bytes.length, HEAD + 2 * from);
        return [...new Int16Array(bytes.buffer, bytes.byteOffset, count - from)];
      };
      return await use({ name: files.at(-1), count: Math.max(0, count), samples });
    } finally {
      await file.close();
    }
  }

  /** Waits until it hears this frequency and, far below, none of the others. */
  async hears(frequency, { absent = [] } = {}) {
    await until(
      `baresip to hear ${frequency} Hz`,
      () =>
        this.#sound(async ({ count, samples }) => {
          if (count < RATE) return false;
          const last = await samples(count - RATE / 2);
          const loud = level(last, frequency);
          return loud > -30 && absent.every((other) => level(last, other) < loud - 25);
        }),
      { timeout: 12_000 },
    );
  }

  /** Waits for a second in which nothing of this frequency arrives: silence, or no packets at all. */
  async hearsNothingOf(frequency) {
    await until(
      `baresip to hear nothing of ${frequency} Hz`,
      async () => {
        const before = await this.#sound(({ name, count }) => ({ name, count }));
        await new Promise((resolve) => setTimeout(resolve, 1000));
        return this.#sound(async ({ name, count, samples }) => {
          // Each stream of the call has a file of its own.
          if (name !== before.name) return false;
          return count === before.count || level(await samples(before.count), frequency) < -70;
        });
      },
      { timeout: 12_000 },
    );
  }

  log() {
    return `${this.child.output}\n${this.events.map((event) => JSON.stringify(event)).join('\n')}`;
  }

  async stop() {
    this.socket.destroy();
    await this.child.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}
