// A visitor at the page of a queue: no account, one call.

import { find, gone, present, press, write } from './controls.mjs';
import { openPage } from './browsers.mjs';
import { until } from './wait.mjs';

export class Visitor {
  constructor(opened, board, { frequency, name }) {
    Object.assign(this, opened, { board, frequency, user: `visitor ${name ?? frequency}`, name });
  }

  /** Opens the page of a queue. */
  static async open(browser, board, queue, { frequency, name } = {}) {
    const visitor = new Visitor(await openPage(browser, { frequency, hue: 120, type: 'window' }), board, { frequency, name });
    await visitor.page.goto(`${board.url}/call/${queue}`);
    return visitor;
  }

  /** Gives the name and calls. */
  async call() {
    if (this.name) await write(this.page, 'Your name (if you like)', this.name);
    await press(this.page, 'Call now');
  }

  text() {
    return this.page.evaluate(() => document.body.innerText);
  }

  says(text, { timeout = 15_000 } = {}) {
    const fits = (shown) => (text instanceof RegExp ? text.test(shown) : shown.includes(text));
    return until(`${this.user}'s page to say ${text}`, async () => fits(await this.text()), { timeout });
  }

  /** Waits until the page says this position. */
  position(number, options) {
    return this.says(`You are number ${number} in the queue`, options);
  }

  talks(options) {
    return this.says('You are connected', options);
  }

  /** Loads the page again, as a visitor does who means no harm. */
  async reload() {
    this.page.once('dialog', (dialog) => dialog.accept().catch(() => {}));
    await this.page.reload({ waitUntil: 'domcontentloaded' });
  }

  async hangUp() {
    await press(this.page, 'Hang up');
    await gone(this.page, 'button', 'Hang up');
  }

  finds(role, name) {
    return find(this.page, role, name);
  }

  shows(role, name) {
    return present(this.page, role, name);
  }

  sip() {
    return this.page.evaluate(() => window.__probe.sockets.flatMap((record) => record.trace.map(({ at, direction, text }) => ({ at, direction, text }))));
  }

  async trace(last = 30) {
    const lines = await this.sip().catch(() => []);
    return lines.slice(-last).map(({ at, direction, text }) => `--- ${this.user} ${at} ${direction}\n${text}`).join('\n');
  }

  async close() {
    await this.context.close();
  }
}
