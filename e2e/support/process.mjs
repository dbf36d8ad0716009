// Child processes: started with their output kept, awaited by a line, ended by their own id.

import { spawn } from 'node:child_process';

const running = new Set();

/** One child process with everything it printed. */
export class Child {
  constructor(command, args, options = {}) {
    this.name = command.split('/').pop();
    this.output = '';
    this.stdout = '';
    this.process = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true, ...options });
    this.exited = new Promise((resolve) => {
      this.process.once('error', (error) => {
        this.output += `\n${error.message}`;
        resolve({ code: null, signal: null, error });
      });
      this.process.once('exit', (code, signal) => {
        running.delete(this);
        this.ended = { code, signal };
        resolve(this.ended);
      });
    });
    running.add(this);
    this.process.stdout?.on('data', (chunk) => {
      this.stdout += chunk;
      this.#keep(chunk);
    });
    this.process.stderr?.on('data', (chunk) => this.#keep(chunk));
  }

  #keep(chunk) {
    this.output = (this.output + chunk).slice(-400_000);
  }

  get pid() {
    return this.process.pid;
  }

  /** Resolves with the match once the output so far matches; fails when the process ends or time is up first. */
  async line(pattern, timeout = 15_000) {
    const end = performance.now() + timeout;
    for (;;) {
      const match = pattern.exec(this.output);
      if (match) return match;
      if (this.ended) throw new Error(`${this.name} ended (${JSON.stringify(this.ended)}):\n${this.output.slice(-3000)}`);
      if (performance.now() > end) throw new Error(`${this.name} did not print ${pattern}:\n${this.output.slice(-3000)}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Sends the signal and waits for the end; a process that ignores it for ten seconds is killed. */
  async stop(signal = 'SIGTERM') {
    if (this.ended) return this.ended;
    this.process.kill(signal);
    const late = setTimeout(() => this.#end(), 5000);
    const ended = await this.exited;
    clearTimeout(late);
    this.#end();
    return ended;
  }

  /** Kills what is left of the process and of the workers it started: they share a group of their own. */
  #end() {
    try {
      process.kill(-this.pid, 'SIGKILL');
    } catch {
      // Nothing is left.
    }
  }

  /** For the end of the test process, where nothing can be awaited. */
  abandon() {
    this.#end();
  }
}

// A failing test must not leave a server behind that the next run stumbles over.
process.on('exit', () => {
  for (const child of running) child.abandon();
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
