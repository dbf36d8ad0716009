// Debian's rtpengine in user space: plain RTP on one side, DTLS-SRTP with ICE on the other.

import { createSocket } from 'node:dgram';
import { Child } from './process.mjs';
import { freeUdpPort, mediaPorts, ownAddress } from './net.mjs';
import { until } from './wait.mjs';

const HOST = '127.0.0.1';

/** One request of the control protocol; resolves with the answer, or with nothing where none comes at once. */
function ask(port, request) {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    const end = (answer) => {
      clearTimeout(late);
      socket.close();
      resolve(answer);
    };
    const late = setTimeout(end, 500);
    socket.once('message', (data) => end(data.toString()));
    socket.once('error', () => end());
    socket.send(`1 ${request}`, port, HOST);
  });
}

/** Starts one; `control` is what Kamailio's `rtpengine_sock` wants. */
export async function rtpengine() {
  const [port, [first, last]] = [await freeUdpPort(HOST), mediaPorts()];
  const child = new Child('/usr/bin/rtpengine', [
    // The one of the system names ports, and files of tests run at once.
    '--config-file=none',
    `--interface=${ownAddress()}`,
    `--listen-ng=${HOST}:${port}`,
    '--table=-1',
    `--port-min=${first}`,
    `--port-max=${last}`,
    '--foreground',
    '--log-stderr',
    '--log-level=6',
    '--num-threads=2',
  ]);
  await until('rtpengine to answer', async () => {
    if (child.ended) throw new Error(`rtpengine ended: ${child.output}`);
    return (await ask(port, 'd7:command4:pinge'))?.includes('pong');
  });
  return { control: `udp:${HOST}:${port}`, log: () => child.output, stop: () => child.stop() };
}
