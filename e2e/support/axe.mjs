// axe-core on the screen as it is: what it calls serious or critical fails.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import assert from 'node:assert/strict';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Runs axe; fails on serious and critical findings and names the elements. */
export async function assertAccessible(page, screen) {
  if (!(await page.evaluate(() => Boolean(window.axe)))) await page.evaluate(source);
  const findings = await page.evaluate(async () => {
    // Moving parts are let come to rest: a colour half-way through a transition is nobody's choice.
    await Promise.all(document.getAnimations().filter((each) => each.effect?.getTiming().iterations !== Infinity).map((each) => each.finished.catch(() => {})));
    const { violations } = await window.axe.run(document, { resultTypes: ['violations'] });
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes.map((node) => `${node.html.slice(0, 160)} (${node.any.map((each) => each.message).join('; ').slice(0, 200)})`).join(' | ')}`);
  });
  assert.deepEqual(findings, [], screen);
}
