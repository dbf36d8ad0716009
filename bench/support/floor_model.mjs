// A busy floor: 500 agents, 40 queues and 1,000 callers who wait, moved on by a given number of rows at a time. The same for every
// page, because chance comes from a seed. Rows are those of the wire; `checkShape` holds them against the pinned frames.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BENCH } from './build.mjs';

export const AGENTS = 500;
export const QUEUES = 40;
export const CALLERS = 1000;
/** Callers of a queue that the switchboard names (`LISTED` of its queues). */
const LISTED = 20;
const INTERVAL_MS = 15 * 60_000;
/** Settings of the queues, as the configuration has them. Most calls are answered in time: of rows behind forty alarms nobody sees one. */
const TARGET_S = 90;

export const user = (index) => `agent${index + 1}`;
export const queueName = (index) => `queue${index + 1}`;
const two = (index) => [index % QUEUES, (index * 7 + 3) % QUEUES].filter((queue, at, both) => both.indexOf(queue) === at);

/** What the switchboard is configured with. */
export const people = { supervisor: 'Supervisor', ...Object.fromEntries(Array.from({ length: AGENTS }, (_, index) => [user(index), `Agent ${index + 1}`])) };
export const queues = Array.from({ length: QUEUES }, (_, queue) => ({
  name: queueName(queue),
  label: `Queue ${queue + 1}`,
  agents: Array.from({ length: AGENTS }, (_, index) => index).filter((index) => two(index).includes(queue)).map(user),
  target_seconds: TARGET_S,
  target_percent: 80,
  alarm_seconds: 180,
}));

