// A screen with a link to the wallboard: a page at which nobody signs in.

import { openPage } from './browsers.mjs';
import { find } from './controls.mjs';
import { until } from './wait.mjs';

/** Signs in by the API and gives what makes and revokes links. */
export async function links(board, user = 'supervisor') {
  const signIn = await fetch(`${board.url}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: board.url },
    body: JSON.stringify({ user, password: board.password }),
  });
  const cookie = signIn.headers.getSetCookie().map((line) => line.split(';')[0]).join('; ');
  const ask = async (method, path, body) => {
    const headers = { 'content-type': 'application/json', origin: board.url, cookie };
    const answer = await fetch(`${board.url}${path}`, { method, headers, body: body && JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  return {
    /** Whatever else this person asks of the API. */
    ask,
    /** A link's id and token. */
    async make(name, queues, days = 1) {
      const list = await ask('POST', '/api/walls', { name, queues, days });
      return { id: list.links[0].id, token: list.token };
    },
    revoke: (id) => ask('DELETE', `/api/walls/${id}`),
    list: () => ask('GET', '/api/walls'),
  };
}

/** A screen. */
export class Screen {
  constructor(opened, board) {
    Object.assign(this, opened, { board, user: 'screen' });
  }

  /** Opens a link in a browser that knows nobody. */
  static async open(browser, board, token) {
    const screen = new Screen(await openPage(browser, { type: 'window' }), board);
    await screen.page.goto(`${board.url}/wall${token ? `#${token}` : ''}`);
    return screen;
  }

  text() {
    return this.page.evaluate(() => document.body.innerText);
  }

  says(text, { timeout = 15_000 } = {}) {
    return until(`the screen to say ${text}`, async () => (await this.text()).includes(text), { timeout });
  }

  saysNot(text, { timeout = 15_000 } = {}) {
    return until(`the screen not to say ${text}`, async () => !(await this.text()).includes(text), { timeout });
  }

  /** The figures of a card, by their words. */
  figures(card) {
    return this.page.evaluate((card) => {
      const found = [...document.querySelectorAll('.wall-card')].find((each) => each.getAttribute('aria-label') === card);
      const pairs = [...(found?.querySelectorAll('.wall-figure') ?? [])].map((each) => [each.querySelector('dt').textContent, each.querySelector('dd').textContent]);
      return Object.fromEntries(pairs);
    }, card);
  }

  /** How many agents do what, by the words for it. */
  staff() {
    return this.page.$$eval('.wall-state', (all) => Object.fromEntries(all.map((each) => [each.querySelector('dt').textContent, each.querySelector('dd').textContent])));
  }

  /** Waits until figures of a card are these. */
  shows(card, wanted, { timeout = 15_000 } = {}) {
    return until(
      `${card} to show ${JSON.stringify(wanted)}`,
      async () => {
        const shown = await this.figures(card);
        return Object.entries(wanted).every(([word, value]) => shown[word] === value);
      },
      { timeout },
    );
  }

  /** Chooses a layout: the words are what is pressed, the radio button in them has no size. */
  async layout(name) {
    await (await find(this.page, 'radio', name)).evaluate((radio) => radio.closest('label').click());
  }

  async trace() {
    return '';
  }

  async close() {
    await this.context.close();
  }
}
