// The floor as a supervisor meets it: rows of agents, cards of queues, and the dialogs about somebody.

import { find, gone, press } from './controls.mjs';
import { until } from './wait.mjs';

/** Text of one person's row on the floor. */
export const row = (desk, name) =>
  desk.page.$$eval('.agent', (rows, name) => rows.find((row) => row.querySelector('.agent-name').textContent === name)?.innerText.replace(/\s+/g, ' ') ?? '', name);
export const rowSays = (desk, name, text, options) => until(`${name}'s row to say ${text}`, async () => (await row(desk, name)).includes(text), options);

/** Names of those who wait on the card of a queue, in order. */
export const waiting = (desk, queue) =>
  // Behind an open dialog the page has no roles.
  desk.page.$$eval(
    '.floor-queue',
    (cards, queue) => [...cards.find((card) => card.getAttribute('aria-label') === queue).querySelectorAll('.queue-caller bdi')].map((name) => name.textContent),
    queue,
  );
export const waits = (desk, queue, names) => until(`${names.join(', ')} to wait in ${queue}`, async () => (await waiting(desk, queue)).join() === names.join());

export const openFloor = async (desk) => {
  await desk.press('Floor', { role: 'link' });
  await find(desk.page, 'heading', 'Floor');
};

/** Opens the dialog about somebody and hands it over. */
export const manage = async (desk, name) => {
  await press(desk.page, `Manage ${name}`);
  return find(desk.page, 'dialog', name);
};
export const close = async (desk, name) => {
  await press(await find(desk.page, 'dialog', name), 'Close');
  await gone(desk.page, 'dialog', name);
};
