// The desk as its user meets it: what can be pressed, read, heard and seen.

import { find, gone, present, press, write } from './controls.mjs';
import { openPage } from './browsers.mjs';
import { until } from './wait.mjs';

/** One person at a desk: a page of their own in one of the browsers. */
export class Desk {
  constructor(opened, board, user, { frequency, hue }) {
    Object.assign(this, opened, { board, user, frequency, hue });
  }

  /** Opens the sign-in screen, at an address of the product; `prepare` gets the page before that. */
  static async open(browser, board, user, { frequency, hue = 200, hosts, portrait, prepare, path = '/' } = {}) {
    const desk = new Desk(await openPage(browser, { frequency, hue, hosts, portrait, type: 'window' }), board, user, { frequency, hue });
    await prepare?.(desk.page);
    await desk.page.goto(`${board.url}${path}`);
    return desk;
  }

  /** Opens, signs in, and starts the shift. */
  static async onShift(browser, board, user, options) {
    const desk = await Desk.open(browser, board, user, options);
    await desk.signIn();
    await desk.startShift();
    return desk;
  }

  get name() {
    return this.board.names[this.user];
  }

  async signIn(password = this.board.password) {
    await write(this.page, 'User name', this.user);
    await write(this.page, 'Password', password);
    await press(this.page, 'Sign in');
  }

  async startShift(button = 'Start shift') {
    await find(this.page, 'heading', 'Check your devices');
    await press(this.page, button);
    await this.ready();
  }

  /** Where the way to the switchboard stands. The badge of the queues says "Ready for calls" also while it is lost and is not asked. */
  link() {
    return this.page.$$eval('.top-state', (states) => states.map((state) => state.textContent.trim()).join());
  }

  ready(timeout = 15_000) {
    return until(`${this.user} to be ready`, async () => (await this.link()) === 'Ready', { timeout });
  }

  text() {
    return this.page.evaluate(() => document.body.innerText);
  }

  says(text, { timeout = 10_000 } = {}) {
    const fits = (shown) => (text instanceof RegExp ? text.test(shown) : shown.includes(text));
    return until(`${this.user}'s page to say ${text}`, async () => fits(await this.text()), { timeout });
  }

  /** Types the name and presses the button. */
  async dial(target, { video = false } = {}) {
    await write(this.page, 'Name or number', target);
    await press(this.page, video ? 'Video call' : 'Call');
  }

  async answer({ video = false } = {}) {
    const popup = await find(this.page, 'alertdialog', 'Incoming call', { timeout: 15_000 });
    await press(popup, video ? 'Answer with video' : 'Answer');
  }

  async reject() {
    const popup = await find(this.page, 'alertdialog', 'Incoming call', { timeout: 15_000 });
    await press(popup, 'Reject');
  }

  rings() {
    return find(this.page, 'alertdialog', 'Incoming call', { timeout: 15_000 });
  }

  quiet() {
    return gone(this.page, 'alertdialog', 'Incoming call');
  }

  /** The region of the call with somebody. */
  callWith(name) {
    return find(this.page, 'region', `Call with ${name}`);
  }

  /** Waits until the call is connected: it can be held, and its time runs. */
  async inCall(name) {
    const call = await this.callWith(name);
    await find(call, 'timer', 'Duration', { timeout: 15_000 });
    return call;
  }

  press(name, options) {
    return press(this.page, name, options);
  }

  shows(role, name) {
    return present(this.page, role, name);
  }

  /** Waits until no call can be hung up any more: over, whether its card is still shown or not. */
  async callOver({ timeout = 10_000 } = {}) {
    await gone(this.page, 'button', 'Hang up', { timeout });
  }

  /** SIP messages of this page, in and out, oldest first. */
  sip() {
    return this.page.evaluate(() =>
      window.__probe.sockets.flatMap((record) => record.trace.map(({ at, direction, text }) => ({ at, direction, text, url: record.url }))).filter(({ url, text }) => !/\/(feed|pictures)$/.test(url) && text.trim()),
    );
  }

  async trace(last = 30) {
    const lines = await this.sip().catch(() => []);
    return lines.slice(-last).map(({ at, direction, text }) => `--- ${this.user} ${at} ${direction}\n${text}`).join('\n');
  }

  /** What the page shows and the last that it said and was told, short enough for the report of a failure. */
  async inShort() {
    // What rings stands at the end of the page.
    const shown = (await this.text()).replace(/\s+/g, ' ').replace(/^(.{600}).+(.{500})$/, '$1 … $2');
    const now = await this.page.evaluate(() => performance.now());
    const said = (await this.sip()).slice(-10).map(({ at, direction, text }) => {
      const cseq = /^CSeq: *(.*)$/im.exec(text)?.[1] ?? '';
      return `    ${Math.round(at - now)} ms ${direction} ${text.split('\r\n')[0].slice(0, 100)} (${cseq})`;
    });
    return [`  ${this.user}: ${shown}`, ...said].join('\n');
  }

  /** The newest row of the access log, once its outcome is in it: whoever watches is told a moment earlier. */
  outcome() {
    return until('the outcome in the log', async () => {
      const [row] = await this.page.evaluate(async () => (await (await fetch('/api/access?limit=1')).json()).rows);
      return row?.release.relays[0].outcome && row;
    });
  }

  /** Loads the page again as its user would, who says yes where the browser asks. */
  async reload() {
    this.page.once('dialog', (dialog) => dialog.accept().catch(() => {}));
    await this.page.reload({ waitUntil: 'domcontentloaded' });
  }

  /** A click on the page, without which a page that was loaded again may play nothing. */
  async loud() {
    await this.page.mouse.click(2, 2);
  }

  async close() {
    await this.context.close();
  }
}
