// The desk's program comes behind the sign-in page: slowly, not at all, and at once where somebody is signed in.

import assert from 'node:assert/strict';
import { find, gone, present, press, write } from '../support/controls.mjs';
import { BROWSERS } from '../support/browsers.mjs';
import { setStage } from '../support/stage.mjs';
import { until } from '../support/wait.mjs';

const stage = setStage();

const PROGRAM = /\/app-[0-9a-f]{16}_bg\.wasm/;

/** Between the page and the desk's program: requests for it are held, refused or let through. */
class Barrier {
  #rule;
  #held = [];

  constructor(rule) {
    this.#rule = rule;
  }

  async putBefore(page) {
    await page.setRequestInterception(true);
    page.on('request', (request) => {
      if (!PROGRAM.test(request.url()) || this.#rule === 'pass') request.continue().catch(() => {});
      else if (this.#rule === 'hold') this.#held.push(request);
      else request.abort('failed').catch(() => {});
    });
  }

  get holds() {
    return this.#held.length > 0;
  }

  open() {
    this.#rule = 'pass';
    for (const request of this.#held.splice(0)) request.continue().catch(() => {});
  }
}

/** Notes in every document of the page whether a matching element ever stood in it. */
const watchFor = (page, selector) =>
  page.evaluateOnNewDocument((selector) => {
    window.__seen = false;
    new MutationObserver(() => {
      window.__seen ||= document.querySelector(selector) !== null;
    }).observe(document, { childList: true, subtree: true });
  }, selector);

const seen = (page) => page.evaluate(() => window.__seen);

for (const browser of BROWSERS) {
  stage.test(`${browser}: whoever signs in while the desk is still loading sees that, and then the desk`, async () => {
    const barrier = new Barrier('hold');
    const desk = await stage.desk(browser, 'agent1', {
      shift: false,
      prepare: async (page) => {
        await barrier.putBefore(page);
        await watchFor(page, '.boot');
      },
    });
    const { page } = desk;
    await until('the desk to be asked for behind the form', () => barrier.holds);
    const document = await page.evaluate(() => performance.timeOrigin);
    await page.evaluate(() => (window.__same = true));
    await desk.signIn();
    const button = await find(page, 'button', 'Signing in…');
    assert.equal(await button.evaluate((element) => element.getAttribute('aria-busy')), 'true');
    assert.equal(await present(page, 'alert'), false, 'waiting is no error');
    barrier.open();
    await find(page, 'heading', 'Check your devices');
    await gone(page, 'textbox', 'User name');
    assert.equal(await seen(page), false, 'no loading screen between the form and the desk');
    assert.equal(await page.evaluate(() => window.__same && performance.timeOrigin), document, 'the page was not loaded anew');
    await desk.startShift();
  });

  stage.test(`${browser}: a desk that cannot be loaded is said in the user's language, with a way to try again`, async () => {
    stage.expect(/_bg\.wasm/);
    const barrier = new Barrier('refuse');
    const desk = await stage.desk(browser, 'agent2', { shift: false, prepare: (page) => barrier.putBefore(page) });
    const { page } = desk;
    await desk.signIn();
    const said = () => page.$eval('[role="alert"]:not([hidden])', (element) => element.textContent);
    await find(page, 'button', 'Try again');
    assert.match(await said(), /desk could not be loaded/);
    const chooser = await until('the language chooser', () => page.$('select'));
    await chooser.select('de');
    await find(page, 'button', 'Erneut versuchen');
    assert.match(await said(), /Arbeitsplatz konnte nicht geladen werden/);
    await press(page, 'Erneut versuchen');
    await until('the attempt to have failed too', async () => /nicht geladen/.test(await said()));
    barrier.open();
    await press(page, 'Erneut versuchen');
    await find(page, 'heading', 'Geräte prüfen');
  });

  stage.test(`${browser}: with a session no form is shown, on a reload or behind a link`, async () => {
    const desk = await stage.desk(browser, 'agent1', { shift: false });
    const { page } = desk;
    await desk.signIn();
    await find(page, 'heading', 'Check your devices');
    await watchFor(page, 'input[type="password"]');
    await page.reload();
    await find(page, 'heading', 'Check your devices');
    assert.equal(await seen(page), false, 'no form on a reload');
    await page.goto(`${stage.board.url}/history`);
    await find(page, 'heading', 'History');
    assert.equal(await seen(page), false, 'no form behind a link');
    // What is still asked for when the session ends is refused, and the browser says so.
    stage.expect(/status of 401/);
    await press(page, 'Sign out');
    await find(page, 'button', 'Sign in');
    await page.reload();
    await find(page, 'button', 'Sign in');
    assert.equal(await page.evaluate(() => globalThis.portico.beganBehindGate()), false, 'the small page again');
  });
}

stage.test('a session that this browser does not remember leads to the desk all the same', async () => {
  const desk = await stage.desk('chromium', 'agent1', { shift: false });
  const { page } = desk;
  await desk.signIn();
  await find(page, 'heading', 'Check your devices');
  await page.evaluate(() => localStorage.clear());
  await page.goto(`${stage.board.url}/history`);
  await find(page, 'heading', 'History');
});

stage.test('a session that has ended leads to the form, and a desk that cannot be loaded at once is said too', async () => {
  stage.expect(/_bg\.wasm|could not be loaded/);
  const desk = await stage.desk('chromium', 'agent2', { shift: false });
  const { page } = desk;
  await find(page, 'button', 'Sign in');
  await page.evaluate(() => localStorage.setItem('portico.signed-in', '1'));
  await page.reload();
  await find(page, 'button', 'Sign in');
  await write(page, 'User name', 'agent2');
  await page.evaluate(() => {
    localStorage.setItem('portico.signed-in', '1');
    localStorage.setItem('portico.settings', JSON.stringify({ language: 'it' }));
  });
  const barrier = new Barrier('refuse');
  await barrier.putBefore(page);
  await page.reload();
  await find(page, 'button', 'Riprova');
  barrier.open();
  await press(page, 'Riprova');
  await find(page, 'button', 'Accedi');
});
