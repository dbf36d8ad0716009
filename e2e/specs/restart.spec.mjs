// The switchboard dies in a call and comes back: the media goes on, the page says what happens, the desk is
// registered again at once, and hanging up still reaches the other side. Where it is too busy to take desks back, they come when it says.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { assertHears, received } from '../support/audio.mjs';
import { BROWSERS } from '../support/browsers.mjs';
import { PAIRINGS, setStage } from '../support/stage.mjs';
import { Switchboard } from '../support/switchboard.mjs';
import { timed, until } from '../support/wait.mjs';

const stage = setStage();
/** A browser reports each failed attempt to reach a server that is not there. */
const AWAY = /WebSocket connection to|can’t establish a connection|was interrupted while|ERR_CONNECTION_REFUSED|Failed to load resource|NetworkError|Cross-Origin|healthz/;

/** Stands where the switchboard stood, says that it is too busy for `seconds`, and notes when what is asked for. */
async function busy(port, seconds) {
  const asked = [];
  const note = ({ url }) => asked.push({ url, at: performance.now() });
  const server = createServer((request, answer) => {
    note(request);
    answer.writeHead(503, { 'Retry-After': String(seconds) }).end();
  });
  server.on('upgrade', (request, socket) => {
    note(request);
    socket.end(`HTTP/1.1 503 Service Unavailable\r\nRetry-After: ${seconds}\r\nContent-Length: 0\r\n\r\n`);
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  const stop = () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  return { asked, stop };
}

/** Counts packets in a page while something happens: total, and the longest time without a new one. */
async function watchPackets(desk) {
  await desk.page.evaluate(() => {
    const count = async () => {
      let packets = 0;
      for (const peer of window.__probe.peers) {
        if (peer.signalingState === 'closed') continue;
        for (const report of (await peer.getStats()).values()) if (report.type === 'inbound-rtp' && report.kind === 'audio') packets += report.packetsReceived;
      }
      return packets;
    };
    const watch = (window.__watch = { longest: 0, packets: 0, running: true });
    (async () => {
      let last = performance.now();
      while (watch.running) {
        const packets = await count();
        const now = performance.now();
        if (packets > watch.packets) {
          watch.longest = Math.max(watch.longest, now - last);
          last = now;
        } else {
          watch.longest = Math.max(watch.longest, now - last);
        }
        watch.packets = Math.max(watch.packets, packets);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    })();
  });
  return async () => desk.page.evaluate(() => ({ longest: Math.round(window.__watch.longest), packets: window.__watch.packets }));
}

for (const [caller, called] of PAIRINGS) {
  stage.test(`${caller} in a call with ${called} while the switchboard is killed and restarted`, async (t) => {
    stage.expect(AWAY);
    const [one, two] = await stage.desksOf([caller, 'agent1', { frequency: 523 }], [called, 'agent2', { frequency: 811 }]);
    await one.dial('agent2');
    await two.answer();
    await Promise.all([one.inCall(two.name), two.inCall(one.name)]);
    await Promise.all([assertHears(one.page, { present: [811] }), assertHears(two.page, { present: [523] })]);
    const counts = await Promise.all([watchPackets(one), watchPackets(two)]);

    await stage.board.kill();
    await Promise.all([one.says(/Connection to the switchboard lost|Reconnecting/), two.says(/Connection to the switchboard lost|Reconnecting/)]);
    await Promise.all([assertHears(one.page, { present: [811] }), assertHears(two.page, { present: [523] })]);
    await stage.board.start();
    const { ms: back } = await timed(() => Promise.all([one.ready(10_000), two.ready(10_000)]));
    t.diagnostic(`registered again after ${back} ms`);
    assert.ok(back <= 3000, `registered again after ${back} ms`);

    await Promise.all([assertHears(one.page, { present: [811], absent: [523] }), assertHears(two.page, { present: [523], absent: [811] })]);
    for (const [index, count] of counts.entries()) {
      const { longest, packets } = await count();
      t.diagnostic(`${index === 0 ? caller : called}: ${packets} packets, longest pause ${longest} ms`);
      assert.ok(packets > 100 && longest < 1000, `packets ${packets}, longest pause ${longest} ms`);
    }
    const { ms: over } = await timed(async () => {
      await one.press('Hang up');
      await two.callOver({ timeout: 5000 });
    });
    t.diagnostic(`over at the other side after ${over} ms`);
    assert.ok(over <= 2000, `the other side was told after ${over} ms`);
    await one.callOver();

    // The desk takes calls again.
    await two.dial('agent1');
    await one.rings();
    await two.press('Hang up');
    await one.quiet();
    await until('nothing to be left', async () => (await received(one.page)).connections === 0);
  });
}

for (const browser of BROWSERS) {
  stage.alone(`${browser}: a switchboard that is too busy is asked again when it says, and no socket is tried before`, () => Switchboard.serve(), async () => {
    stage.expect(AWAY);
    const one = await stage.desk(browser, 'agent1');
    const { board } = stage;
    await board.kill();
    const front = await busy(board.port, 12);
    stage.later(() => front.stop());
    const asked = (url) => front.asked.filter((each) => each.url === url);
    await until('the page to ask', () => asked('/healthz').length > 0, { timeout: 15_000 });
    const since = asked('/healthz')[0].at;
    await one.says(/Next try in (9|1\d) s/);
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    const early = () => front.asked.filter(({ url, at }) => at > since && /^\/(healthz|sip)$/.test(url)).map(({ url }) => url);
    assert.deepEqual(early(), [], 'nothing before the time that was named');
    // Who looks at it may try sooner: by asking again.
    await one.press('Connect now');
    await until('the page to ask again', () => asked('/healthz').length > 1, { timeout: 3_000 });
    assert.deepEqual(early(), ['/healthz']);
    await one.says(/Next try in (9|1\d) s/);
    await front.stop();
    await board.start();
    await one.press('Connect now');
    await one.ready();
  });
}
