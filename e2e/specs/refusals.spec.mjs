// A server that refuses: the registration, with and without a time to wait, and calls, with every answer that has words of its own. The page
// says which it was and what can be done, and asks no more often than it may.

import assert from 'node:assert/strict';
import { BROWSERS } from '../support/browsers.mjs';
import { respond, token } from '../support/sip_message.mjs';
import { setStageAtPbx } from '../support/sip_server.mjs';

const stage = setStageAtPbx();

const CHALLENGE = () => ['WWW-Authenticate', `Digest realm="portico.test", nonce="${token(8)}", algorithm=SHA-256, qop="auth"`];

/** Registrations, refused like this, and what the page says; `next`: when it is asked again by itself; `again`: at once. */
const REGISTRATIONS = [
  { status: 403, says: /refused the registration \(403\)/ },
  { status: 404, says: /refused the registration \(404\)/ },
  // Once without credentials, and two tries with them: then they are the wrong ones.
  { status: 401, headers: () => [CHALLENGE()], says: /refused the registration \(401\)/, tries: 3 },
  { status: 480, headers: () => [['Retry-After', '0']], says: /refused the registration \(480\)/, again: true },
  { status: 500, headers: () => [['Retry-After', 'Fri, 21 Sep 2035 18:00:00 GMT']], says: /refused the registration \(500\)/, next: /Next try in \d+ s/ },
  // An hour at most, and a tenth of it so that not everybody comes at once.
  { status: 503, headers: () => [['Retry-After', '1000000000']], says: /refused the registration \(503\)/, next: /Next try in 3[5-9]\d\d s/ },
  { status: 503, headers: () => [['Retry-After', '20 (maintenance)']], says: /refused the registration \(503\)/, next: /Next try in (1\d|2[0-3]) s/ },
];

for (const browser of BROWSERS) {
  stage.test(`${browser}: a registration that is refused is named, and the time to wait is kept to`, async (t) => {
    stage.expect(/WebSocket|was interrupted while/);
    stage.later(() => (stage.pbx.registrar = undefined));
    const one = await stage.desk(browser, 'agent1');
    for (const { status, headers = () => [], says, next, again, tries = 1 } of REGISTRATIONS) {
      await t.test(`${status} ${headers().map(([name, value]) => `${name}: ${name === 'Retry-After' ? value : '…'}`)}`, async () => {
        const asked = [];
        stage.pbx.registrar = (request) => {
          asked.push(request);
          return respond(request, status, 'Refused', { tag: token(5), headers: headers() });
        };
        stage.pbx.drop();
        await one.says(says);
        if (next) await one.says(next);
        if (status === 503) {
          const before = asked.length;
          await new Promise((resolve) => setTimeout(resolve, 2_000));
          assert.equal(asked.length, before, 'not before the time');
        }
        assert.ok(again || asked.length === tries, `${asked.length} requests`);
        stage.pbx.registrar = undefined;
        if (!again) await one.press('Connect now');
        await one.ready();
      });
    }
  });

  stage.test(`${browser}: a call that is refused says why, and a way to somewhere else is asked about`, async (t) => {
    const one = await stage.desk(browser, 'agent1');
    // No two after one another that are said in the same words.
    for (const [status, says, headers = []] of [
      [403, 'This call is not allowed.'],
      [404, 'This name or number does not exist.'],
      [408, 'Nobody answered.'],
      [480, 'Not reachable at the moment.'],
      [486, 'The line is busy.'],
      [488, 'The other side has no common way to send sound.'],
      [500, 'The switchboard reported a fault (500).'],
      [603, 'The call was declined.'],
      [503, 'The switchboard reported a fault (503).', [['Retry-After', '5']]],
      [607, 'The call was declined.'],
      [600, 'The line is busy.'],
      [608, 'The call was declined.'],
      [302, 'The call failed (302).'],
    ]) {
      await t.test(String(status), async () => {
        const sip = await stage.pbx.registered();
        await one.dial('somebody');
        const invite = await sip.take('the INVITE', (message) => message.method === 'INVITE');
        sip.send(respond(invite, status, 'Refused', { tag: token(5), headers }));
        await one.says(says);
        await one.callOver();
      });
    }

    await t.test('another house is asked about, and no is an answer', async () => {
      const sip = await stage.pbx.registered();
      await one.dial('somebody');
      const invite = await sip.take('the INVITE', (message) => message.method === 'INVITE');
      sip.send(respond(invite, 302, 'Moved', { tag: token(5), headers: [['Contact', '<sip:premium@elsewhere.test>']] }));
      await one.says(/sent on to .*premium/);
      await one.press('No');
      await one.callOver();
      const others = sip.messages.filter((message) => message.method === 'INVITE');
      assert.deepEqual(others, [], 'nobody there was called');
    });
  });
}
