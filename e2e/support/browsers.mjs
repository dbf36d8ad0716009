// The two real browsers, and pages in them that keep a list of everything that must not happen.

import puppeteer from 'puppeteer-core';
import { freePort } from './net.mjs';
import { pageProbe } from './page_probe.mjs';
import { soundCard } from './sound.mjs';

export const BROWSERS = ['chromium', 'firefox'];

const EXECUTABLES = {
  chromium: process.env.PORTICO_CHROMIUM ?? '/usr/bin/chromium',
  firefox: process.env.PORTICO_FIREFOX ?? '/usr/bin/firefox-esr',
};

const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-features=WebRtcHideLocalIpsWithMdns,Translate,MediaRouter,OptimizationHints',
];

const FIREFOX_PREFERENCES = {
  'media.peerconnection.ice.loopback': true,
  'media.peerconnection.ice.obfuscate_host_addresses': false,
  // The voices and ears of the test live in audio contexts that no click has unlocked.
  'media.autoplay.default': 0,
  'media.autoplay.block-webaudio': false,
  'media.autoplay.blocking_policy': 0,
  // OpenH264 would be downloaded in the middle of a test.
  'media.gmp-manager.updateEnabled': false,
  'app.update.disabledForTesting': true,
};

/**
 * What the machine's microphone and camera are like: `fake` works without asking, `asked` works for whoever has the permission (Chromium
 * only: a command gives it and takes it back), `refused` is a user who says no, `none` is a machine without devices. The errors are the
 * browser's own, not ours.
 */
const MEDIA = {
  chromium: {
    fake: ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream'],
    asked: ['--use-fake-device-for-media-stream'],
    refused: ['--use-fake-device-for-media-stream', '--deny-permission-prompts'],
    none: ['--use-fake-ui-for-media-stream'],
  },
  firefox: {
    fake: { 'media.navigator.streams.fake': true, 'media.navigator.permission.disabled': true },
    refused: { 'media.navigator.streams.fake': true, 'permissions.default.microphone': 2, 'permissions.default.camera': 2 },
    none: { 'media.navigator.streams.fake': false, 'media.navigator.permission.disabled': true },
  },
};

/** Browsers that walk the whole page for an accessible name. */
const walkers = new WeakSet();

export const walksForNames = (browser) => walkers.has(browser);

/**
 * Starts one browser with an empty profile; `environment` is that of a sound card, which Firefox needs; `within`: the machine (namespace.mjs)
 * on which it runs, where `secure` is an origin to be trusted as loopback is.
 */
export async function launch(name, { media = 'fake', environment = {}, within, secure } = {}) {
  const firefox = name === 'firefox';
  // Chromium takes its commands by a pipe, Firefox at a port of the machine on which it runs.
  const port = firefox && within ? await freePort() : undefined;
  if (port) await within.reach(port);
  const trusted = secure && firefox ? { 'dom.securecontext.allowlist': new URL(secure).hostname } : {};
  const browser = await puppeteer.launch({
    browser: firefox ? 'firefox' : 'chrome',
    executablePath: within ? await within.program(EXECUTABLES[name]) : EXECUTABLES[name],
    pipe: within !== undefined && !firefox,
    debuggingPort: port,
    headless: true,
    args: firefox ? [] : [...CHROMIUM_FLAGS, ...MEDIA.chromium[media], ...(secure ? [`--unsafely-treat-insecure-origin-as-secure=${secure}`] : [])],
    extraPrefsFirefox: firefox ? { ...FIREFOX_PREFERENCES, ...MEDIA.firefox[media], ...trusted } : undefined,
    env: { ...process.env, ...environment },
    defaultViewport: { width: 1280, height: 900 },
    protocolTimeout: 60_000,
  });
  if (firefox) walkers.add(browser);
  // A run that is broken off leaves no browser behind.
  const end = () => browser.process()?.kill('SIGKILL');
  process.on('exit', end);
  browser.once('disconnected', () => process.off('exit', end));
  return browser;
}

/** Ends the browser; by its process id where closing it politely takes too long. */
export async function close(browser) {
  const child = browser.process();
  const late = setTimeout(() => child?.kill('SIGKILL'), 8000);
  await browser.close().catch(() => child?.kill('SIGKILL'));
  clearTimeout(late);
}

/** One browser of each kind, started when first asked for and shared by the tests of a file. */
export class Browsers {
  #launched = new Map();
  #sound;

  async #start(name, options) {
    // The sound card would pass for a microphone (its monitor), so a machine without devices has none at all.
    if (name !== 'firefox' || options.media === 'none') return launch(name, options);
    this.#sound ??= soundCard();
    const { environment } = await this.#sound;
    return launch(name, { ...options, environment });
  }

  get(name, options = {}) {
    const key = `${name} ${options.media ?? 'fake'} ${options.within?.address ?? ''}`;
    if (!this.#launched.has(key)) this.#launched.set(key, this.#start(name, options));
    return this.#launched.get(key);
  }

  async close() {
    const all = [...this.#launched.values()];
    this.#launched.clear();
    await Promise.allSettled(all.map(async (browser) => close(await browser)));
    await (await this.#sound)?.stop();
    this.#sound = undefined;
  }
}

/**
 * A page of its own (fresh cookies and storage) for one participant. `watch` of the result lists every console
 * error, page error, content policy violation and request to a host that is not in `hosts`.
 */
export async function openPage(browser, { frequency, hue, portrait, hosts = ['127.0.0.1'], type = 'tab' } = {}) {
  // A context that is given is one that there is: another page of the same participant.
  const context = browser.createBrowserContext ? await browser.createBrowserContext() : browser;
  const page = await context.newPage({ type });
  const watch = new Watch(page, hosts);
  await page.evaluateOnNewDocument(pageProbe, { frequency, hue, portrait });
  return { page, context, watch };
}

/** Everything a page did that it must not do. */
export class Watch {
  constructor(page, hosts) {
    this.page = page;
    this.hosts = new Set(hosts);
    this.errors = [];
    this.log = [];
    this.requests = [];
    page.on('console', (message) => {
      const line = `console ${message.type()}: ${message.text()} ${message.location()?.url ?? ''}`.trim();
      this.log.push(line);
      if (message.type() === 'error' || message.type() === 'assert') this.errors.push(line);
    });
    page.on('pageerror', (error) => this.errors.push(`page error: ${error?.message ?? error}`));
    page.on('error', (error) => this.errors.push(`page crashed: ${error.message}`));
    page.on('request', (request) => {
      const url = new URL(request.url());
      this.requests.push(request.url());
      if (['http:', 'https:', 'ws:', 'wss:'].includes(url.protocol) && !this.hosts.has(url.hostname)) {
        this.errors.push(`request to another host: ${request.url()}`);
      }
    });
  }

  /** What went wrong so far, without the lines that match one of `expected`. */
  async problems(expected = []) {
    const inPage = await this.page
      .evaluate(() => ({
        violations: window.__probe?.violations ?? [],
        sockets: (window.__probe?.sockets ?? []).map((record) => record.url),
      }))
      .catch(() => ({ violations: [], sockets: [] }));
    const found = [...this.errors, ...inPage.violations.map((line) => `content policy: ${line}`)];
    for (const url of inPage.sockets) {
      if (!this.hosts.has(new URL(url).hostname)) found.push(`socket to another host: ${url}`);
    }
    return found.filter((line) => !expected.some((pattern) => pattern.test(line)));
  }
}
