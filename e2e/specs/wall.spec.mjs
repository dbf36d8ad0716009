// The wallboard of a screen at which nobody signs in: it comes with a link, follows the queues, comes back by itself when the switchboard
// was gone, shows nobody's name and no secret, and ends at once when the link is revoked.

import assert from 'node:assert/strict';
import { assertAccessible } from '../support/axe.mjs';
import { BROWSERS } from '../support/browsers.mjs';
import { find, gone, press, write } from '../support/controls.mjs';
import { setStage } from '../support/stage.mjs';
import { Switchboard } from '../support/switchboard.mjs';
import { timed, until } from '../support/wait.mjs';
import { Screen, links } from '../support/wall.mjs';

const stage = setStage({ start: async () => undefined });
const wallTest = (name, action) => stage.alone(name, () => Switchboard.demo(), action);

const ADA = { frequency: 1123, name: 'Ada' };
const SIZES = [
  { width: 1920, height: 1080 },
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
];

const open = async (browser, token) => {
  const screen = await Screen.open(await stage.browsers.get(browser), stage.board, token);
  stage.desks.push(screen);
  return screen;
};

/** The screen in every size and in both colours. */
const look = async (screen, name) => {
  for (const scheme of ['light', 'dark']) {
    // As the settings do it: not every browser can be told what the system prefers.
    await screen.page.evaluate((scheme) => (document.documentElement.dataset.theme = scheme), scheme);
    for (const size of SIZES) {
      await screen.page.setViewport(size);
      await assertAccessible(screen.page, `${name}, ${scheme}, ${size.width} wide`);
      const wide = await screen.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(wide <= 0, `${name}, ${size.width} wide: ${wide} px too wide`);
      if (process.env.PORTICO_LOOK) await screen.page.screenshot({ path: `${process.env.PORTICO_LOOK}/${name}-${scheme}-${size.width}.png` });
    }
  }
  await screen.page.setViewport(SIZES[0]);
};

/** Letters of five metres: capitals of 14 mm on a screen of 55 inches, and figures of twice and four times that. */
const assertLegible = async (screen) => {
  const sizes = await screen.page.evaluate(() => {
    const size = (selector) => [...document.querySelectorAll(selector)].map((each) => parseFloat(getComputedStyle(each).fontSize) / innerHeight);
    return { words: size('.wall-card h2, .wall-figure dt, .wall-state dt, .alarms p'), figures: size('.wall-figure dd, .wall-state dd'), main: size('.wall-main dd') };
  });
  for (const [what, least] of [['words', 0.029], ['figures', 0.055], ['main', 0.1]]) {
    assert.ok(sizes[what].length > 0 && sizes[what].every((size) => size >= least), `${what}: ${sizes[what].map((size) => size.toFixed(3))}`);
  }
};

/** Nothing on the page, in its address, or kept by it says who works here or how the link is opened. */
const assertSaysNothing = async (screen, token) => {
  const { html, kept, cookies, href } = await screen.page.evaluate(() => ({
    html: document.documentElement.outerHTML,
    kept: JSON.stringify([{ ...localStorage }, { ...sessionStorage }]),
    cookies: document.cookie,
    href: location.href,
  }));
  for (const secret of [token, 'Agent One', 'Agent Two', 'Supervisor', 'Ada', 'agent1']) {
    assert.equal(`${html} ${kept} ${href}`.includes(secret), false, `the page says ${secret}`);
  }
  assert.equal(href, `${screen.board.url}/wall`);
  assert.equal(cookies, '', 'scripts see no cookie');
};

