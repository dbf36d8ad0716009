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

const board = await Switchboard.serve();
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
  const ada = await Desk.open(chromium, board, 'agent1', { frequency: 523, hue: 16, portrait: true });
  await find(ada.page, 'button', 'Sign in');
  await shoot(ada, 'sign-in');
  await ada.signIn();
  await until('the devices to be open', async () => !(await (await find(ada.page, 'button', 'Start shift')).evaluate((button) => button.disabled)));
  await shoot(ada, 'device-check');
  await ada.startShift();
  const grace = await Desk.onShift(chromium, board, 'agent2', { frequency: 811, hue: 205, portrait: true });
  const noor = await Desk.onShift(chromium, board, 'agent3', { frequency: 1123, hue: 120, portrait: true });
  await until('the directory to know who is there', async () => (await ada.text()).includes('Available'));
  await shoot(ada, 'desk-idle');

  // Calls that become the history: answered, and given up.
  await ada.dial('agent3');
  await noor.answer();
  await ada.inCall(noor.name);
  await ada.press('Hang up');
  await Promise.all([ada.callOver(), noor.callOver()]);
  await noor.dial('agent1');
  await ada.rings();
  await noor.press('Hang up');
  await ada.quiet();

  await grace.dial('agent1', { video: true });
  await ada.rings();
  await shoot(ada, 'incoming');
  await ada.answer({ video: true });
  await ada.inCall(grace.name);
  // The sender starts small and grows: a picture for people waits for the full size.
  await until('a sharp picture', () => ada.page.$eval('video.remote-video', (video) => video.videoWidth >= 900), { timeout: 30_000 });
  await shoot(ada, 'in-call');
  await mkdir(resolve(README_PICTURE, '..'), { recursive: true });
  await copyFile(join(OUTPUT, 'in-call-1440x900-light.png'), README_PICTURE);
  await ada.press('Hang up');
  await Promise.all([ada.callOver(), grace.callOver()]);
  await ada.press('History', { role: 'link' });
  await find(ada.page, 'heading', 'History');
  await ada.says(noor.name);
  await shoot(ada, 'history');
  for (const desk of [ada, grace, noor]) await desk.close();
} finally {
  await browsers.close();
  await board.stop();
}
console.log(`pictures in ${OUTPUT}`);
