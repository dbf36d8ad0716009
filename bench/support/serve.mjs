// Serves folders on a free loopback port, which browsers treat as a secure origin.

import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.wasm': 'application/wasm', '.css': 'text/css', '.svg': 'image/svg+xml', '.dat': 'text/plain' };

/** `pages` maps a path to HTML text; anything else is looked for in `folders`. */
export async function serve({ pages = {}, folders = [] }) {
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url, 'http://x').pathname);
    response.setHeader('cache-control', 'no-store');
    if (pages[path]) {
      response.setHeader('content-type', TYPES['.html']);
      response.end(pages[path]);
      return;
    }
    const file = folders.map((folder) => join(folder, path)).find((candidate) => existsSync(candidate) && statSync(candidate).isFile());
    if (!file) {
      response.statusCode = path === '/favicon.ico' ? 204 : 404;
      response.end();
      return;
    }
    response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream');
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, stop: () => new Promise((resolve) => { server.close(resolve); server.closeAllConnections(); }) };
}

/** A page that runs one bundled script. */
export const pageWith = (script) => `<!doctype html><meta charset="utf-8"><title>bench</title><body><script type="module" src="/${script}.js"></script></body>`;