for (const [browser, other] of [BROWSERS, [...BROWSERS].reverse()]) {
  wallTest(`${browser}: a screen shows what happens in ${other}, survives the switchboard, and ends with its link`, async (t) => {
    // What the browser itself says of a server that is not there, and of the link that has ended.
    stage.expect(/status of 401|WebSocket|can’t establish a connection|was interrupted while|ERR_CONNECTION_REFUSED|Failed to load resource|NetworkError/);
    const maker = await links(stage.board);
    const link = await maker.make('Lobby', ['support']);
    const screen = await open(browser, link.token);

    await t.test('it opens without anybody, and its token leaves the address', async () => {
      await screen.shows('Support', { waiting: '0', 'free agents': '0' });
      await screen.says('Lobby');
      await screen.says('Support: nobody takes calls');
      assert.deepEqual(Object.keys(await screen.figures('Reception')), [], 'the link is for one queue');
      await assertSaysNothing(screen, link.token);
      await screen.page.reload();
      await screen.shows('Support', { waiting: '0' });
      assert.equal(stage.board.log().includes(link.token), false, 'nor in the log of the switchboard');
    });

    const one = await stage.desk(other, 'agent1', { frequency: 811 });
    const ada = await stage.visitor(other, 'support', ADA);
    await t.test('a call is counted while it happens', async () => {
      await ada.call();
      await screen.shows('Support', { waiting: '1' });
      await until('the wait to be measured', async () => /^0:0[1-9]|^0:[1-5]/.test((await screen.figures('Support'))['longest wait']));
      await one.press('Get ready');
      await one.answer();
      await ada.talks();
      await screen.shows('Support', { waiting: '0', Answered: '1', 'free agents': '0' });
      await screen.saysNot('nobody takes calls');
      await screen.layout('Figures');
      await until('one at work', async () => (await screen.staff())['Ringing or in a call'] === '1');
      await assertSaysNothing(screen, link.token);
    });

    await t.test('both layouts are legible, accessible, and fit', async () => {
      await look(screen, `wall-figures-${browser}`);
      await assertLegible(screen);
      await screen.layout('Queues');
      await look(screen, `wall-queues-${browser}`);
      await assertLegible(screen);
    });

    await t.test('the switchboard is killed and started again: the screen says so and comes back by itself', async () => {
      await stage.board.kill();
      await screen.says('these figures are old');
      await screen.shows('Support', { Answered: '1' });
      await stage.board.start();
      const { ms } = await timed(() => screen.saysNot('these figures are old', { timeout: 30_000 }));
      t.diagnostic(`back after ${ms} ms`);
      await screen.shows('Support', { Answered: '1' });
      await one.ready();
      await one.press('Hang up');
      await one.press('Finish');
      await screen.shows('Support', { 'free agents': '1' });
    });

    await t.test('the link is revoked: the screen ends at once, and says what to do', async () => {
      const { ms } = await timed(async () => {
        await (await links(stage.board)).revoke(link.id);
        await screen.says('This link has ended');
      });
      t.diagnostic(`ended after ${ms} ms`);
      await screen.says('Ask a supervisor for a new link');
      assert.equal((await screen.text()).includes('Support'), false, 'nothing is left of the board');
      await look(screen, `wall-ended-${browser}`);
      await screen.page.reload();
      await screen.says('This link has ended');
    });

    await t.test('a new link is opened in the same tab', async () => {
      const fresh = await (await links(stage.board)).make('Lobby again', ['support', 'reception']);
      await screen.page.evaluate((token) => (location.hash = token), fresh.token);
      await screen.says('Lobby again');
      await screen.shows('Reception', { waiting: '0' });
      await screen.shows('Support', { Answered: '1' });
      await assertSaysNothing(screen, fresh.token);
      await look(screen, `wall-two-${browser}`);
    });
  });

  wallTest(`${browser}: a supervisor makes a link in the office, a screen in ${other} shows it, and it is revoked there`, async () => {
    stage.expect(/status of 401/);
    const sue = await stage.desk(browser, 'supervisor', { shift: false, path: '/office/screens' });
    await sue.signIn();
    await find(sue.page, 'heading', 'Screens');
    await sue.says('No screen has a link');
    await write(sue.page, 'What the screen is called', 'Lobby');
    await (await find(sue.page, 'checkbox', 'Support')).click();
    await press(sue.page, 'Make the link');
    const shown = await find(sue.page, 'textbox', 'Address of the link');
    const address = await shown.evaluate((field) => field.value);
    assert.match(address, new RegExp(`^${stage.board.url}/wall#[\\w-]{20,}$`));
    await look(sue, `office-screens-${browser}`);
    await press(sue.page, 'Copy');
    await sue.says(/Copied\.|does not allow copying/);

    const token = address.split('#')[1];
    const screen = await open(other, token);
    await screen.shows('Support', { waiting: '0' });
    await assertSaysNothing(screen, token);
    await press(sue.page, 'Put away');
    await gone(sue.page, 'textbox', 'Address of the link');
    await press(sue.page, 'Look again');
    await sue.says('Shown on 1');
    await sue.says(/Lobby\s+Support\s+Made by Supervisor, ends .+\s+Last seen/);
    assert.equal((await sue.page.content()).includes(token), false, 'nobody shows it again');
    await sue.page.reload();
    await press(sue.page, 'Revoke Lobby');
    await press(await find(sue.page, 'dialog', 'Revoke'), 'Revoke');
    await screen.says('This link has ended');
    await sue.says('The link is revoked.');
    await sue.says('No screen has a link');
  });

  wallTest(`${browser}: a link that was never good says what to do, and is no longer in the address`, async () => {
    stage.expect(/status of 401/);
    const screen = await open(browser, 'no-such-token');
    await screen.says('This link has ended');
    await assertSaysNothing(screen, 'no-such-token');
  });
}

