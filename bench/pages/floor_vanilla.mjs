// The floor written by hand: elements are made once, and a changed row writes the texts that differ.

import css from './floor.css';
import { GEAR, LEVELS, agentRow, clock, follow, passed, queueRow, state } from './floor_feed.mjs';

const SVG = 'http://www.w3.org/2000/svg';

/** An element with attributes and children. */
function make(tag, attributes = {}, ...children) {
  const svg = tag === 'svg' || tag === 'path';
  const element = svg ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** A text that is written only when it differs. */
function text(value = '') {
  const node = document.createTextNode(value);
  return { node, write: (next) => next !== node.data && (node.data = next) };
}

/** An attribute, likewise. */
function attribute(element, name) {
  let last;
  return (value) => value !== last && element.setAttribute(name, (last = value));
}

const gear = (name) => make('button', { type: 'button', 'aria-label': `Manage ${name}` }, make('svg', { class: 'icon', viewBox: '0 0 24 24' }, make('path', { d: GEAR })));

/** All running durations. */
const timers = new Set();
function timer() {
  const shown = text();
  const one = { since: 0, element: make('span', { class: 'timer', role: 'timer', 'aria-label': 'Duration' }, shown.node), write: () => shown.write(clock(passed(one.since))) };
  timers.add(one);
  return one;
}

function agentLine(user) {
  const row = agentRow(user);
  const [initials, name, words, call] = [row.initials, row.name, row.words, row.call].map(text);
  const since = timer();
  const badge = make('span', {}, make('span', { class: 'dot' }), make('span', {}, words.node));
  const tone = attribute(badge, 'class');
  const queues = make('ul', {}, ...row.queues.map((queue) => make('li', {}, make('bdi', {}, queue))));
  const element = make(
    'li',
    { class: 'agent' },
    make('span', { class: 'avatar' }, initials.node),
    make('div', {}, make('p', { class: 'clip' }, make('bdi', {}, name.node)), queues),
    make('div', {}, badge, make('span', { class: 'faint clip' })),
    since.element,
    make('p', { class: 'clip' }, call.node),
    gear(row.name),
  );
  const write = (row) => {
    name.write(row.name);
    words.write(row.words);
    call.write(row.call);
    tone(`badge ${row.tone}`);
    since.since = row.since;
    since.write();
  };
  write(row);
  return { element, write: () => write(agentRow(user)) };
}

function callerLine(caller) {
  const [place, name, detail] = [text(), text(caller.name), text()];
  const since = timer();
  const element = make(
    'li',
    { class: 'caller' },
    make('span', { class: 'faint' }, place.node),
    make('div', {}, make('p', { class: 'clip' }, make('bdi', {}, name.node)), make('p', { class: 'faint clip' }, detail.node)),
    since.element,
    gear(caller.name),
  );
  const write = (caller) => {
    place.write(caller.place);
    detail.write(caller.detail);
    since.since = caller.since;
    since.write();
  };
  write(caller);
  return { element, write, gone: () => timers.delete(since) };
}

function queueCard(queue) {
  const [label, waiting, agents, goal, more] = [text(), text(), text(), text(), text()];
  const longest = timer();
  const levels = LEVELS.map((term) => {
    const value = text();
    const element = make('div', {}, make('dt', {}, term), make('dd', {}, value.node));
    return { element, value, tone: attribute(element, 'class') };
  });
  const paths = ['in', 'late', 'lost'].map((kind) => make('path', { class: kind }));
  const draw = paths.map((path) => attribute(path, 'd'));
  const list = make('ol');
  const callers = new Map();
  const element = make(
    'article',
    { class: 'queue' },
    make('header', {}, make('h2', { class: 'clip' }, make('bdi', {}, label.node)), make('span', { class: 'badge warn' }, make('span', { class: 'dot' }), make('span', {}, waiting.node))),
    make('p', { class: 'faint' }, agents.node, make('span', {}, ' · Longest ', longest.element)),
    make('dl', { class: 'levels' }, ...levels.map((level) => level.element)),
    make('svg', { class: 'chart', viewBox: '0 0 240 49', preserveAspectRatio: 'none' }, ...paths),
    make('p', { class: 'faint' }, goal.node),
    list,
    make('p', { class: 'faint' }, more.node),
  );
  const write = () => {
    const row = queueRow(queue);
    label.write(row.label);
    waiting.write(row.waiting);
    agents.write(row.agents);
    goal.write(row.goal);
    more.write(row.more);
    longest.since = row.longest;
    longest.write();
    row.levels.forEach((level, index) => {
      levels[index].value.write(level.text);
      levels[index].tone(`level ${level.tone}`);
    });
    row.paths.forEach((path, index) => draw[index](path));
    const there = new Set(row.callers.map((caller) => caller.contact));
    for (const [contact, line] of callers) {
      if (there.has(contact)) continue;
      line.element.remove();
      line.gone();
      callers.delete(contact);
    }
    row.callers.forEach((caller, place) => {
      let line = callers.get(caller.contact);
      if (line) line.write(caller);
      else callers.set(caller.contact, (line = callerLine(caller)));
      if (list.children[place] !== line.element) list.insertBefore(line.element, list.children[place] ?? null);
    });
  };
  write();
  return { element, write };
}

window.start = (account) => {
  document.head.append(make('style', {}, css));
  const agents = new Map();
  const queues = new Map();
  return follow(account, {
    all() {
      const people = make('ul');
      const cards = make('section');
      for (const user of state.agents.keys()) agents.set(user, agentLine(user));
      for (const name of state.queues.keys()) queues.set(name, queueCard(name));
      people.append(...[...agents.values()].map((line) => line.element));
      cards.append(...[...queues.values()].map((card) => card.element));
      document.body.append(make('div', { class: 'floor' }, people, cards));
      setInterval(() => timers.forEach((timer) => timer.write()), 1000);
    },
    changed(names) {
      for (const user of names.agents) agents.get(user).write();
      for (const name of names.queues) queues.get(name).write();
    },
  });
};
window.ready = true;
