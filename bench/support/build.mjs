// Builds what the comparison pages need: bundles by esbuild, the codec's WASM by cargo and wasm-bindgen.

import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export const BENCH = fileURLToPath(new URL('..', import.meta.url));
const OUTPUT = join(BENCH, 'target', 'pages');

/** One page script as a single file; answers its folder. */
export async function bundle(name) {
  mkdirSync(OUTPUT, { recursive: true });
  await build({
    entryPoints: [join(BENCH, 'pages', `${name}.mjs`)],
    outfile: join(OUTPUT, `${name}.js`),
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    // SIP.js and JsSIP debug through packages that look for node's process.
    define: { 'process.env.NODE_ENV': '"production"' },
    loader: { '.css': 'text' },
    logLevel: 'error',
  });
  return OUTPUT;
}

/** The codec as WASM in one profile of bench/Cargo.toml; answers the folder of its JavaScript. */
export function codecWasm(profile) {
  const target = process.env.PORTICO_BENCH_TARGET ?? join(BENCH, 'target');
  const run = (program, ...args) => execFileSync(program, args, { cwd: BENCH, stdio: 'inherit', env: { ...process.env, CARGO_TARGET_DIR: target } });
  run('cargo', 'build', '--locked', '--quiet', '--package', 'page', '--target', 'wasm32-unknown-unknown', '--profile', profile);
  const folder = join(OUTPUT, `codec-${profile}`);
  run('wasm-bindgen', '--target', 'web', '--out-dir', folder, join(target, 'wasm32-unknown-unknown', profile, 'page.wasm'));
  return folder;
}