// Many queues: all that fit stand on one screen and are read from five metres; more of them have pages that turn by themselves.

const LABELS = ['Sales', 'Service', 'Returns and refunds', 'Rechnungen und Mahnungen', 'Urgences techniques', 'Prenotazioni', 'Reception', 'Night desk'];
const nameOf = (at) => `q${String(at + 1).padStart(2, '0')}`;
/** So many queues, all with an agent but the last one, which is an alarm; callers can ring the first. */
const many = (count) => () =>
  Switchboard.serve({
    roles: { agent4: ['supervisor'] },
    queues: Array.from({ length: count }, (_, at) => ({
      name: nameOf(at),
      label: at + 1 === count ? 'Night desk' : `${LABELS[at % 7]} ${at + 1}`,
      agents: at + 1 === count ? ['agent2'] : ['agent1'],
      public: at === 0,
    })),
  });
const names = (count) => Array.from({ length: count }, (_, at) => nameOf(at));

/** Everything is on the screen, nothing of a card is cut off, and figures are a fortieth of its height at least. */
const assertFits = async (screen) => {
  const found = await screen.page.evaluate(() => {
    const inside = (one, other) => one.left >= other.left - 1 && one.right <= other.right + 1 && one.top >= other.top - 1 && one.bottom <= other.bottom + 1;
    const cards = [...document.querySelectorAll('.wall-card')];
    const out = cards.flatMap((card) => [...card.querySelectorAll('h2, dd, dt, .chart')].filter((each) => each.offsetParent !== null && !inside(each.getBoundingClientRect(), card.getBoundingClientRect())));
    const figures = [...document.querySelectorAll('.wall-figure dd, .wall-state dd')].filter((dd) => dd.offsetParent !== null);
    return {
      below: document.documentElement.scrollHeight - innerHeight,
      out: out.map((each) => `${each.closest('.wall-card').ariaLabel}: ${each.textContent}`),
      wide: figures.filter((dd) => dd.scrollWidth > dd.clientWidth + 1).map((dd) => dd.textContent),
      small: figures.map((dd) => parseFloat(getComputedStyle(dd).fontSize) / innerHeight).filter((size) => size < 1 / 40),
      words: [...document.querySelectorAll('.wall-card h2, .wall-card dt')].map((each) => parseFloat(getComputedStyle(each).fontSize) / innerHeight).filter((size) => size < 0.02),
    };
  });
  assert.deepEqual(found, { below: found.below, out: [], wide: [], small: [], words: [] });
  assert.ok(found.below <= 0, `${found.below} px below the screen`);
};
const onScreen = (screen) => screen.page.$$eval('.wall-card', (cards) => cards.map((card) => card.ariaLabel));
const page = (screen) => screen.page.$eval('.wall-pages .num', (each) => each.textContent).catch(() => undefined);

