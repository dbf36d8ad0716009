// A simulated door station as the person in front of it and the one behind its cover see it: by its own page, never by our log.

import { Child } from './process.mjs';
import { BINARY } from './switchboard.mjs';
import { until } from './wait.mjs';

/** Hertz of the tone that a visitor makes. */
export const STATION_TONE = 440;

/** One station of a running demo. */
export class Station {
  constructor(page) {
    this.page = page;
  }

  /** The station with this name of `switchboard demo`. */
  static of(board, name) {
    const [, page] = new RegExp(`^station ${name} (\\S+)$`, 'm').exec(board.child.stdout) ?? [];
    if (!page) throw new Error(`the demo has no station ${name}: ${board.child.stdout}`);
    return new Station(page);
  }

  /** A station of its own, with these arguments of `switchboard station`; `device` is the address of its API and pictures. */
  static async start(...args) {
    const child = new Child(BINARY, ['station', '--listen', '127.0.0.1:0', '--page', '127.0.0.1:0', ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
    const [, device, page] = await child.line(/^ready (\S+) page (\S+)$/m);
    const station = new Station(page);
    return Object.assign(station, { device, stop: () => child.stop(), log: () => child.output });
  }

  async #ask(path, body) {
    const options = body && { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    const answer = await fetch(`${this.page}/${path}`, options);
    if (!answer.ok) throw new Error(`the station answers ${answer.status} to ${path}`);
    return answer.json();
  }

  state() {
    return this.#ask('state');
  }

  set(change) {
    return this.#ask('set', change);
  }

  async registered() {
    await until('the station to be registered', async () => (await this.state()).phone.registered, { timeout: 15_000 });
  }

  async ring() {
    await this.registered();
    await this.#ask('ring', {});
  }

  hangUp() {
    return this.#ask('hang-up', {});
  }

  async idle() {
    await until('the station to be idle', async () => !['ringing', 'talking'].includes((await this.state()).phone.call));
  }

  /** How often each relay closed so far. */
  async pulses() {
    return (await this.state()).relays.map((relay) => relay.pulses);
  }

  /** Every relay is at rest, and nothing is locked or out of order. */
  async reset() {
    await this.set({ power: true, login: 'digest', camera: 'normal', token: 'portico' });
    for (const number of [1, 2]) await this.set({ relay: { number, locked: false, in_schedule: true, remote: true } });
    await until('the relays to be at rest', async () => (await this.state()).relays.every((relay) => !relay.open));
    await this.idle();
  }

  /** Waits until the station hears a tone of about this height. */
  async hears(frequency) {
    await until(
      `the station to hear ${frequency} Hz`,
      async () => {
        const { phone } = await this.state();
        return phone.connected && phone.level_db > -45 && Math.abs(phone.frequency_hz - frequency) < frequency * 0.04;
      },
      { timeout: 12_000 },
    );
  }
}
