// What every spec file needs: a switchboard and browsers for its tests, problems collected at the end of each
// test, and evidence kept where one fails.

import { after, before, test } from 'node:test';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import assert from 'node:assert/strict';
import { ear } from './audio.mjs';
import { Browsers } from './browsers.mjs';
import { Desk } from './desk.mjs';
import { Switchboard } from './switchboard.mjs';
import { Visitor } from './visitor.mjs';

const OUTPUT = resolve(import.meta.dirname, '..', 'output');

/** Pairings of caller and called. */
export const PAIRINGS = [
  ['chromium', 'chromium'],
  ['chromium', 'firefox'],
  ['firefox', 'chromium'],
  ['firefox', 'firefox'],
];

/** The test's context, with steps that end the whole test where one of them fails: the next would only confuse. */
function steps(context) {
  return {
    diagnostic: (text) => context.diagnostic(text),
    async test(name, action) {
      let failure;
      await context.test(name, async (step) => {
        try {
          await action(step);
        } catch (error) {
          failure = error;
          throw error;
        }
      });
      if (failure) throw new Error(`step "${name}" failed: ${failure.message}`);
    },
  };
}

/** A switchboard and browsers shared by the tests of a file, and what the running test has opened. */
class Stage {
  browsers = new Browsers();
  desks = [];
  closing = [];
  expected = [];
  /** What other processes have said, for the report of a failure. */
  logs = [];

  /** A line that matches is no problem in the running test. */
  expect(pattern) {
    this.expected.push(pattern);
  }

  /** Something to be closed after the running test. */
  later(close) {
    this.closing.push(close);
  }

  /**
   * Opens a desk that is closed after the test. `shift`: start the shift too, or the name of the button that
   * does; `media`: what the machine's devices are like (browsers.mjs).
   */
  async desk(browser, user, { media, shift = true, board = this.board, ...options } = {}) {
    const desk = await Desk.open(await this.browsers.get(browser, { media }), board, user, options);
    this.desks.push(desk);
    if (shift) {
      await desk.signIn();
      await desk.startShift(shift === true ? undefined : shift);
    }
    return desk;
  }

  /** Opens a visitor's page of a queue, closed after the test. */
  async visitor(browser, queue, { media, ...options } = {}) {
    const visitor = await Visitor.open(await this.browsers.get(browser, { media }), this.board, queue, options);
    this.desks.push(visitor);
    return visitor;
  }

  /** Two desks at once. */
  desksOf(...list) {
    return Promise.all(list.map((args) => this.desk(...args)));
  }

  /** A test; at its end no page may have logged an error, broken the content policy or asked another host. */
  test(name, action) {
    test(name, { timeout: 150_000 }, async (context) => {
      try {
        await action(steps(context));
        assert.deepEqual(await this.#problems(), [], 'console errors, policy violations, requests elsewhere');
      } catch (error) {
        await this.#keepEvidence(name).catch(() => {});
        error.stack += `\n${await this.#inShort()}`;
        throw error;
      } finally {
        for (const close of this.closing.splice(0).reverse()) await Promise.resolve(close()).catch(() => {});
        await Promise.allSettled(this.desks.splice(0).map((desk) => desk.close()));
        this.expected = [];
      }
    });
  }

  /** A test with a switchboard of its own: what one test leaves behind is no beginning of the next. */
  alone(name, start, action) {
    this.test(name, async (t) => {
      const shared = this.board;
      const own = (this.board = await start());
      this.later(async () => {
        this.board = shared;
        await own.stop();
      });
      await action(t);
    });
  }

  async #problems() {
    const lists = this.desks.map(async (desk) => (await desk.watch.problems(this.expected)).map((line) => `${desk.user}: ${line}`));
    return (await Promise.all(lists)).flat();
  }

  /** What everybody saw and said at the moment of a failure: where only the report of a run is kept, this is all there is. */
  async #inShort() {
    const desks = await Promise.allSettled(this.desks.map((desk) => desk.inShort?.()));
    const said = this.logs.map((log) => `    log: ${log().trim().split('\n').slice(-5).join('\n         ')}`);
    return [...desks.map(({ value, reason }) => value ?? String(reason ?? '')), ...said].join('\n');
  }

  /** Pictures, SIP traces and logs of a failed test, below e2e/output. */
  async #keepEvidence(name) {
    const folder = join(OUTPUT, name.replace(/[^\w.-]+/g, '-').slice(0, 100));
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    for (const [index, desk] of this.desks.entries()) {
      const file = join(folder, `${index}-${desk.user}`);
      await desk.page.screenshot({ path: `${file}.png` }).catch(() => {});
      await writeFile(`${file}.sound.json`, JSON.stringify(await ear(desk.page).catch(String), null, 2));
      await writeFile(`${file}.sip.txt`, await desk.trace(200));
      await writeFile(`${file}.page.txt`, [await desk.text().catch(() => ''), ...desk.watch.log].join('\n'));
    }
    await writeFile(join(folder, 'switchboard.txt'), this.board?.log() ?? '');
  }
}

/** Sets the stage for the tests of a file; `start` makes the switchboard, and is given the stage. */
export function setStage({ start = () => Switchboard.serve() } = {}) {
  const stage = new Stage();
  before(async () => {
    stage.board = await start(stage);
  });
  after(async () => {
    await stage.browsers.close();
    await stage.board?.stop();
  });
  return stage;
}
