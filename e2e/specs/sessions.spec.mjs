// Sessions and lock-outs in the office: one browser ends the session of another, whose desk learns why.

import assert from 'node:assert/strict';
import { assertAccessible } from '../support/axe.mjs';
import { BROWSERS } from '../support/browsers.mjs';
import { find, gone, press, present, write } from '../support/controls.mjs';
import { setStage } from '../support/stage.mjs';
import { Switchboard } from '../support/switchboard.mjs';
import { until } from '../support/wait.mjs';

const stage = setStage({ start: async () => undefined });
const sessionTest = (name, action) => stage.alone(name, () => Switchboard.demo(), action);

const office = async (browser, user, path = '/office/sessions') => {
  const desk = await stage.desk(browser, user, { shift: false, path });
  await desk.signIn();
  return desk;
};

/** Texts of the rows of a list. */
const rows = (desk) => desk.page.$$eval('.office-row', (all) => all.map((row) => row.innerText.replace(/\s+/g, ' ')));
const rowsAre = (desk, count) => until(`${count} rows`, async () => (await rows(desk)).length === count);

/** Presses a button in the row that holds a text. */
const pressIn = async (desk, text, name) => {
  const handles = await until(`a row with ${text}`, async () => {
    const all = await desk.page.$$('.office-row');
    const fits = await Promise.all(all.map((row) => row.evaluate((row, text) => row.innerText.includes(text), text)));
    const found = all.filter((_, index) => fits[index]);
    return found.length > 0 ? found : undefined;
  });
  await press(handles[0], name);
};

const look = async (desk, screen) => {
  for (const scheme of ['light', 'dark']) {
    await desk.page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    for (const size of [{ width: 1440, height: 900 }, { width: 390, height: 844 }]) {
      await desk.page.setViewport(size);
      await assertAccessible(desk.page, `${screen}, ${scheme}, ${size.width} wide`);
      if (process.env.PORTICO_LOOK) await desk.page.screenshot({ path: `${process.env.PORTICO_LOOK}/${screen}-${scheme}-${size.width}.png` });
    }
  }
  await desk.page.setViewport({ width: 1280, height: 900 });
};

const signInAs = (board, user, password) =>
  fetch(`${board.url}/api/session`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ user, password }) });

for (const [theirs, ours] of [
  ['firefox', 'chromium'],
  ['chromium', 'firefox'],
]) {
  sessionTest(`an administrator in ${ours} ends the session of a desk in ${theirs}, which says why`, async () => {
    // What the browser itself says of the requests and sockets that are refused from then on.
    stage.expect(/status of 401|status of 403|WebSocket|was interrupted while|can’t establish a connection/);
    const one = await stage.desk(theirs, 'agent1', { frequency: 523 });
    const admin = await office(ours, 'admin');
    await find(admin.page, 'heading', 'Sessions');
    await until('both sessions', async () => (await rows(admin)).some((row) => row.includes('Agent One') && row.includes('Open now')));
    assert.match((await rows(admin))[0], /Administrator.*This session/);
    await pressIn(admin, 'Agent One', 'End');
    const question = await find(admin.page, 'dialog', 'End sessions');
    await press(question, 'End');
    await admin.says('One session was ended.');
    await rowsAre(admin, 1);
    await find(one.page, 'button', 'Sign in');
    await one.says('This session was ended');
    // The page of before is no way in.
    await one.page.goto(`${stage.board.url}/history`);
    await find(one.page, 'button', 'Sign in');
    await one.signIn();
    await find(one.page, 'heading', 'History');
  });
}

for (const browser of BROWSERS) {
  sessionTest(`${browser}: one's other sessions are ended at once, and this one goes on`, async () => {
    stage.expect(/status of 401|status of 403|WebSocket|was interrupted while|can’t establish a connection/);
    const [first, second] = [await office(browser, 'agent1'), await office(browser, 'agent1')];
    await find(first.page, 'heading', 'Sessions');
    await find(second.page, 'heading', 'Sessions');
    await second.page.reload();
    await rowsAre(second, 2);
    await press(second.page, 'End my other sessions');
    await press(await find(second.page, 'dialog', 'End sessions'), 'End');
    await second.says('One session was ended.');
    await rowsAre(second, 1);
    assert.equal(await present(second.page, 'button', 'End my other sessions'), false);
    // The other is told when it is looked at, also after a reload.
    await first.page.reload();
    await find(first.page, 'button', 'Sign in');
    await first.says('This session was ended');
    // Agents have no lock-outs.
    assert.equal(await present(second.page, 'link', 'Lock-outs'), false);
    await second.page.goto(`${stage.board.url}/office/lockouts`);
    await find(second.page, 'heading', 'This page is not for you');
  });
}

