import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
const S = '/work/main/e2e/support/';
const { Browsers } = await import(S + 'browsers.mjs');
const { find, press, write } = await import(S + 'controls.mjs');
const { Desk } = await import(S + 'desk.mjs');
const { Switchboard } = await import(S + 'switchboard.mjs');
const { Visitor } = await import(S + 'visitor.mjs');
const { until } = await import(S + 'wait.mjs');
const BROWSER = process.env.LOOK ?? 'firefox';
const OUT = `/tmp/look-${BROWSER}`;
await mkdir(OUT, { recursive: true });
const board = await Switchboard.serve({
  queues: [
    { name: 'support', label: 'Support', agents: ['agent1', 'agent2'], skills: { german: 5, contracts: 3 }, relax: [{ after_seconds: 600, less: 10 }], wrap_up_seconds: 60, wrap_up_extensions: 1, public: true, dispositions: [{ name: 'solved', label: 'Solved' }, { name: 'back', label: 'Call back' }] },
    { name: 'reception', label: 'Reception', agents: ['agent1', 'agent2'], wrap_up_seconds: 60, wrap_up_extensions: 1, public: true, dispositions: [{ name: 'solved', label: 'Solved' }, { name: 'back', label: 'Call back' }] },
  ],
  sites: [], roles: { admin: ['administrator'], supervisor: ['supervisor'] },
  people: { agent1: 'Agent One', agent2: 'Agent Two', supervisor: 'Supervisor', admin: 'Administrator' },
}).catch((e) => { console.log(String(e).slice(0, 600)); process.exit(1); });
const browsers = new Browsers();
async function shoot(desk, screen) {
  for (const scheme of ['light', 'dark']) {
    if (BROWSER === 'chromium') await desk.page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    else if (scheme === 'dark') continue;
    for (const [width, height] of [[1440, 900], [390, 844]]) {
      await desk.page.setViewport({ width, height });
      await new Promise((r) => setTimeout(r, 400));
      await desk.page.screenshot({ path: join(OUT, `${screen}-${width}-${scheme}.png`) });
    }
  }
  await desk.page.setViewport({ width: 1440, height: 900 });
  console.log(screen);
}
try {
  const b = await browsers.get(BROWSER);
  const one = await Desk.onShift(b, board, 'agent1', { frequency: 523 });
  const sue = await Desk.onShift(b, board, 'supervisor', { frequency: 1307 });
  await one.press('Get ready');
  const v1 = await Visitor.open(b, board, 'support', { frequency: 1123, name: 'Grace Hopper' });
  await v1.call();
  const v2 = await Visitor.open(b, board, 'reception', { frequency: 1423, name: 'Ada Lovelace' });
  await v2.call();
  await one.answer();
  await one.inCall('Ada Lovelace');
  await sue.press('Floor', { role: 'link' });
  await until('needs', async () => /needs/.test(await sue.text()));
  await shoot(sue, 'floor-needs');
  await v2.hangUp();
  await find(one.page, 'form', 'Finish the call');
  await shoot(one, 'wrap-more');
  await one.press('More time');
  await new Promise((r) => setTimeout(r, 500));
  await shoot(one, 'wrap-extended');
  await shoot(sue, 'floor-wrap');
  const ada = await Desk.open(b, board, 'admin', { frequency: 1811, path: '/office' });
  await ada.signIn();
  await find(ada.page, 'heading', 'Overview');
  const pages = await ada.page.$$eval('.office-tabs a', (links) => [...new Set(links.map((link) => link.textContent.trim()))]);
  console.log(pages.join());
  for (const name of pages) {
    await ada.press(name, { role: 'link' });
    await find(ada.page, 'heading', name);
    await shoot(ada, `office-${name.toLowerCase().replace(/\W+/g, '-')}`);
    if (name === 'People' || name === 'Queues') {
      await ada.page.evaluate((text) => [...document.querySelectorAll('main button, main a')].find((e) => e.textContent.includes(text))?.click(), name === 'People' ? 'Agent One' : 'Support');
      await new Promise((r) => setTimeout(r, 700));
      await shoot(ada, `office-${name.toLowerCase()}-form`);
      await ada.page.evaluate(() => { const s = [...document.querySelectorAll('dialog, .sheet, main, .sheet-body')]; s.forEach((e) => (e.scrollTop = e.scrollHeight)); });
      await shoot(ada, `office-${name.toLowerCase()}-form-end`);
      await ada.page.keyboard.press('Escape');
      await new Promise((r) => setTimeout(r, 300));
    }
  }
} catch (e) { console.log(String(e.stack).slice(0, 1500)); } finally { await browsers.close?.(); await board.stop?.(); process.exit(0); }
