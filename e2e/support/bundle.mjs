// Puts a CommonJS package of node_modules into one script for a page: enough for JsSIP, which ships no bundle.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';

const require = createRequire(import.meta.url);

/** The script that defines `globalThis[name]` as what `entry` exports. */
export function bundle(entry, name) {
  const modules = new Map();
  const visit = (file) => {
    if (modules.has(file)) return modules.get(file).id;
    const record = { id: modules.size, links: {}, source: '' };
    modules.set(file, record);
    const text = readFileSync(file, 'utf8');
    if (file.endsWith('.json')) {
      record.source = `module.exports = ${text};`;
      return record.id;
    }
    record.source = text;
    const from = createRequire(file);
    for (const [, wanted] of text.matchAll(/\brequire\(\s*['"]([^'"]+)['"]\s*\)/g)) {
      record.links[wanted] = visit(resolve(from, wanted, file));
    }
    return record.id;
  };
  const start = visit(require.resolve(entry));
  const parts = [...modules.values()].map(
    ({ id, links, source }) => `${id}: [${JSON.stringify(links)}, function (module, exports, require) {\n${source}\n}]`,
  );
  return `(() => {
const modules = {${parts.join(',\n')}};
const loaded = {};
const load = (id) => {
  if (loaded[id]) return loaded[id].exports;
  const module = (loaded[id] = { exports: {} });
  const [links, run] = modules[id];
  run.call(module.exports, module, module.exports, (name) => load(links[name]));
  return module.exports;
};
globalThis.process ??= { env: {} };
globalThis[${JSON.stringify(name)}] = load(${start});
})();`;
}

/** Like a bundler for browsers: packages win over node's own modules, and `debug` has a browser entry. */
function resolve(from, wanted, file) {
  if (wanted === 'debug' && !file.includes('/debug/')) return require.resolve('debug/src/browser.js');
  if (wanted === 'events') return from.resolve('events/');
  return from.resolve(wanted);
}
