// The three callers under comparison, driven alike: `dial(user)` returns the stamps of one call in ms after dialling.

import { clock } from '../pages/clock.mjs';
import { find, gone, press, write } from '../../e2e/support/controls.mjs';
import { pageWith } from './serve.mjs';

/** Pages of the two libraries. */
export const PAGES = { '/jssip': pageWith('phone_jssip'), '/sipjs': pageWith('phone_sipjs') };

async function open(browser, url) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage({ type: 'window' });
  await page.evaluateOnNewDocument(clock);
  await page.goto(url);
  return page;
}

/** Waits for what the call is asked for, then answers its stamps relative to the moment of dialling. */
async function stamps(page, wanted, timeout) {
  await page.waitForFunction((key) => window.__clock[key] !== undefined, { timeout, polling: 20 }, wanted);
  return page.evaluate(() => {
    const { dialled, invite, answered, packet } = window.__clock;
    const since = (at) => (at === undefined ? undefined : at - dialled);
    return { invite: since(invite), answered: since(answered), packet: since(packet) };
  });
}

/** A page built on one of the libraries, registered at `account`. */
export async function libraryPhone(browser, server, library, account) {
  const page = await open(browser, `${server.url}/${library}`);
  await page.waitForFunction(() => window.ready);
  await page.evaluate((options) => window.start(options), account);
  return {
    page,
    async dial(user, { wanted = 'packet', timeout = 60_000 } = {}) {
      await page.evaluate(() => window.__again());
      await page.evaluate((target) => window.dial(target), user);
      return stamps(page, wanted, timeout);
    },
    async hangUp() {
      await page.evaluate(() => window.hangUp());
      await new Promise((resolve) => setTimeout(resolve, 400));
    },
  };
}

/** The desk itself, signed in and on shift; it is dialled by a click on its own button. */
export async function desk(browser, board, user) {
  const page = await open(browser, `${board.url}/`);
  await write(page, 'User name', user);
  await write(page, 'Password', board.password);
  await press(page, 'Sign in');
  await find(page, 'heading', 'Check your devices');
  await press(page, 'Start shift');
  await page.waitForFunction(() => [...document.querySelectorAll('[role="status"]')].some((each) => each.textContent.includes('Ready')), { timeout: 20_000 });
  return {
    page,
    async dial(target, { wanted = 'packet', timeout = 60_000 } = {}) {
      await write(page, 'Name or number', target);
      const button = await find(page, 'button', 'Call');
      await page.evaluate((element) => {
        window.__again();
        element.addEventListener('click', () => (window.__clock.dialled = performance.now()), { capture: true, once: true });
      }, button);
      await button.click();
      return stamps(page, wanted, timeout);
    },
    async hangUp() {
      await press(page, 'Hang up');
      await gone(page, 'button', 'Hang up');
      await new Promise((resolve) => setTimeout(resolve, 400));
    },
  };
}
