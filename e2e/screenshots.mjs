// Pictures of the running product: every screen in three sizes, light and dark, from a real call.

import { copyFile, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Browsers } from './support/browsers.mjs';
import { find, press } from './support/controls.mjs';
import { Desk } from './support/desk.mjs';
import { Station } from './support/station.mjs';
import { Switchboard } from './support/switchboard.mjs';
import { Visitor } from './support/visitor.mjs';
import { until } from './support/wait.mjs';

const OUTPUT = resolve(process.env.PORTICO_SCREENSHOTS ?? join(import.meta.dirname, 'output', 'screenshots'));
const IMAGES = resolve(import.meta.dirname, '..', 'docs', 'images');
const SIZES = [
  [1440, 900],
  [1024, 700],
  [390, 844],
];

const board = await Switchboard.demo();
const browsers = new Browsers();
await mkdir(OUTPUT, { recursive: true });

/** Takes one screen in all sizes and both colour schemes. */
async function shoot(desk, screen) {
  for (const scheme of ['light', 'dark']) {
    await desk.page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    for (const [width, height] of SIZES) {
      await desk.page.setViewport({ width, height });
      await desk.page.evaluate(async () => {
        await document.fonts.ready;
        await Promise.all(document.getAnimations().filter((each) => each.effect?.getTiming().iterations !== Infinity).map((each) => each.finished.catch(() => {})));
      });
      await desk.page.screenshot({ path: join(OUTPUT, `${screen}-${width}x${height}-${scheme}.png`) });
    }
  }
  await desk.page.setViewport({ width: 1440, height: 900 });
  console.log(`${screen}: ${SIZES.length * 2} pictures`);
}

/** A picture for the README. */
async function keep(picture, name) {
  await mkdir(IMAGES, { recursive: true });
  await copyFile(join(OUTPUT, picture), join(IMAGES, name));
}

/** A queue call from both ends, with others waiting. */
async function queueCall(chromium, one) {
  const visitors = [];
  for (const [name, frequency] of [['Ada Lovelace', 1123], ['', 1487], ['Bartholomew Featherstonehaugh-Cholmondeley', 1777]]) {
    visitors.push(await Visitor.open(chromium, board, 'support', { frequency, name }));
  }
  const [ada] = visitors;
  await find(ada.page, 'button', 'Call now');
  await shoot(ada, 'visitor-welcome');
  for (const [index, visitor] of visitors.entries()) {
    await visitor.call();
    await visitor.position(index + 1);
  }
  await shoot(visitors[1], 'visitor-waiting');
  await until('all on the board', async () => /3 waiting/.test(await one.text()));
  await shoot(one, 'queue-waiting');
  await keep('visitor-waiting-390x844-light.png', 'visitor.png');
  await one.press('Get ready');
  await one.rings();
  await shoot(one, 'queue-ring');
  await one.answer();
  await one.inCall('Ada Lovelace');
  await shoot(one, 'queue-call');
  await shoot(ada, 'visitor-talking');
  await one.press('Pause');
  await one.says('A pause follows.');
  await ada.hangUp();
  await find(one.page, 'form', 'Finish the call');
  await shoot(one, 'wrap-up');
  await keep('wrap-up-1440x900-light.png', 'queue.png');
  await shoot(ada, 'visitor-over');
  await one.press('Finish');
  for (const visitor of visitors) await visitor.close();
}

/** A ring at the door, opened, answered; the entrances and the access log. */
async function atTheDoor(one) {
  const north = Station.of(board, 'north');
  const live = (count) => until('live pictures', async () => (await one.page.$$('[data-picture="live"]')).length >= count);
  await north.ring();
  await one.rings();
  await live(1);
  await shoot(one, 'door-ring');
  await keep('door-ring-1440x900-light.png', 'door.png');
  await one.press('Open Street door');
  await one.says('Opened by');
  await shoot(one, 'door-opened');
  await one.answer({ video: true });
  await one.inCall('North lobby, street door');
  await until('the visitor', () => one.page.$eval('video.remote-video', (video) => video.videoWidth > 0));
  await shoot(one, 'door-call');
  await north.hangUp();
  await one.callOver();
  await one.press('Entrances', { role: 'link' });
  await live(2);
  await shoot(one, 'entrances');
  await keep('entrances-1440x900-light.png', 'entrances.png');
  await one.press('Access log', { role: 'link' });
  await until('the row', () => one.page.$('.access-row'));
  await shoot(one, 'access-log');
  await one.press('Desk', { role: 'link' });
}

