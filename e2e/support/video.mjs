// What is seen: frames must arrive, have the colour of the one who sends them, and change.

import { until } from './wait.mjs';

/** Pixels of the first video element matching `selector`: mean colour, and a coarse picture to compare with. */
export async function look(page, selector) {
  return page.evaluate((selector) => {
    const element = document.querySelector(selector);
    if (!element || element.readyState < 2 || !element.videoWidth) return undefined;
    const canvas = document.createElement('canvas');
    canvas.width = 32;
    canvas.height = 24;
    const paint = canvas.getContext('2d', { willReadFrequently: true });
    paint.drawImage(element, 0, 0, 32, 24);
    const pixels = paint.getImageData(0, 0, 32, 24).data;
    const picture = [];
    for (let at = 0; at < pixels.length; at += 4) picture.push([pixels[at], pixels[at + 1], pixels[at + 2]]);
    // The moving bar is white: the colour of a participant is that of the other pixels.
    const coloured = picture.filter(([r, g, b]) => Math.max(r, g, b) - Math.min(r, g, b) > 40);
    const mean = [0, 1, 2].map((part) => coloured.reduce((sum, pixel) => sum + pixel[part], 0) / (coloured.length || 1));
    const [r, g, b] = mean;
    const spread = Math.max(r, g, b) - Math.min(r, g, b) || 1;
    let hue = Math.max(r, g, b) === r ? ((g - b) / spread) % 6 : Math.max(r, g, b) === g ? (b - r) / spread + 2 : (r - g) / spread + 4;
    hue = Math.round((hue * 60 + 360) % 360);
    return { hue, coloured: coloured.length, bright: picture.map(([r, g, b]) => (r + g + b > 600 ? 1 : 0)).join('') };
  }, selector);
}

/** Asserts that the picture shows the colour `hue` and changes from one look to the next. */
export async function assertSees(page, selector, hue, { timeout = 12_000 } = {}) {
  const near = (seen) => Math.abs(((seen - hue + 540) % 360) - 180) < 25;
  const first = await until(
    `a picture of hue ${hue} in ${selector}`,
    async () => {
      const seen = await look(page, selector);
      return seen && seen.coloured > 100 && near(seen.hue) ? seen : undefined;
    },
    { timeout },
  ).catch(async (error) => {
    throw new Error(`${error.message}; seen: ${JSON.stringify(await look(page, selector))}`);
  });
  await until(`the picture in ${selector} to change`, async () => {
    const seen = await look(page, selector);
    return seen && seen.bright !== first.bright;
  });
}
