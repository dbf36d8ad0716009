// Administration in the office: what is saved there counts at once on other people's pages, and nothing that is typed is lost unasked.

import assert from 'node:assert/strict';
import { assertAccessible } from '../support/axe.mjs';
import { BROWSERS } from '../support/browsers.mjs';
import { find, gone, press, present, write } from '../support/controls.mjs';
import { setStage } from '../support/stage.mjs';
import { Switchboard } from '../support/switchboard.mjs';
import { until } from '../support/wait.mjs';

const stage = setStage({ start: () => Switchboard.demo() });

const office = async (browser, user, path) => {
  const desk = await stage.desk(browser, user, { shift: false, path });
  await desk.signIn();
  return desk;
};

/** Opens the form of a record by its name. */
const open = async (page, name) => {
  await until(`${name} in the list`, () =>
    page.$$eval('.record', (all, name) => {
      const record = all.find((each) => each.querySelector('.record-name').textContent === name);
      record?.click();
      return record !== undefined;
    }, name),
  );
  await find(page, 'button', 'Save');
};

const tick = (page, words) =>
  page.$$eval('label.tick', (all, words) => all.find((each) => each.textContent.includes(words)).querySelector('input').click(), words);

for (const browser of BROWSERS) {
  stage.test(`${browser}: somebody who is added signs in with a one-time password, sets their own, and is gone when disabled`, async () => {
    const user = `new-${browser}`;
    stage.expect(/422|401|status of 403 .*api.session/);
    const admin = await office(browser, 'admin', '/office/people');
    const { page } = admin;
    await press(page, 'Add a person');
    await find(page, 'heading', 'New person');
    await assertAccessible(page);
    // Wrong fields are named beside them, and what was typed stays.
    await write(page, 'User name', 'Not A Name');
    await press(page, 'Save');
    await admin.says('1 to 64 of the characters a-z 0-9 - _ . +');
    await admin.says('Something must stand here.');
    await write(page, 'User name', user);
    await write(page, 'Name', 'Somebody New');
    await tick(page, 'North lobby');
    await press(page, 'Save');
    await find(page, 'button', 'Add a person');
    await admin.says('No password');
    await open(page, user);
    await press(page, 'Make a one-time password');
    const once = await until('the password', () => page.$$eval('.secret', ([word]) => word?.textContent));
    await press(page, 'Close');

    const agent = await stage.desk(browser, user, { shift: false });
    await agent.signIn(once);
    await agent.says('This password is good once.');
    await write(agent.page, 'New password', 'my own words');
    await press(agent.page, 'Sign in');
    await find(agent.page, 'heading', 'Check your devices');

    await open(page, user);
    await tick(page, 'Cannot sign in or be called');
    await press(page, 'Save');
    await admin.says('Disabled');
    await find(agent.page, 'button', 'Sign in', { timeout: 15_000 });
    await agent.signIn('my own words');
    await agent.says('User name or password');
  });

  stage.test(`${browser}: hours of a queue are drawn as they are typed, and count at once for visitors`, async () => {
    const admin = await office(browser, 'admin', '/office/queues');
    const { page } = admin;
    await open(page, 'reception');
    await tick(page, 'Has opening hours');
    await write(page, 'Monday', '8-12:30, 14:00-18:00');
    const bars = () => page.$$eval('.week-day:nth-of-type(2) rect', (all) => all.map((each) => [each.getAttribute('x'), each.getAttribute('width')]));
    await until('two bars', async () => (await bars()).length === 2);
    assert.equal(Number((await bars())[0][0]).toFixed(2), '33.33');
    assert.ok(await page.$$eval('.week-bar rect', (all) => all.every((each) => each.getBoundingClientRect().width > 0)), 'they are seen');
    await assertAccessible(page);
    // A day that names no hours is not sent.
    await write(page, 'Sunday', 'all day');
    await press(page, 'Save');
    await admin.says('Write for example');
    // Neither another page nor the close button loses what was typed.
    await press(page, 'Pause reasons', { role: 'link' });
    await find(page, 'button', 'Add a reason');
    await press(page, 'Queues', { role: 'link' });
    await find(page, 'textbox', 'Sunday');
    await press(page, 'Close');
    await admin.says('There are changes that are not saved.');
    await press(page, 'Go on editing');
    for (const day of ['Monday', 'Sunday']) {
      const field = await find(page, 'textbox', day);
      await field.evaluate((element) => element.select());
      await field.press('Backspace');
    }
    await press(page, 'Save');
    await find(page, 'button', 'Add a queue');
    const state = await page.evaluate(() => fetch('/api/call/reception').then((answer) => answer.json()).then((queue) => queue.state));
    assert.equal(state, 'closed');
    await open(page, 'reception');
    await tick(page, 'Has opening hours');
    await press(page, 'Save');
    await find(page, 'button', 'Add a queue');
  });

  stage.test(`${browser}: somebody knows a language, a queue asks for it, and nobody waits for ever for it`, async () => {
    const admin = await office(browser, 'admin', '/office/people');
    const { page } = admin;
    const add = (list) =>
      page.$$eval(
        'fieldset',
        (all, list) => all.find((each) => each.querySelector('legend')?.textContent === list).querySelector('.office-buttons button').click(),
        list,
      );
    const save = async (list) => {
      await press(page, 'Save');
      await find(page, 'button', list);
    };
    await open(page, 'concierge');
    await add('Skills');
    await write(page, 'Skill', 'The German');
    await write(page, 'Level, 1 to 10', '11');
    stage.expect(/422/);
    await press(page, 'Save');
    await admin.says('1 to 64 of the characters a-z 0-9 - _ . +');
    await admin.says('Write a number from 1 to 10.');
    await write(page, 'Skill', 'german');
    await write(page, 'Level, 1 to 10', '8');
    await assertAccessible(page);
    await save('Add a person');
    // The queue of those who have nowhere to go on to.
    await press(page, 'Queues', { role: 'link' });
    await open(page, 'reception');
    await add('Skills asked for');
    await write(page, 'Skill', 'german');
    await write(page, 'Level, 1 to 10', '5');
    await press(page, 'Save');
    await admin.says('Callers could wait for ever.');
    await add('Less is asked of agents');
    await write(page, 'Levels less', '10');
    await assertAccessible(page);
    await save('Add a queue');
    await open(page, 'reception');
    const value = async (name) => (await find(page, 'textbox', name)).evaluate((field) => field.value);
    assert.deepEqual([await value('Skill'), await value('After seconds of waiting'), await value('Levels less')], ['german', '20', '10']);
    for (const row of ['Skills asked for 1', 'Less is asked of agents 1']) await press(page, `Remove ${row}`);
    await save('Add a queue');
    await press(page, 'People', { role: 'link' });
    await open(page, 'concierge');
    assert.equal(await value('Level, 1 to 10'), '8');
    await press(page, 'Remove Skills 1');
    await save('Add a person');
  });

  stage.test(`${browser}: what calls are about is put in another order, and a queue that rings all says how many at once`, async () => {
    const admin = await office(browser, 'admin', '/office/queues');
    const { page } = admin;
    await open(page, 'support');
    const about = () => page.$$eval('.choices input', (all) => all.map((input) => input.value).filter((_, index) => index % 2 === 1));
    const before = await until('what calls are about', async () => ((await about()).length > 2 ? about() : undefined));
    await press(page, `Move ${before[2]} up`);
    await until('the new order', async () => (await about())[1] === before[2]);
    await press(page, `Move ${before[2]} up`);
    const after = [before[2], before[0], before[1], ...before.slice(3)];
    await until('the new order', async () => JSON.stringify(await about()) === JSON.stringify(after));
    assert.equal(await present(page, 'button', `Move ${before[2]} up`), false, 'the first has nowhere to go');
    assert.equal(await present(page, 'textbox', 'Agents rung at once'), false, 'one is rung after the other');
    const strategy = await find(page, 'combobox', 'Who is rung first');
    await strategy.select('ring-all');
    stage.expect(/422/);
    await write(page, 'Agents rung at once', '1');
    await press(page, 'Save');
    await admin.says('Write a number from 2 to 50.');
    await write(page, 'Agents rung at once', '4');
    await assertAccessible(page);
    await press(page, 'Save');
    await find(page, 'button', 'Add a queue');
    await open(page, 'support');
    await until('the order that was kept', async () => JSON.stringify(await about()) === JSON.stringify(after));
    assert.equal(await (await find(page, 'textbox', 'Agents rung at once')).evaluate((field) => field.value), '4');
    await (await find(page, 'combobox', 'Who is rung first')).select('longest-idle');
    await press(page, 'Save');
    await find(page, 'button', 'Add a queue');
  });

  stage.test(`${browser}: of two who change the same reason the slower one is told, and a desk has the new words at once`, async () => {
    const name = `tea-${browser}`;
    const [one, two] = [await office(browser, 'admin', '/office/reasons'), await office(browser, 'admin', '/office/reasons')];
    await press(one.page, 'Add a reason');
    await write(one.page, 'Name', name);
    await write(one.page, 'Shown as', 'Tea');
    await press(one.page, 'Save');
    await find(one.page, 'button', 'Add a reason');
    await two.page.reload();
    await open(one.page, name);
    await open(two.page, name);
    await write(one.page, 'Shown as', 'Tea break');
    await press(one.page, 'Save');
    await find(one.page, 'button', 'Add a reason');
    stage.expect(/409/);
    await write(two.page, 'Shown as', 'Green tea');
    await press(two.page, 'Save');
    await two.says('Somebody else has changed this meanwhile.');
    assert.equal(await (await find(two.page, 'textbox', 'Shown as')).evaluate((field) => field.value), 'Green tea');
    await press(two.page, 'Show how it is now');
    await until('their words', async () => (await (await find(two.page, 'textbox', 'Shown as')).evaluate((field) => field.value)) === 'Tea break');
    // Removing asks first.
    await press(two.page, 'Remove');
    await two.says('Remove this reason?');
    const ask = await find(two.page, 'alert');
    await press(ask, 'Remove');
    await find(two.page, 'button', 'Add a reason');
    assert.equal(await present(two.page, 'button', 'Save'), false);
    await gone(two.page, 'heading', name);
  });

  stage.test(`${browser}: who administers nothing has no such pages`, async () => {
    const sue = await office(browser, 'supervisor', '/office/people');
    await sue.says('This page is not for you');
    assert.equal(await present(sue.page, 'link', 'People'), false);
  });
}

stage.alone(
  'a house of many people is drawn a part at a time, and each of them is found',
  () => {
    const many = Object.fromEntries(Array.from({ length: 250 }, (_, n) => [`person${n}`, `Person ${n} of many`]));
    return Switchboard.serve({ people: { admin: 'Administrator', ...many }, roles: { admin: ['administrator'] } });
  },
  async () => {
    const { page } = await office('chromium', 'admin', '/office/people');
    const drawn = () => page.$$eval('.record', (all) => all.length);
    await until('the first part', async () => (await drawn()) === 100);
    await press(page, 'Show more');
    await press(page, 'Show more');
    await until('all of them', async () => (await drawn()) === 251);
    await gone(page, 'button', 'Show more');
    const search = await find(page, 'searchbox', 'Search');
    await search.type('person 249 ');
    await until('the one', async () => (await drawn()) === 1);
    await search.evaluate((field) => field.select());
    await page.keyboard.press('Delete');
    await until('the first part again', async () => (await drawn()) === 100);
    await find(page, 'button', 'Show more');
  },
);
