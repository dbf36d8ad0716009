// Pictures of the running product: every screen in three sizes, light and dark, from a real call.

import { copyFile, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Browsers } from './support/browsers.mjs';
import { find } from './support/controls.mjs';
import { Desk } from './support/desk.mjs';
import { Switchboard } from './support/switchboard.mjs';
import { until } from './support/wait.mjs';

const OUTPUT = resolve(process.env.PORTICO_SCREENSHOTS ?? join(import.meta.dirname, 'output', 'screenshots'));
const README_PICTURE = resolve(import.meta.dirname, '..', 'docs', 'images', 'desk.png');
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
  await mkdir(resolve(README_PICTURE, '..'), { recursive: true });
  await copyFile(join(OUTPUT, 'in-call-1440x900-light.png'), README_PICTURE);
  await one.press('Hang up');
  await Promise.all([one.callOver(), two.callOver()]);
  await one.press('History', { role: 'link' });
  await find(one.page, 'heading', 'History');
  await one.says(three.name);
  await shoot(one, 'history');
  for (const desk of [one, two, three]) await desk.close();
} finally {
  await browsers.close();
  await board.stop();
}
console.log(`pictures in ${OUTPUT}`);
