// Controls are found the way people who cannot see find them: by role and accessible name.

import { walksForNames } from './browsers.mjs';
import { until } from './wait.mjs';

const selector = (role, name) => `::-p-aria(${name === undefined ? '' : `[name="${name}"]`}${role ? `[role="${role}"]` : ''})`;

/** What can have a role at all; roles that are not listed are looked for everywhere. */
const ELEMENTS = {
  alert: '[role=alert]',
  alertdialog: '[role=alertdialog]',
  article: 'article, [role=article]',
  button: 'button, summary, input, [role=button]',
  checkbox: 'input, [role=checkbox]',
  combobox: 'select, input, [role=combobox]',
  dialog: 'dialog, [role=dialog]',
  form: 'form, [role=form]',
  heading: 'h1, h2, h3, h4, h5, h6, [role=heading]',
  link: 'a, area, [role=link]',
  radio: 'input, [role=radio]',
  region: 'section, [role=region]',
  searchbox: 'input, [role=searchbox]',
  textbox: 'input, textarea, [contenteditable], [role=textbox]',
  timer: '[role=timer]',
};

/**
 * The smallest parts of the page that hold everything which may have this name: whatever could become part of a
 * name contains it. Runs in the page.
 */
function parts(root, elements, name) {
  const words = (text) => (text ?? '').replace(/\s+/g, '').toLowerCase();
  const sought = words(name);
  const labels = (element) => [
    ...(element.labels ?? []),
    ...(element.getAttribute('aria-labelledby') ?? '').split(/\s+/).map((id) => id && document.getElementById(id)),
  ];
  const attributes = ['aria-label', 'title', 'placeholder', 'value', 'alt'];
  const said = (element) =>
    [element, ...element.querySelectorAll('*')].flatMap((each) => attributes.map((attribute) => each.getAttribute(attribute))).join('');
  const mayBe = (element) =>
    words([element, ...labels(element)].map((each) => (each ? each.textContent : '')).join('')).includes(sought) || words(said(element)).includes(sought);
  const found = [...root.querySelectorAll(elements)].filter(mayBe).map((element) => element.parentElement ?? element);
  return [...new Set(found)].filter((part, _, all) => !all.some((other) => other !== part && other.contains(part)));
}

/**
 * Elements with this role and exactly this accessible name, inside `scope` (a page or an element). The browser's
 * accessibility tree has the word; Firefox walks all of the page for it, a third of a second each time, so that it is
 * shown only the parts in question.
 */
export async function all(scope, role, name) {
  // A password field is a text box to Chromium's tree and a role of its own in Firefox's.
  const query = selector(['Password', 'Present password', 'New password'].includes(name) ? undefined : role, name);
  const elements = ELEMENTS[role];
  const page = typeof scope.browser === 'function' ? scope : scope.frame.page();
  if (!elements || name === undefined || !walksForNames(page.browser())) return scope.$$(query);
  const root = page === scope ? await scope.$('body') : scope;
  if (!root) return [];
  const list = await root.evaluateHandle(parts, elements, name);
  const found = [];
  for (const part of (await list.getProperties()).values()) {
    const element = part.asElement();
    if (element) found.push(...(await element.$$(query)));
    await part.dispose();
  }
  await list.dispose();
  return found;
}

/** The first that is laid out; waits for it. */
export async function find(scope, role, name, { timeout = 10_000 } = {}) {
  return until(
    `a ${role} named "${name ?? '(any)'}"`,
    async () => {
      for (const handle of await all(scope, role, name)) {
        const fits = await handle.evaluate(
          (element, role) => element.isConnected && element.getClientRects().length > 0 && (role !== 'textbox' || element.matches('input, textarea')),
          role,
        );
        if (fits) return handle;
        await handle.dispose();
      }
      return undefined;
    },
    { timeout },
  );
}

/** Whether there is one at this moment. */
export async function present(scope, role, name) {
  return (await all(scope, role, name)).length > 0;
}

/** Waits until there is none. */
export function gone(scope, role, name, { timeout = 10_000 } = {}) {
  return until(`no ${role} named "${name}" any more`, async () => !(await present(scope, role, name)), { timeout });
}

/**
 * Clicks, and tells whether it was this control that was clicked: what moves away under the pointer, or is covered, was not. What goes as
 * soon as the pointer is down on it was.
 */
async function hit(handle) {
  const pressed = await handle.evaluateHandle((element) => {
    const pressed = { element, down: false, clicked: false };
    element.addEventListener('pointerdown', () => (pressed.down = true), { capture: true, once: true });
    element.addEventListener('click', () => (pressed.clicked = true), { capture: true, once: true });
    return pressed;
  });
  await handle.click();
  // A press may lead to another page, which knows nothing of it.
  return pressed.evaluate(({ element, down, clicked }) => clicked || (down && !element.isConnected)).catch(() => true);
}

/** Presses a button once it is there and enabled; as people do, again where it was missed. */
export async function press(scope, name, { role = 'button', timeout = 10_000 } = {}) {
  await until(
    `the ${role} "${name}" to be pressed`,
    async () => {
      const handle = await find(scope, role, name, { timeout: 1000 });
      if (await handle.evaluate((element) => element.disabled || element.getAttribute('aria-disabled') === 'true')) return false;
      if (await hit(handle)) return true;
      console.log(`the ${role} "${name}" was missed, and is pressed again`);
      return false;
    },
    { timeout },
  );
}

/** Writes into a text box, replacing what is there. */
export async function write(scope, name, text) {
  const handle = await find(scope, 'textbox', name);
  await handle.evaluate((element) => {
    element.focus();
    element.select();
  });
  await handle.type(text);
}
