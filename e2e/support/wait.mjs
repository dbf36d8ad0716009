// Waiting on conditions: nothing in these tests sleeps and hopes.

import { setTimeout as pause } from 'node:timers/promises';

/**
 * Polls `condition` until it returns something truthy and hands that back. `what` says what was awaited and
 * ends up in the failure, with the last value or error seen.
 */
export async function until(what, condition, { timeout = 10_000, every = 50 } = {}) {
  const end = performance.now() + timeout;
  let last;
  for (;;) {
    try {
      last = await condition();
      if (last) return last;
    } catch (error) {
      last = error;
    }
    if (performance.now() >= end) {
      const seen = last instanceof Error ? last.message : JSON.stringify(last);
      throw new Error(`not seen within ${timeout} ms: ${what} (last: ${seen})`);
    }
    await pause(every);
  }
}

/** Milliseconds that `action` took, with its result. */
export async function timed(action) {
  const start = performance.now();
  const result = await action();
  return { ms: Math.round(performance.now() - start), result };
}