/** Chance that is the same every time (mulberry32). */
function chance(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export class FloorModel {
  /** Fills the rows of the switchboard's own snapshot. */
  constructor(snapshot, now = Date.now()) {
    this.random = chance(7);
    this.contacts = 0;
    this.people = new Map(snapshot.people.map((person) => [person.user, person]));
    this.agents = new Map(snapshot.floor.agents.map((agent) => [agent.user, agent]));
    this.queues = new Map(snapshot.floor.queues.map((queue) => [queue.queue.name, queue]));
    this.figures = new Map(snapshot.floor.figures.map((figures) => [figures.queue, figures]));
    if (this.agents.size !== AGENTS || this.queues.size !== QUEUES) throw new Error(`a floor of ${this.agents.size} agents and ${this.queues.size} queues`);
    this.waiting = new Map();
    this.changed = { people: new Set(), agents: new Set(), queues: new Set(), figures: new Set() };
    const each = CALLERS / QUEUES;
    for (const name of this.queues.keys()) {
      const callers = Array.from({ length: each }, (_, place) => this.#caller(now - 2400 * (each - place) + Math.floor(this.random() * 2000)));
      this.waiting.set(name, callers);
      this.figures.set(name, this.#day(name, now));
    }
    for (const name of this.agents.keys()) {
      const state = ['on_call', 'on_call', 'on_call', 'on_call', 'wrap_up', 'wrap_up', 'ringing', 'ready', 'paused', 'offline'][Math.floor(this.random() * 10)];
      this.#put(name, state, now - Math.floor(this.random() * 300_000));
    }
    for (const name of this.queues.keys()) this.#count(name);
    this.#forget();
  }

  #pick(list) {
    return list[Math.floor(this.random() * list.length)];
  }

  #contact() {
    this.contacts += 1;
    return this.contacts.toString(16).padStart(32, '0');
  }

  #caller(since) {
    const contact = this.#contact();
    const priority = this.random() < 0.1 ? 1 : 0;
    return { contact, display_name: `Caller ${this.contacts}`, since, priority };
  }

  /** The quarters of an hour since midnight. */
  #day(queue, now) {
    const since = new Date(now).setHours(0, 0, 0, 0);
    const intervals = [];
    for (let at = since; at <= now; at += INTERVAL_MS) {
      const answered = 20 + Math.floor(this.random() * 20);
      const in_time = Math.floor(answered * (0.85 + this.random() * 0.15));
      intervals.push({ at, answered, in_time, lost: Math.floor(this.random() * 3), waited_ms: answered * 30_000 });
    }
    return { queue, since, intervals };
  }

  /** What an agent does from now on. */
  #put(name, state, now) {
    const { call: before, ...agent } = this.agents.get(name);
    const status = { state, since: now, wants_calls: state !== 'paused' && state !== 'offline' };
    let call;
    if (state === 'ringing' || state === 'on_call') {
      const of = this.queues.get(this.#pick(agent.queues).queue).queue;
      call = before ?? {
        contact: this.#contact(),
        direction: 'incoming',
        peer: { address: `guest${this.contacts}`, display_name: `Caller ${this.contacts}` },
        state: 'ringing',
        started_at: now,
        queue: { name: of.name, label: of.label, since: now - 30_000 },
      };
      if (state === 'on_call') call = { ...call, state: 'connected', answered_at: now };
    } else if (state === 'wrap_up') {
      status.wrap_up = { contact: before?.contact ?? this.#contact(), queue: agent.queues[0].queue, since: now, until: now + 30_000 };
    } else if (state === 'paused') {
      status.pause_reason = 'lunch';
    }
    this.agents.set(name, { ...agent, status, ...(call ? { call } : {}) });
    const presence = { ringing: 'ringing', on_call: 'on_call', offline: 'offline' }[state] ?? 'available';
    const person = this.people.get(name);
    if (person.presence !== presence) {
      this.people.set(name, { ...person, presence, since: now });
      this.changed.people.add(name);
    }
    this.changed.agents.add(name);
  }

  /** Writes down who waits in a queue and who works for it. */
  #count(name) {
    const row = this.queues.get(name);
    const [free, working] = [['ready'], ['ready', 'ringing', 'on_call', 'wrap_up']].map((states) => {
      const members = [...this.agents.values()].filter((agent) => agent.queues.some((of) => of.queue === name));
      return members.filter((agent) => states.includes(agent.status.state)).length;
    });
    const waiting = this.waiting.get(name);
    this.queues.set(name, { ...row, queue: { ...row.queue, waiting: waiting.length, first: waiting.slice(0, LISTED), free, working, open: true } });
    this.changed.queues.add(name);
  }

  /** One agent goes on with the work. */
  #step(now) {
    const name = user(Math.floor(this.random() * AGENTS));
    const agent = this.agents.get(name);
    let queue = agent.call?.queue.name ?? this.#pick(agent.queues).queue;
    switch (agent.status.state) {
      case 'offline':
      case 'paused':
        // Rare, as it is at work.
        if (this.random() < 0.7) return;
        this.#put(name, 'ready', now);
        break;
      case 'ready': {
        this.#put(name, this.random() < 0.05 ? 'paused' : 'ringing', now);
        const { call } = this.agents.get(name);
        if (call) {
          queue = call.queue.name;
          Object.assign(this.waiting.get(queue)[0], { offered_to: name, rung: [name] });
        }
        break;
      }
      case 'ringing': {
        this.#put(name, 'on_call', now);
        const callers = this.waiting.get(queue);
        const taken = callers.shift();
        callers.push(this.#caller(now));
        this.#answered(queue, now - taken.since, now);
        break;
      }
      case 'on_call':
        this.#put(name, 'wrap_up', now);
        return;
      default:
        this.#put(name, 'ready', now);
    }
    this.#count(queue);
  }

  #answered(queue, waited, now) {
    const figures = this.figures.get(queue);
    const intervals = [...figures.intervals];
    const at = now - (now % INTERVAL_MS);
    const last = intervals.at(-1)?.at === at ? intervals.pop() : { at, answered: 0, in_time: 0, lost: 0, waited_ms: 0 };
    intervals.push({ ...last, answered: last.answered + 1, in_time: last.in_time + (waited <= TARGET_S * 1000 ? 1 : 0), waited_ms: last.waited_ms + waited });
    this.figures.set(queue, { ...figures, intervals });
    this.changed.figures.add(queue);
  }

  #forget() {
    for (const set of Object.values(this.changed)) set.clear();
  }

  /** Moves on until `rows` rows differ, and answers them in the order in which the switchboard sends them. */
  changes(rows, now = Date.now()) {
    const count = () => Object.values(this.changed).reduce((sum, set) => sum + set.size, 0);
    while (count() < rows) this.#step(now);
    const { people, agents, queues, figures } = this.changed;
    const changes = [
      ...[...people].map((name) => ({ change: 'person', person: this.people.get(name) })),
      ...[...agents].map((name) => ({ change: 'floor_agent', agent: this.agents.get(name) })),
      ...[...queues].map((name) => ({ change: 'floor_queue', queue: this.queues.get(name) })),
      ...[...figures].map((name) => ({ change: 'floor_figures', figures: this.figures.get(name) })),
    ];
    this.#forget();
    return changes;
  }

  /** The switchboard's snapshot with these rows. */
  snapshot(original) {
    const floor = { ...original.floor, agents: [...this.agents.values()], queues: [...this.queues.values()], figures: [...this.figures.values()] };
    return { ...original, people: original.people.map((person) => this.people.get(person.user)), floor };
  }
}

const SNAPSHOT = join(BENCH, '..', 'wire', 'tests', 'snapshots', 'json__feed_to_the_page.snap');

/** Fails where a frame has a field that the pinned frames of the wire do not have: this floor speaks as the switchboard does. */
export function checkShape(frame) {
  const pinned = JSON.parse(readFileSync(SNAPSHOT, 'utf8').split(/^---$/m)[2]);
  const paths = (value, at, found) => {
    if (Array.isArray(value)) value.forEach((each) => paths(each, `${at}[${each?.change ?? ''}]`, found));
    else if (value !== null && typeof value === 'object') Object.entries(value).forEach(([key, each]) => paths(each, `${at}.${key}`, found));
    else found.add(`${at}: ${typeof value}`);
    return found;
  };
  const of = (frames) => frames.reduce((found, each) => paths(each, '', found), new Set());
  const known = of(pinned.filter((each) => each.type === frame.type));
  // The pinned calls of the floor came through no queue; a call is the same type wherever it stands.
  const ownCall = '.changes[call]';
  const calls = [...of(pinned)].filter((path) => path.startsWith(`${ownCall}.call.queue`)).map((path) => path.slice(ownCall.length));
  const unknown = [...paths(frame, '', new Set())].filter((path) => !known.has(path) && !calls.some((end) => path.endsWith(end)));
  if (unknown.length > 0) throw new Error(`the wire does not have: ${unknown.slice(0, 5).join(', ')}`);
}