for (const [browser, other] of [BROWSERS, [...BROWSERS].reverse()]) {
  stage.alone(`${browser}: twelve queues are read from five metres, all at once`, many(12), async () => {
    const one = await stage.desk(other, 'agent1', { frequency: 811 });
    const ada = await stage.visitor(other, 'q01', ADA);
    const link = await (await links(stage.board, 'agent4')).make('Hall', names(12));
    const screen = await open(browser, link.token);
    await screen.page.setViewport(SIZES[0]);
    await until('twelve cards', async () => (await onScreen(screen)).length === 12);
    await screen.says('and 10 more');
    await assertFits(screen);
    await one.press('Get ready');
    await screen.saysNot('and 10 more');
    await screen.says('Night desk: nobody takes calls');
    await ada.call();
    await one.answer();
    await ada.talks();
    await until('the level to be drawn beside its target', () =>
      screen.page.$eval('.wall-card .chart', (chart) => Boolean(chart.querySelector('.chart-level').getAttribute('d') && chart.querySelector('.chart-target').getAttribute('d'))),
    );
    await until('it to be said', () => screen.page.$eval('.wall-card .chart', (chart) => chart.ariaLabel.includes('Service level 100 % at last, target 80 %')));
    const own = ['Sales 1', 'Service 2', 'Returns and refunds 3'];
    assert.deepEqual((await onScreen(screen)).slice(0, 3), own, 'in their own order');
    assert.equal(await page(screen), undefined, 'one page');
    await assertFits(screen);
    await look(screen, `wall-twelve-${browser}`);
    await screen.page.setViewport(SIZES[1]);
    await assertFits(screen);
    await screen.page.setViewport(SIZES[0]);
    await screen.layout('Figures');
    await until('one card', async () => (await onScreen(screen)).length === 1);
    await assertFits(screen);
    await assertLegible(screen);
    await look(screen, `wall-twelve-figures-${browser}`);
  });

  stage.alone(`${browser}: forty queues have pages that turn by themselves, the alarm on the first`, many(40), async () => {
    const one = await stage.desk(other, 'agent1', { frequency: 811 });
    await one.press('Get ready');
    const link = await (await links(stage.board, 'agent4')).make('Hall', names(40));
    const screen = await open(browser, link.token);
    await screen.page.setViewport(SIZES[0]);
    await until('the first page', async () => (await page(screen)) === '1/4');
    await screen.says('Night desk');
    assert.equal((await onScreen(screen))[0], 'Night desk', 'what is wrong stands first');
    await assertFits(screen);
    const seen = new Set(await onScreen(screen));
    const { ms } = await timed(() => until('the next page', async () => (await page(screen)) === '2/4', { timeout: 15_000 }));
    assert.ok(ms > 5_000, `it stood ${ms} ms`);
    for (const label of await onScreen(screen)) seen.add(label);
    // Somebody uses the keyboard: the page stands, and the next one is a press away.
    await screen.page.keyboard.press('Tab');
    await new Promise((resolve) => setTimeout(resolve, 12_000));
    assert.equal(await page(screen), '2/4');
    await press(screen.page, '2/4: next page');
    for (const number of ['3/4', '4/4']) {
      assert.equal(await page(screen), number);
      for (const label of await onScreen(screen)) seen.add(label);
      await assertFits(screen);
      if (number === '3/4') await press(screen.page, '3/4: next page');
    }
    assert.equal(seen.size, 40, 'each queue is on a page');
    await press(screen.page, 'Stop turning pages');
    await find(screen.page, 'button', 'Turn the pages');
    await press(screen.page, '4/4: next page');
    await look(screen, `wall-forty-${browser}`);
    if (browser === 'chromium') {
      const moves = () => screen.page.$eval('.wall-card', (card) => getComputedStyle(card).animationDuration);
      assert.notEqual(await moves(), '0s');
      await screen.page.emulateMediaFeatures([{ name: 'prefers-reduced-motion', value: 'reduce' }]);
      assert.equal(await moves(), '0s', 'nothing moves for whoever wants that');
    }
    await screen.layout('Figures');
    await until('no page', async () => (await page(screen)) === undefined);
    await assertFits(screen);
  });
}