/** A supervisor's floor with people in several states, callers who wait, calls that were answered and lost, and the wallboard. */
async function theFloor(chromium, agents) {
  const sue = await Desk.onShift(chromium, board, 'supervisor', { frequency: 1307, hue: 280, portrait: true });
  const [one, two] = agents;
  await one.press('Get ready');
  const call = async (queue, name, frequency) => {
    const visitor = await Visitor.open(chromium, board, queue, { frequency, name });
    await visitor.call();
    return visitor;
  };
  const talking = await call('support', 'Grace Hopper', 1123);
  await one.answer();
  await one.inCall('Grace Hopper');
  const visitors = [talking];
  for (const [queue, name] of [['support', 'Ada Lovelace'], ['support', ''], ['support', 'Bartholomew Featherstonehaugh-Cholmondeley'], ['reception', 'Mary Jackson']]) {
    visitors.push(await call(queue, name, 1487));
  }
  await sue.press('Floor', { role: 'link' });
  await until('everybody on the floor', async () => /3 waiting/.test(await sue.text()) && (await sue.text()).includes('Mary Jackson'));
  await press(sue.page, 'Manage Agent Two');
  await press(await find(sue.page, 'dialog', 'Agent Two'), 'Make ready');
  await two.answer();
  await two.inCall('Ada Lovelace');
  await shoot(sue, 'floor-agent');
  await press(await find(sue.page, 'dialog', 'Agent Two'), 'Close');
  await press(sue.page, 'Manage Bartholomew Featherstonehaugh-Cholmondeley');
  await sue.page.$$eval('input[name="priority"]', (levels) => levels[2].click());
  await until('the priority', async () => (await sue.page.$$eval('.floor-queue', (cards) => cards.map((card) => card.innerText).join())).includes('Priority 2'));
  await shoot(sue, 'floor-caller');
  await press(await find(sue.page, 'dialog', 'Bartholomew Featherstonehaugh-Cholmondeley'), 'Close');
  await shoot(sue, 'floor');
  await keep('floor-1440x900-light.png', 'floor.png');
  await shoot(two, 'floor-told');
  await sue.press('Wallboard', { role: 'link' });
  await find(sue.page, 'article', 'Support');
  await shoot(sue, 'wallboard-queues');
  await sue.page.$$eval('input[name="layout"]', (layouts) => layouts[1].click());
  await shoot(sue, 'wallboard-figures');
  for (const visitor of visitors) await visitor.close();
  await sue.close();
}

/** The office: every page an administrator has. */
async function theOffice(chromium) {
  const ada = await Desk.open(chromium, board, 'admin', { frequency: 1811, hue: 330, portrait: true, path: '/office' });
  await ada.signIn();
  await find(ada.page, 'heading', 'Overview');
  const pages = await ada.page.$$eval('.office-tabs a', (links) => [...new Set(links.map((link) => link.textContent.trim()))]);
  for (const name of pages) {
    await ada.press(name, { role: 'link' });
    await find(ada.page, 'heading', name);
    await shoot(ada, `office-${name.toLowerCase().replace(/\W+/g, '-')}`);
  }
  await ada.close();
}

try {
  const chromium = await browsers.get('chromium');
  const one = await Desk.open(chromium, board, 'agent1', { frequency: 523, hue: 16, portrait: true });
  await find(one.page, 'button', 'Sign in');
  await shoot(one, 'sign-in');
  await one.signIn();
  await until('the devices to be open', async () => !(await (await find(one.page, 'button', 'Start shift')).evaluate((button) => button.disabled)));
  await shoot(one, 'device-check');
  await one.startShift();
  const two = await Desk.onShift(chromium, board, 'agent2', { frequency: 811, hue: 205, portrait: true });
  const three = await Desk.onShift(chromium, board, 'concierge', { frequency: 1123, hue: 120, portrait: true });
  await until('the directory to know who is there', async () => (await one.text()).includes('Available'));
  await shoot(one, 'desk-idle');

  // Calls that become the history: answered, and given up.
  await one.dial('concierge');
  await three.answer();
  await one.inCall(three.name);
  await one.press('Hang up');
  await Promise.all([one.callOver(), three.callOver()]);
  await three.dial('agent1');
  await one.rings();
  await three.press('Hang up');
  await one.quiet();

  while (await one.shows('button', 'Close')) await one.press('Close');
  await one.press('History', { role: 'link' });
  await find(one.page, 'heading', 'History');
  await one.press('Desk', { role: 'link' });
  await one.says(three.name);
  await shoot(one, 'desk-recent');

  await two.dial('agent1', { video: true });
  await one.rings();
  await shoot(one, 'incoming');
  await one.answer({ video: true });
  await one.inCall(two.name);
  // The sender starts small and grows: a picture for people waits for the full size.
  await until('a sharp picture', () => one.page.$eval('video.remote-video', (video) => video.videoWidth >= 900), { timeout: 30_000 });
  await shoot(one, 'in-call');
  await keep('in-call-1440x900-light.png', 'desk.png');
  await one.press('Hang up');
  await Promise.all([one.callOver(), two.callOver()]);
  await one.press('History', { role: 'link' });
  await find(one.page, 'heading', 'History');
  await one.says(three.name);
  await shoot(one, 'history');
  await one.press('Desk', { role: 'link' });
  await atTheDoor(three);
  await queueCall(chromium, one);
  await theFloor(chromium, [one, two]);
  await theOffice(chromium);
  for (const desk of [one, two, three]) await desk.close();
} finally {
  await browsers.close();
  await board.stop();
}
console.log(`pictures in ${OUTPUT}`);
