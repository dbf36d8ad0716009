// The switchboard under test: a real process with data of its own, started, killed, started again.

import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Child } from './process.mjs';
import { freePort } from './net.mjs';

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, '..', '..');

/** The program and the built app. */
export const BINARY =
  process.env.PORTICO_SWITCHBOARD ??
  join(process.env.CARGO_TARGET_DIR ?? join(homedir(), '.cache', 'portico', 'target'), 'debug', 'switchboard');
export const APP = process.env.PORTICO_DIST ?? join(ROOT, 'dist');

/** Sign-in password of everybody in these tests. */
export const PASSWORD = 'portico-e2e';

/** People of the configured switchboard; those of the demo are its own. */
export const PEOPLE = {
  agent1: 'Agent One',
  agent2: 'Agent Two',
  agent3: 'Agent Three',
  agent4: 'Agent Four',
};

let hash;

/** The hash that the configuration wants; computed once per run. */
function passwordHash() {
  hash ??= new Promise((done, fail) => {
    const child = spawn(BINARY, ['hash-password'], { stdio: ['pipe', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.on('data', (chunk) => (text += chunk));
    child.once('error', fail);
    child.once('exit', (code) => (code === 0 ? done(text.trim()) : fail(new Error('hash-password failed'))));
    child.stdin.end(`${PASSWORD}\n`);
  });
  return hash;
}

const quoted = (text) => JSON.stringify(text);

/** A value as the configuration writes it. */
function toml(value) {
  if (Array.isArray(value)) return `[${value.map(toml).join(', ')}]`;
  if (typeof value === 'object') return `{ ${Object.entries(value).map(([key, each]) => `${key} = ${toml(each)}`).join(', ')} }`;
  return JSON.stringify(value);
}

/** One switchboard process. */
export class Switchboard {
  constructor(folder, port, args) {
    Object.assign(this, { folder, port, args, names: PEOPLE, password: PASSWORD, domain: 'portico.test' });
    this.url = `http://127.0.0.1:${port}`;
    this.sip = `ws://127.0.0.1:${port}/sip`;
  }

  /** `switchboard demo` on a free port. */
  static async demo() {
    const folder = await mkdtemp(join(tmpdir(), 'portico-demo-'));
    const port = await freePort();
    const board = new Switchboard(folder, port, ['demo', '--port', String(port), '--app', APP, '--data', folder]);
    board.password = 'portico';
    board.names = { agent1: 'Agent One', agent2: 'Agent Two', supervisor: 'Supervisor', concierge: 'Concierge', admin: 'Administrator' };
    await board.start();
    return board;
  }

  /**
   * `switchboard serve` with a configuration: `origins` beside its own, `ice` = `{ stun, turn, secret, policy }`,
   * `pbx` = `{ url, further, domain, password }` where desks register elsewhere, `limits` as in the file, `queues` and `sites` = tables as
   * in the file, the first with the pause reason `lunch`, the second for everybody; `files` = texts beside it, by name; `roles` by
   * user, where they are not those of an agent; `people` = names by user, where they are others than those of the tests; `tenant` = further
   * lines of the tenant.
   */
  static async serve({ origins = [], ice, pbx, limits = {}, queues = [], sites = [], files = {}, roles = {}, people = PEOPLE, tenant = {} } = {}) {
    const folder = await mkdtemp(join(tmpdir(), 'portico-serve-'));
    const port = await freePort();
    const config = join(folder, 'portico.toml');
    const lines = [
      '[http]',
      `listen = "127.0.0.1:${port}"`,
      `app = ${quoted(APP)}`,
      `origins = [${[`http://127.0.0.1:${port}`, ...origins].map(quoted).join(', ')}]`,
      '',
      '[store]',
      'url = "sqlite:portico.sqlite"',
      'keys = "keys"',
      '',
      '[limits]',
      ...Object.entries({ sign_in_per_address: 1000, sign_in_per_account: 1000, ...limits })
        .filter(([, value]) => value !== undefined)
        .map(([key, value]) => `${key} = ${value}`),
    ];
    if (ice) {
      if (ice.secret) await writeFile(join(folder, 'turn.secret'), ice.secret, { mode: 0o600 });
      lines.push('', '[ice]');
      if (ice.stun) lines.push(`stun = [${ice.stun.map(quoted).join(', ')}]`);
      if (ice.turn) lines.push(`turn = [${ice.turn.map(quoted).join(', ')}]`, 'secret_file = "turn.secret"');
      if (ice.policy) lines.push(`policy = ${quoted(ice.policy)}`);
    }
    lines.push('', '[[tenants]]', 'name = "house"', 'domain = "portico.test"');
    lines.push(...Object.entries(tenant).map(([key, value]) => `${key} = ${toml(value)}`));
    if (sites.length > 0) lines.push(`sites = ${toml(sites)}`);
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text, { mode: 0o600 });
    if (pbx) lines.push(`pbx = ${toml({ websocket: pbx.url, further_websockets: pbx.further ?? [], domain: pbx.domain, trusted: pbx.trusted ?? [] })}`);
    for (const [user, name] of Object.entries(people)) {
      lines.push('', '[[tenants.people]]', `user = ${quoted(user)}`, `name = ${quoted(name)}`, `roles = ${toml(roles[user] ?? ['agent'])}`);
      lines.push(`password = ${quoted(await passwordHash())}`);
      if (sites.length > 0) lines.push(`sites = ${toml(sites.map((site) => site.name))}`);
      if (pbx) lines.push(`pbx = { user = ${quoted(user)}, password = ${quoted(pbx.password)} }`);
    }
    for (const queue of queues) {
      lines.push('', '[[tenants.queues]]', ...Object.entries(queue).map(([key, value]) => `${key} = ${toml(value)}`));
    }
    if (queues.length > 0) lines.push('', '[[tenants.pause_reasons]]', 'name = "lunch"', 'label = "Lunch"');
    await writeFile(config, `${lines.join('\n')}\n`);
    const board = new Switchboard(folder, port, ['serve', '--config', config]);
    board.config = config;
    board.names = people;
    board.devices = {};
    // Made before the start, as an administrator does who sets up a telephone.
    if (!pbx && people === PEOPLE) for (const user of ['agent3', 'agent4']) board.devices[user] = await board.#newDevice(user);
    await board.start();
    return board;
  }

  async start() {
    if (!existsSync(BINARY)) throw new Error(`there is no ${BINARY}: cargo build -p switchboard`);
    this.child = new Child(BINARY, this.args, { env: { ...process.env, PORTICO_LOG: process.env.PORTICO_LOG ?? 'info' } });
    await this.child.line(/^ready (\S+)$/m, 20_000);
    return this;
  }

  /** The SIP password of `user`'s telephone: agent3 and agent4 have one. */
  devicePassword(user) {
    return this.devices[user];
  }

  async #newDevice(user) {
    const { stdout } = await run(BINARY, ['device-password', '--config', this.config, '--user', user, '--label', 'e2e']);
    return stdout.trim();
  }

  /** The process dies without a word; data and port stay. */
  async kill() {
    await this.child.stop('SIGKILL');
  }

  log() {
    return this.child.output;
  }

  async stop() {
    const ended = await this.child.stop();
    await rm(this.folder, { recursive: true, force: true });
    return ended;
  }
}
