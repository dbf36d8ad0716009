// The report that a desk saves: what its SIP agent heard and said, with nothing in it of who called whom, and the agent does the same again when
// it is played.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { BROWSERS } from '../support/browsers.mjs';
import { setStage } from '../support/stage.mjs';
import { BINARY } from '../support/switchboard.mjs';

const stage = setStage();
const run = promisify(execFile);

/** What the page offers as a file, which is a blob of its own. */
async function saved(desk) {
  await desk.page.evaluate(() => {
    const make = URL.createObjectURL;
    URL.createObjectURL = (blob) => {
      window.__saved = blob;
      return make.call(URL, blob);
    };
  });
  await desk.press('Diagnostics', { role: 'link' });
  await desk.press('Save report');
  return desk.page.evaluate(() => window.__saved.text());
}

/** What is in the frames of a desk and names or unlocks something. */
const PERSONAL = [
  /^(?:Call-ID|i): *(\S+)/gim,
  /;tag=([\w-]+)/g,
  /(?:nonce|cnonce|response|username|realm)="([^"]+)"/g,
  /^a=(?:ice-pwd|ice-ufrag|fingerprint:sha-256|ssrc):? ?(\S+)/gm,
  /^a=candidate:\S+ \d+ \w+ \d+ (\S+) \d{4,}/gm,
];

for (const browser of BROWSERS) {
  stage.test(`${browser}: the report of a desk names nobody and is played again`, async (t) => {
    const [one, two] = await stage.desksOf([browser, 'agent1', { frequency: 523 }], ['chromium', 'agent2', { frequency: 811 }]);
    await one.dial('agent2');
    await two.answer();
    await Promise.all([one.inCall(two.name), two.inCall(one.name)]);
    await one.press('Hold');
    await one.press('Resume');
    await two.press('Hang up');
    await one.callOver();
    await two.dial('agent1');
    await one.reject();
    await one.dial('nobody');
    await one.callOver();

    const trace = await one.sip();
    const frames = trace.map(({ text }) => text).join('\n');
    const text = await saved(one);
    for (const word of ['agent1', 'agent2', 'Agent One', 'Agent Two', 'nobody', stage.board.domain, '127.0.0.1']) {
      assert.ok(!text.toLowerCase().includes(word.toLowerCase()), word);
    }
    const personal = new Set(PERSONAL.flatMap((pattern) => [...frames.matchAll(pattern)].map(([, value]) => value)).filter((value) => value.length > 3));
    assert.ok(personal.size > 30, `${personal.size} values to look for`);
    for (const value of personal) assert.ok(!text.includes(value), value);

    const folder = await mkdtemp(join(tmpdir(), 'portico-recording-'));
    stage.later(() => rm(folder, { recursive: true, force: true }));
    const file = join(folder, 'portico-recording.txt');
    await writeFile(file, text);
    const { stdout } = await run(join(dirname(BINARY), 'examples', 'replay'), [file]);
    t.diagnostic(stdout.trim());
    const [inputs, outputs] = ['inputs', 'outputs'].map((what) => Number(new RegExp(`(\\d+) ${what}`).exec(stdout)[1]));
    const [came, went] = ['in', 'out'].map((way) => trace.filter(({ direction }) => direction === way).length);
    assert.ok(came > 10 && went > 10 && inputs > came && outputs > went, `${stdout.trim()}, and ${came} and ${went} frames`);
  });
}
