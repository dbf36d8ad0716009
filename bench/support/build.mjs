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

const TARGET = process.env.PORTICO_BENCH_TARGET ?? join(BENCH, 'target');
const run = (program, ...args) => execFileSync(program, args, { cwd: BENCH, stdio: 'inherit', env: { ...process.env, CARGO_TARGET_DIR: TARGET } });

/** A package of bench/ as WASM in one profile of its Cargo.toml; answers the file. */
function wasm(name, profile, ...further) {
  run('cargo', 'build', '--locked', '--quiet', '--package', name, '--target', 'wasm32-unknown-unknown', '--profile', profile, ...further);
  return join(TARGET, 'wasm32-unknown-unknown', profile, `${name}.wasm`);
}

/** The codec as WASM in one profile; answers the folder of its JavaScript. */
export function codecWasm(profile) {
  const folder = join(OUTPUT, `codec-${profile}`);
  run('wasm-bindgen', '--target', 'web', '--out-dir', folder, wasm('page', profile));
  return folder;
}

/** The whole agent as a module without a page, and the same module without the agent, as the app is built. */
export function agentWasm() {
  mkdirSync(OUTPUT, { recursive: true });
  return [['--features', 'agent'], []].map((features, index) => {
    const out = join(OUTPUT, `weight-${index}.wasm`);
    const optimise = ['-O2', '--skip-pass=inlining-optimizing', '--enable-bulk-memory', '--enable-bulk-memory-opt', '--enable-sign-ext'];
    run('wasm-opt', ...optimise, '--enable-mutable-globals', '--enable-nontrapping-float-to-int', '--enable-reference-types', '--enable-multivalue', wasm('weight', 'release', ...features), '-o', out);
    return out;
  });
}
