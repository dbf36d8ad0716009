// A small web server on loopback for the pages that the tests bring along.

import { createServer } from 'node:http';
import { bundle } from './bundle.mjs';

const page = (title, script) =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><link rel="icon" href="data:,"><body><button>Allow sound</button>${script}</body></html>`;

/** Serves `/jssip` (a JsSIP phone) and `/blank`. */
export async function testPages() {
  const files = {
    '/blank': ['text/html', page('Blank', '')],
    '/jssip': ['text/html', page('JsSIP phone', '<script src="/jssip.js"></script>')],
    '/jssip.js': ['text/javascript', bundle('jssip', 'JsSIP')],
  };
  const server = createServer((request, response) => {
    const file = files[request.url.split('?')[0]];
    if (!file) return response.writeHead(404).end();
    return response.writeHead(200, { 'content-type': `${file[0]}; charset=utf-8`, 'cache-control': 'no-store' }).end(file[1]);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${server.address().port}`;
  return {
    origin,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
