// How busy a page keeps its main thread.

/** Notes tasks of 50 ms and more; for `evaluateOnNewDocument`. */
export function noteLongTasks() {
  window.__long = [];
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => window.__long.push(entry.duration))).observe({ type: 'longtask' });
}

const PARTS = ['TaskDuration', 'ScriptDuration', 'LayoutDuration', 'RecalcStyleDuration'];
const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

async function session(page, timeDomain) {
  const client = await page.createCDPSession();
  await client.send('Performance.enable', { timeDomain });
  const read = async () => Object.fromEntries((await client.send('Performance.getMetrics')).metrics.map(({ name, value }) => [name, value]));
  return { client, read };
}

/** Bytes that live after garbage is collected: JavaScript's heap and WebAssembly's memories. */
export async function heap(client) {
  await client.send('HeapProfiler.collectGarbage');
  const { usedSize } = await client.send('Runtime.getHeapUsage');
  const { result } = await client.send('Runtime.evaluate', { expression: 'WebAssembly.Memory.prototype' });
  const { objects } = await client.send('Runtime.queryObjects', { prototypeObjectId: result.objectId });
  const bytes = { functionDeclaration: 'function () { return this.reduce((sum, memory) => sum + memory.buffer.byteLength, 0); }', returnByValue: true };
  const wasm = await client.send('Runtime.callFunctionOn', { objectId: objects.objectId, ...bytes });
  return { javascript: usedSize, wasm: wasm.result.value };
}

/**
 * Shares of a page's main thread over so many seconds: by the clock, and by the thread's own processor time, which other work on the
 * machine does not lengthen. Long tasks, elements, and by how much the heap grew.
 */
export async function busy(page, seconds) {
  const wall = await session(page, 'timeTicks');
  const thread = await session(page, 'threadTicks');
  const before = await heap(wall.client);
  await page.evaluate(() => window.__long.splice(0));
  const started = performance.now();
  const [wall0, thread0] = [await wall.read(), await thread.read()];
  await pause(seconds);
  const [wall1, thread1] = [await wall.read(), await thread.read()];
  const passed = (performance.now() - started) / 1000;
  const long = await page.evaluate(() => window.__long.splice(0));
  const after = await heap(wall.client);
  const shares = (from, to) => PARTS.map((part) => (to[part] - from[part]) / passed);
  await Promise.all([wall.client.detach(), thread.client.detach()]);
  return {
    wall: shares(wall0, wall1),
    thread: shares(thread0, thread1),
    long,
    nodes: wall1.Nodes,
    elements: await page.evaluate(() => document.querySelectorAll('*').length),
    grown: after.javascript - before.javascript + after.wasm - before.wasm,
    wasm: after.wasm,
  };
}

/** The tasks of the page's main thread over so many seconds, in ms, by the clock and by processor time, the longest first. */
export async function tasks(page, seconds) {
  await page.tracing.start({ categories: ['disabled-by-default-devtools.timeline', 'toplevel', '__metadata'], screenshots: false });
  await pause(seconds);
  const { traceEvents } = JSON.parse(new TextDecoder().decode(await page.tracing.stop()));
  const main = new Set(traceEvents.filter((each) => each.name === 'thread_name' && each.args.name === 'CrRendererMain').map((each) => `${each.pid} ${each.tid}`));
  const threads = new Map();
  for (const { name, ph, pid, tid, dur, tdur } of traceEvents) {
    const thread = `${pid} ${tid}`;
    if (ph !== 'X' || !main.has(thread) || !/RunTask$/.test(name)) continue;
    if (!threads.has(thread)) threads.set(thread, []);
    threads.get(thread).push({ name, wall: dur / 1000, thread: (tdur ?? 0) / 1000 });
  }
  const sum = (list) => list.reduce((all, task) => all + task.wall, 0);
  const busiest = [...threads.values()].sort((a, b) => sum(b) - sum(a))[0] ?? [];
  return busiest.sort((a, b) => b.wall - a.wall);
}
