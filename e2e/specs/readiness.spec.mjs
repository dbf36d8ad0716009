// Honest readiness: an agent whose page has no microphone is rung for no caller of a queue, agent and supervisor read why, and by hand the
// agent calls all the same.

import { assertHears } from '../support/audio.mjs';
import { find } from '../support/controls.mjs';
import { setStage } from '../support/stage.mjs';
import { Switchboard } from '../support/switchboard.mjs';
import { until } from '../support/wait.mjs';

const stage = setStage({ start: async () => undefined });

/** How a microphone goes and comes back, what the page then says to its user, and what to others. */
const MICROPHONES = {
  // The user takes the permission back, and gives it again.
  chromium: {
    media: 'asked',
    prepare: (page) => allow(page, ['microphone', 'camera']),
    goes: (page) => allow(page, ['camera']),
    returns: (page) => allow(page, ['microphone', 'camera']),
    why: 'Not rung: microphone not allowed',
    help: 'allow the microphone for this page',
  },
  // No command of the browser does that. It is unplugged, as far as the page can see.
  firefox: {
    goes: (page) =>
      page.evaluate(() => {
        const devices = navigator.mediaDevices;
        const { getUserMedia, enumerateDevices } = devices;
        window.__plugIn = () => Object.assign(devices, { getUserMedia, enumerateDevices });
        devices.getUserMedia = () => Promise.reject(new DOMException('unplugged', 'NotFoundError'));
        devices.enumerateDevices = async () => (await enumerateDevices.call(devices)).filter((device) => device.kind !== 'audioinput');
        devices.dispatchEvent(new Event('devicechange'));
      }),
    returns: (page) =>
      page.evaluate(() => {
        window.__plugIn();
        navigator.mediaDevices.dispatchEvent(new Event('devicechange'));
      }),
    why: 'Not rung: no microphone',
    help: 'Plug in a headset or a microphone',
  },
};
const allow = (page, list) => page.browserContext().overridePermissions(stage.board.url, list);

/** Text of one person's row on the floor. */
const row = (desk, name) =>
  desk.page.$$eval('.agent', (rows, name) => rows.find((row) => row.querySelector('.agent-name').textContent === name)?.innerText.replace(/\s+/g, ' ') ?? '', name);
const rowSays = (desk, name, text) => until(`${name}'s row to say ${text}`, async () => (await row(desk, name)).includes(text));

/** Runs in the page before its own script: a browser that lets no sound begin until `__allowSound` is called, and then only whoever asks again. */
function refuseSound() {
  let allowed = false;
  window.__allowSound = () => (allowed = true);
  window.AudioContext = class extends AudioContext {
    constructor(...options) {
      super(...options);
      super.suspend().catch(() => {});
    }
    resume() {
      return allowed ? super.resume() : new Promise(() => {});
    }
  };
}

for (const browser of ['chromium', 'firefox']) {
  stage.alone(`${browser}: an agent without a microphone is rung for nobody`, () => Switchboard.demo(), async (t) => {
    const { media, prepare, goes, returns, why, help } = MICROPHONES[browser];
    const sue = await stage.desk('chromium', 'supervisor', { frequency: 523 });
    const one = await stage.desk(browser, 'agent1', { frequency: 811, media, prepare });
    const ada = await stage.visitor('chromium', 'support', { frequency: 1123, name: 'Ada' });
    await sue.press('Floor', { role: 'link' });
    await find(sue.page, 'heading', 'Floor');
    await one.press('Get ready');
    await rowSays(sue, 'Agent One', 'Ready for calls');

    await t.test('agent and supervisor read why, and the agent what to do', async () => {
      await goes(one.page);
      await rowSays(sue, 'Agent One', why);
      await one.says(why);
      await one.says(help);
    });

    await t.test('a caller waits and is not offered', async () => {
      await ada.call();
      // A place is told where nobody is rung.
      await ada.position(1);
      await one.quiet();
    });

    await t.test('a call by hand goes out all the same', async () => {
      await one.dial('supervisor');
      await sue.answer();
      await one.inCall('Supervisor');
      await sue.press('Hang up');
      await one.callOver();
      await rowSays(sue, 'Agent One', why);
    });

    await t.test('the microphone is back: the caller is offered, and hears the agent', async () => {
      await returns(one.page);
      await one.answer();
      await ada.talks();
      await assertHears(ada.page, { present: [811] });
    });
  });
}

for (const browser of ['chromium', 'firefox']) {
  stage.alone(`${browser}: sound that was refused begins without a gesture once the browser lets it`, () => Switchboard.demo(), async () => {
    const one = await stage.desk(browser, 'agent1', { prepare: (page) => page.evaluateOnNewDocument(refuseSound) });
    await one.press('Get ready');
    await one.says('Not rung: ring sound locked');
    await one.page.evaluate(() => window.__allowSound());
    await one.says('Ready for calls');
  });
}
