// What both neighbours read the feed with: sign-in, ticket, socket, rows by name, and what a row shows, in plain JavaScript.

const two = (n) => String(n).padStart(2, '0');
export const clock = (seconds) => (seconds >= 3600 ? `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}` : `${Math.floor(seconds / 60)}:${two(seconds % 60)}`);
const INTERVAL_MS = 15 * 60_000;
const BARS = 24;

async function post(path, body) {
  const answer = await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

/** Rows by name. `offset` takes an instant of the server to this page's clock. */
export const state = { people: new Map(), agents: new Map(), queues: new Map(), figures: new Map(), offset: 0 };

/** Follows the feed: `all()` after a snapshot, then `changed({ agents, queues })` with the names of changed rows, once per frame. */
export async function follow(account, { all, changed }) {
  const me = await post('/api/session', account);
  const { ticket } = await post('/api/ticket', { purpose: 'feed' });
  const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/feed`);
  socket.onopen = () => socket.send(JSON.stringify({ type: 'hello', ticket, wire: me.wire }));
  socket.onmessage = ({ data }) => {
    const frame = JSON.parse(data);
    if (frame.type === 'heartbeat') {
      socket.send(JSON.stringify({ type: 'heartbeat', beat: frame.beat }));
    } else if (frame.type === 'snapshot') {
      state.offset = Date.now() - frame.now;
      for (const person of frame.people) state.people.set(person.user, person);
      for (const agent of frame.floor.agents) state.agents.set(agent.user, agent);
      for (const queue of frame.floor.queues) state.queues.set(queue.queue.name, queue);
      for (const figures of frame.floor.figures) state.figures.set(figures.queue, figures);
      all();
    } else if (frame.type === 'delta') {
      changed(apply(frame.changes));
    }
  };
}

function apply(changes) {
  const agents = new Set();
  const queues = new Set();
  for (const { change, ...row } of changes) {
    if (change === 'person') {
      state.people.set(row.person.user, row.person);
      agents.add(row.person.user);
    } else if (change === 'floor_agent') {
      state.agents.set(row.agent.user, row.agent);
      agents.add(row.agent.user);
    } else if (change === 'floor_queue') {
      state.queues.set(row.queue.queue.name, row.queue);
      queues.add(row.queue.queue.name);
    } else if (change === 'floor_figures') {
      state.figures.set(row.figures.queue, row.figures);
      queues.add(row.figures.queue);
    }
  }
  return { agents, queues };
}

const STATES = {
  offline: ['Phone not connected', 'off'],
  ready: ['Ready for calls', 'good'],
  ringing: ['Ringing', 'accent'],
  on_call: ['On a call', 'accent'],
  wrap_up: ['Finishing a call', 'warn'],
  paused: ['Paused: Lunch', 'off'],
};

/** What the row of an agent shows. */
export function agentRow(user) {
  const { status, queues, call } = state.agents.get(user);
  const name = state.people.get(user).display_name;
  const [words, tone] = STATES[status.state];
  const initials = name.split(' ').map((word) => word[0]).join('');
  const with_ = call ? `with ${call.peer.display_name} · ${call.queue.label}` : '';
  return { user, name, initials, words, tone, since: status.since + state.offset, queues: queues.map((of) => state.queues.get(of.queue).queue.label), call: with_ };
}

const sum = (intervals) => intervals.reduce((all, one) => ({ answered: all.answered + one.answered, in_time: all.in_time + one.in_time, lost: all.lost + one.lost, waited_ms: all.waited_ms + one.waited_ms }), { answered: 0, in_time: 0, lost: 0, waited_ms: 0 });
const percent = ({ answered, in_time, lost }) => (answered + lost > 0 ? Math.floor((in_time * 100) / (answered + lost)) : undefined);

function paths(intervals, now) {
  const last = now - (now % INTERVAL_MS);
  const bars = Array.from({ length: BARS }, (_, index) => intervals.find((each) => each.at === last - (BARS - 1 - index) * INTERVAL_MS) ?? { answered: 0, in_time: 0, lost: 0 });
  const highest = Math.max(4, ...bars.map((bar) => bar.answered + bar.lost));
  const found = ['', '', ''];
  bars.forEach((bar, index) => {
    let below = 0;
    [bar.in_time, bar.answered - bar.in_time, bar.lost].forEach((count, path) => {
      const at = (n) => 48 - Math.floor((n * 48) / highest);
      if (count > 0) found[path] += `M${index * 10 + 1} ${at(below)}V${at(below + count)}h8V${at(below)}z`;
      below += count;
    });
  });
  return found;
}

/** What the card of a queue shows. */
export function queueRow(name) {
  const { queue, target_s, target_percent } = state.queues.get(name);
  const { intervals } = state.figures.get(name);
  const now = Date.now() - state.offset;
  const today = sum(intervals);
  const level = (share) => ({ text: share === undefined ? '–' : `${share} %`, tone: share === undefined ? 'off' : share < target_percent ? 'bad' : 'good' });
  const from = now - (now % INTERVAL_MS) - INTERVAL_MS;
  const plain = (text) => ({ text: String(text), tone: 'off' });
  return {
    name,
    label: queue.label,
    waiting: `${queue.waiting} waiting`,
    agents: `${queue.free} of ${queue.working} free`,
    longest: Math.min(...queue.first.map((caller) => caller.since)) + state.offset,
    levels: [level(percent(sum(intervals.filter((each) => each.at >= from)))), level(percent(today)), plain(today.answered), plain(today.lost), plain(clock(today.answered > 0 ? Math.floor(today.waited_ms / today.answered / 1000) : 0))],
    paths: paths(intervals, now),
    goal: `Goal: ${target_percent} % within ${target_s} seconds`,
    more: queue.waiting > queue.first.length ? `and ${queue.waiting - queue.first.length} more` : '',
    callers: queue.first.map((caller, place) => ({
      contact: caller.contact,
      place: String(place + 1),
      name: caller.display_name,
      since: caller.since + state.offset,
      detail: [caller.priority > 0 ? `Priority ${caller.priority}` : '', caller.offered_to ? `rings ${state.people.get(caller.offered_to).display_name}` : ''].filter(Boolean).join(' · '),
    })),
  };
}

export const LEVELS = ['Now', 'Today', 'Answered', 'Lost', 'Average wait'];
export const GEAR = 'M4 7.25h9M17.5 7.25H20M4 16.75h2.5M11 16.75h9M15.25 5a2.25 2.25 0 1 1 0 4.5 2.25 2.25 0 0 1 0-4.5zM8.75 14.5a2.25 2.25 0 1 1 0 4.5 2.25 2.25 0 0 1 0-4.5z';

/** Whole seconds since an instant of this page's clock. */
export const passed = (since) => Math.max(0, Math.floor((Date.now() - since) / 1000));
