// The floor in React: one state set once per frame, keyed rows that are drawn again only when their object differs, timers that follow
// one clock by themselves.

import { createElement as h, memo, useSyncExternalStore } from 'react';
import { createRoot } from 'react-dom/client';
import css from './floor.css';
import { GEAR, LEVELS, agentRow, clock, follow, passed, queueRow, state } from './floor_feed.mjs';

/** Something that is read by components and replaced from outside. */
function store(value) {
  const listeners = new Set();
  const subscribe = (listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  const set = (next) => {
    value = next;
    for (const listener of listeners) listener();
  };
  return { set, use: () => useSyncExternalStore(subscribe, () => value) };
}

const second = store(0);
const floor = store({ agents: [], queues: [] });

const Timer = memo(({ since }) => {
  second.use();
  return h('span', { className: 'timer', role: 'timer', 'aria-label': 'Duration' }, clock(passed(since)));
});

const Gear = memo(({ name }) => h('button', { type: 'button', 'aria-label': `Manage ${name}` }, h('svg', { className: 'icon', viewBox: '0 0 24 24' }, h('path', { d: GEAR }))));

const Badge = ({ tone, words }) => h('span', { className: `badge ${tone}` }, h('span', { className: 'dot' }), h('span', null, words));

const Agent = memo(({ row }) =>
  h(
    'li',
    { className: 'agent' },
    h('span', { className: 'avatar' }, row.initials),
    h('div', null, h('p', { className: 'clip' }, h('bdi', null, row.name)), h('ul', null, row.queues.map((queue) => h('li', { key: queue }, h('bdi', null, queue))))),
    h('div', null, h(Badge, row), h('span', { className: 'faint clip' })),
    h(Timer, { since: row.since }),
    h('p', { className: 'clip' }, row.call),
    h(Gear, { name: row.name }),
  ),
);

const Caller = memo(({ place, name, detail, since }) =>
  h(
    'li',
    { className: 'caller' },
    h('span', { className: 'faint' }, place),
    h('div', null, h('p', { className: 'clip' }, h('bdi', null, name)), h('p', { className: 'faint clip' }, detail)),
    h(Timer, { since }),
    h(Gear, { name }),
  ),
);

const Chart = memo(({ good, late, lost }) =>
  h('svg', { className: 'chart', viewBox: '0 0 240 49', preserveAspectRatio: 'none' }, h('path', { className: 'in', d: good }), h('path', { className: 'late', d: late }), h('path', { className: 'lost', d: lost })),
);

const Queue = memo(({ row }) =>
  h(
    'article',
    { className: 'queue' },
    h('header', null, h('h2', { className: 'clip' }, h('bdi', null, row.label)), h(Badge, { tone: 'warn', words: row.waiting })),
    h('p', { className: 'faint' }, row.agents, h('span', null, ' · Longest ', h(Timer, { since: row.longest }))),
    h('dl', { className: 'levels' }, row.levels.map((level, index) => h('div', { key: LEVELS[index], className: `level ${level.tone}` }, h('dt', null, LEVELS[index]), h('dd', null, level.text)))),
    h(Chart, { good: row.paths[0], late: row.paths[1], lost: row.paths[2] }),
    h('p', { className: 'faint' }, row.goal),
    h('ol', null, row.callers.map((caller) => h(Caller, { key: caller.contact, ...caller }))),
    h('p', { className: 'faint' }, row.more),
  ),
);

function Floor() {
  const { agents, queues } = floor.use();
  return h(
    'div',
    { className: 'floor' },
    h('ul', null, agents.map((row) => h(Agent, { key: row.user, row }))),
    h('section', null, queues.map((row) => h(Queue, { key: row.name, row }))),
  );
}

window.start = (account) => {
  document.head.append(Object.assign(document.createElement('style'), { textContent: css }));
  let shown;
  return follow(account, {
    all() {
      shown = { agents: [...state.agents.keys()].map(agentRow), queues: [...state.queues.keys()].map(queueRow) };
      floor.set(shown);
      createRoot(document.body.appendChild(document.createElement('div'))).render(h(Floor));
      setInterval(() => second.set(Date.now()), 1000);
    },
    changed(names) {
      shown = {
        agents: shown.agents.map((row) => (names.agents.has(row.user) ? agentRow(row.user) : row)),
        queues: shown.queues.map((row) => (names.queues.has(row.name) ? queueRow(row.name) : row)),
      };
      floor.set(shown);
    },
  });
};
window.ready = true;
