// Writes X.br and X.gz beside every file of a folder that becomes smaller by it. Usage: node compress.mjs FOLDER
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const KINDS = new Set(['.html', '.js', '.mjs', '.css', '.wasm', '.svg', '.json', '.webmanifest', '.txt', '.ico']);

for (const entry of readdirSync(process.argv[2], { recursive: true, withFileTypes: true })) {
  const file = join(entry.parentPath ?? entry.path, entry.name);
  if (!entry.isFile() || !KINDS.has(extname(file))) continue;
  const plain = readFileSync(file);
  const copies = {
    br: brotliCompressSync(plain, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 22, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length },
    }),
    gz: gzipSync(plain, { level: 9 }),
  };
  for (const [kind, packed] of Object.entries(copies)) {
    if (packed.length < plain.length) writeFileSync(`${file}.${kind}`, packed);
    else rmSync(`${file}.${kind}`, { force: true });
  }
}
