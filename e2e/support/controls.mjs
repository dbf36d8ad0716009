// Controls are found the way people who cannot see find them: by role and accessible name.

import { until } from './wait.mjs';

const selector = (role, name) => `::-p-aria(${name === undefined ? '' : `[name="${name}"]`}${role ? `[role="${role}"]` : ''})`;

/** Elements with this role and exactly this accessible name, inside `scope` (a page or an element). */
export function all(scope, role, name) {
  // A password field is a text box to Chromium's tree and a role of its own in Firefox's.
  return scope.$$(selector(['Password', 'New password'].includes(name) ? undefined : role, name));
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

/** Presses a button once it is there and enabled. */
export async function press(scope, name, { role = 'button', timeout = 10_000 } = {}) {
  await until(
    `the ${role} "${name}" to be pressed`,
    async () => {
      const handle = await find(scope, role, name, { timeout: 1000 });
      if (await handle.evaluate((element) => element.disabled || element.getAttribute('aria-disabled') === 'true')) return false;
      await handle.click();
      return true;
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