for (const browser of BROWSERS) {
  sessionTest(`${browser}: an agent sets another password, and where else they were signed in that ends`, async () => {
    stage.expect(/status of 401|status of 403|WebSocket|was interrupted while|can’t establish a connection/);
    const [first, second] = [await office(browser, 'agent1'), await office(browser, 'agent1')];
    await find(first.page, 'heading', 'Sessions');
    await find(second.page, 'heading', 'Sessions');
    await press(second.page, 'Change password');
    let dialog = await find(second.page, 'dialog', 'Change password');
    const fill = async (present, next) => {
      await write(dialog, 'Present password', present);
      await write(dialog, 'New password', next);
      await press(dialog, 'Change password');
    };
    await fill('not mine', 'a better one');
    await second.says('That is not your present password.');
    await fill('portico', 'short');
    await second.says('That can be no new password');
    await assertAccessible(second.page);
    if (browser === 'chromium') await look(second, 'password');
    dialog = await find(second.page, 'dialog', 'Change password');
    await fill('portico', 'a better one');
    await second.says('Your password is changed. Other sessions that were ended: 1.');
    await gone(second.page, 'dialog', 'Change password');
    await rowsAre(second, 1);
    await first.page.reload();
    await first.says('This session was ended');
    assert.equal((await signInAs(stage.board, 'agent1', 'portico')).status, 401);
    assert.equal((await signInAs(stage.board, 'agent1', 'a better one')).status, 200);
    // Nothing of what was typed is left in the fields.
    await press(second.page, 'Change password');
    await find(second.page, 'dialog', 'Change password');
    assert.deepEqual(await second.page.$$eval('#password-present, #password-new', (all) => all.map((input) => input.value)), ['', '']);
  });
}

sessionTest('a lock-out is seen and lifted, and a browser of before is not concerned', async () => {
  stage.expect(/status of 4(01|29)/);
  const one = await stage.desk('chromium', 'agent1', { shift: false });
  await one.signIn();
  await find(one.page, 'heading', 'Check your devices');
  await one.press('Sign out');
  await find(one.page, 'button', 'Sign in');
  for (let tries = 0; tries < 10; tries += 1) assert.equal((await signInAs(stage.board, 'agent1', 'wrong')).status, 401);
  assert.equal((await signInAs(stage.board, 'agent1', 'portico')).status, 429);
  await one.signIn();
  await find(one.page, 'heading', 'Check your devices');
  const admin = await office('chromium', 'admin', '/office/lockouts');
  await rowsAre(admin, 1);
  assert.match((await rows(admin))[0], /Agent One/);
  await look(admin, 'lockouts');
  await pressIn(admin, 'Agent One', 'Lift');
  await admin.says('The lock-out is lifted.');
  await admin.says('Nobody is locked out');
  assert.equal((await signInAs(stage.board, 'agent1', 'portico')).status, 200);
});

sessionTest('sessions are searched, and axe finds nothing serious', async () => {
  for (const user of ['agent1', 'agent2', 'concierge', 'supervisor']) assert.equal((await signInAs(stage.board, user, 'portico')).status, 200);
  const admin = await office('chromium', 'admin');
  await rowsAre(admin, 5);
  await look(admin, 'sessions');
  await (await find(admin.page, 'searchbox', 'Name or address')).type('concierge');
  await press(admin.page, 'Search');
  await rowsAre(admin, 1);
  await pressIn(admin, 'Concierge', 'End all of Concierge');
  await find(admin.page, 'dialog', 'End sessions');
  await admin.says('All sessions of Concierge end at once');
  await press(admin.page, 'Cancel');
  await gone(admin.page, 'dialog', 'End sessions');
  await rowsAre(admin, 1);
});
