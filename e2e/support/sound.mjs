// A sound card that exists nowhere: Firefox keeps every audio context suspended on a machine without an output
// device, so a private PulseAudio with one null sink is started, on a socket of its own.

import { mkdtemp, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child } from './process.mjs';
import { until } from './wait.mjs';

const PULSEAUDIO = '/usr/bin/pulseaudio';

/** Starts the server; `environment` of the result makes a browser use it. */
export async function soundCard() {
  if (!existsSync(PULSEAUDIO)) throw new Error('pulseaudio is missing: apt-get install pulseaudio');
  const home = await mkdtemp(join(tmpdir(), 'portico-sound-'));
  const socket = join(home, 'native');
  const server = new Child(
    PULSEAUDIO,
    [
      '-n',
      '--daemonize=no',
      '--use-pid-file=no',
      '--disable-shm=yes',
      '--exit-idle-time=-1',
      '-L',
      'module-null-sink sink_name=nowhere',
      '-L',
      `module-native-protocol-unix auth-anonymous=1 socket=${socket}`,
    ],
    { env: { ...process.env, HOME: home, XDG_RUNTIME_DIR: home, PULSE_RUNTIME_PATH: home, PULSE_STATE_PATH: home } },
  );
  await until('the sound server to listen', () => {
    if (server.ended) throw new Error(server.output);
    return existsSync(socket);
  });
  return {
    environment: { PULSE_SERVER: `unix:${socket}` },
    async stop() {
      await server.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}
