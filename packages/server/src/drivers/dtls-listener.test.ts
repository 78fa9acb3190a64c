import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import { NO_PATH } from '@madang/core/path/path';
import { instant } from '@madang/core/time/instant';
import { createSelfSignedCertificate } from '../crypto/self-signed-certificate.js';
import { loadFfi } from '../native/ffi.js';
import { DtlsContext } from '../native/openssl/dtls-context.js';
import { DtlsSession } from '../native/openssl/dtls-session.js';
import type { DtlsSink } from '../native/openssl/dtls-session.js';
import { Client, Net, handshakeRecord, serverEndpoint } from './dtls-listener-net.test-support.js';

const skip = loadFfi().ok ? false : 'FFI not available';

test('a client with a cookie gets a session; nothing is kept before the cookie', { skip }, () => {
  const net = new Net();
  const client = new Client(net, 1);
  client.session.connect();
  const hello = net.takeFrom(client);
  net.toListener(client, hello);
  assert.equal(net.paths.size, 0);
  assert.equal(net.listener.sessions, 0);
  assert.equal(net.listener.counters.helloVerifyRequests, 1);
  assert.ok(client.inbox[0]!.length <= hello.length, 'the answer is no longer than the question');
  net.run();
  assert.equal(client.session.state, 'established');
  assert.deepEqual([net.listener.sessions, net.listener.handshakes, net.paths.size], [1, 0, 1]);
  client.session.write(Buffer.from('hello'), 0, 5);
  net.run();
  assert.deepEqual(net.log, ['opened 1', 'plaintext 1 hello']);
  assert.ok(net.listener.write(1, Buffer.from('answer'), 0, 6));
  net.run();
  assert.deepEqual(client.received, ['answer']);
  client.session.close();
  net.run();
  assert.equal(net.log.at(-1), 'closed 1 peer');
  assert.deepEqual([net.listener.sessions, net.paths.size, net.listener.nextDeadline()], [0, 0, Infinity]);
  net.end();
});

test('a cookie is good for its own source, port and hello, and for less than a minute', { skip }, () => {
  const net = new Net();
  const client = new Client(net, 1);
  client.session.connect();
  net.toListener(client, net.takeFrom(client));
  client.session.handleDatagram(client.inbox[0]!, 0, client.inbox[0]!.length);
  client.inbox.length = 0;
  const withCookie = net.takeFrom(client);
  for (const other of [new Client(net, 2), new Client(net, 1, 999)]) {
    net.toListener(other, withCookie);
    assert.equal(net.listener.handshakes, 0);
  }
  for (let at = 0; at < 32; at++) {
    const wrong = Buffer.from(withCookie);
    wrong[13 + 12 + 34 + 2 + at]! ^= 1;
    net.toListener(client, wrong);
  }
  const otherRandom = Buffer.from(withCookie);
  otherRandom[13 + 12 + 2 + 5]! ^= 1;
  net.toListener(client, otherRandom);
  assert.equal(net.listener.handshakes, 0);
  const now = net.now;
  net.now = now + 61_000;
  net.toListener(client, withCookie);
  assert.equal(net.listener.handshakes, 0);
  net.now = now + 29_000;
  net.toListener(client, withCookie);
  assert.equal(net.listener.handshakes, 1);
  net.end();
});

test('a path stays with its handshake when a datagram comes in without it', { skip }, () => {
  const net = new Net();
  const client = new Client(net, 1);
  client.session.connect();
  net.toListener(client, net.takeFrom(client));
  client.session.handleDatagram(client.inbox[0]!, 0, client.inbox[0]!.length);
  const withCookie = net.takeFrom(client);
  net.toListener(client, withCookie);
  assert.deepEqual([net.listener.handshakes, net.paths.size], [1, 1]);
  const arrival = client.arrival(NO_PATH);
  net.listener.handleDatagram(instant(net.now), NO_PATH, arrival, withCookie, 0, withCookie.length);
  assert.deepEqual([net.listener.handshakes, net.paths.size], [1, 1]);
  net.end();
});

test('two hundred thousand hellos without a cookie leave no state and no memory', { skip }, () => {
  const net = new Net();
  const client = new Client(net, 1);
  client.session.connect();
  const hello = net.takeFrom(client);
  const arrival = client.arrival(NO_PATH);
  const spray = (count: number): void => {
    for (let i = 0; i < count; i++) {
      arrival.port = i & 0xffff;
      arrival.words[0] = i;
      net.listener.handleDatagram(instant(net.now), NO_PATH, arrival, hello, 0, hello.length);
      client.inbox.length = 0;
    }
  };
  net.toListener(client, hello);
  spray(20_000);
  const before = process.memoryUsage().rss;
  spray(200_000);
  const growth = process.memoryUsage().rss - before;
  assert.ok(growth < 10e6, `${growth} bytes more`);
  assert.deepEqual([net.listener.sessions, net.paths.size], [0, 0]);
  net.end();
});

test('a hello in two fragments is challenged and accepted', { skip }, () => {
  const net = new Net();
  const context = new DtlsContext({ role: 'client', mtuBytes: 256, ciphers: 'ALL' });
  const endpoint = {
    createSession: (sink: DtlsSink) => new DtlsSession(context, sink),
    free: () => context.free(),
  };
  const client = new Client(net, 1, 4000, endpoint);
  client.session.connect();
  net.run();
  const hellos = net.history.filter(({ bytes }) => bytes[13] === 1);
  assert.ok(hellos.length > 2, 'the hello with the cookie was split');
  assert.equal(net.listener.counters.helloVerifyRequests, 1);
  assert.equal(client.session.state, 'established');
  net.end();
});

test('handshakes are capped in all, per source and per second; the cap frees itself', { skip }, () => {
  const net = new Net({ limits: { handshakesTotal: 20 } });
  const clients = Array.from({ length: 10 }, (_, i) => new Client(net, 7, 1000 + i));
  for (const client of clients) net.halfOpen(client);
  assert.equal(net.listener.handshakes, 8);
  assert.equal(net.listener.counters.limitHit, 2);
  for (let i = 0; i < 30; i++) net.halfOpen(new Client(net, 100 + i));
  assert.equal(net.listener.handshakes, 20);
  assert.equal(net.paths.size, 20);
  net.advance(31_000);
  assert.deepEqual(
    [net.listener.handshakes, net.paths.size, net.listener.counters.handshakesTimedOut],
    [0, 0, 20],
  );
  const late = new Client(net, 7, 5000);
  late.session.connect();
  net.run();
  assert.equal(late.session.state, 'established');
  net.end();

  const slow = new Net({ limits: { handshakesPerSecond: 50 } });
  for (let i = 0; i < 30; i++) slow.halfOpen(new Client(slow, 100 + i));
  assert.equal(slow.listener.handshakes, 5);
  slow.end();
});

test('a flood of fragments in running handshakes is bounded in memory and ends with them', { skip }, () => {
  const net = new Net();
  const clients = Array.from({ length: 64 }, (_, i) => new Client(net, 10 + i));
  for (const client of clients) {
    net.now += 3;
    net.halfOpen(client);
  }
  assert.equal(net.listener.handshakes, 64);
  const before = process.memoryUsage().rss;
  const started = performance.now();
  for (let i = 0; i < 300; i++) {
    for (const client of clients) {
      // A tiny piece of a message that claims to be long, a new one each time; zero-length pieces between.
      const sequence = i % 40;
      net.toListener(client, handshakeRecord(i, 16, i % 3 === 0 ? 100_000 : 16_000, sequence, i % 2));
    }
  }
  const growth = process.memoryUsage().rss - before;
  assert.ok(growth < 10e6, `${growth} bytes more`);
  assert.ok(performance.now() - started < 2000);
  assert.ok(net.listener.counters.guarded > 64 * 200);
  net.tick(31_000);
  assert.equal(net.listener.handshakes, 0);
  net.end();
});

test('replays, garbage and plaintext alerts from the same address do not disturb a session', { skip }, () => {
  const net = new Net();
  const client = new Client(net, 1);
  client.session.connect();
  net.run();
  client.session.write(Buffer.from('x'), 0, 1);
  net.run();
  const events = net.log.length;
  for (const { bytes } of [...net.history, ...net.history]) {
    net.toListener(client, bytes);
    for (let at = 0; at < bytes.length; at += 7) {
      const bad = Buffer.from(bytes);
      bad[at]! ^= 0x10;
      net.toListener(client, bad);
      net.toListener(client, bytes.subarray(0, at));
    }
    net.toListener(client, Buffer.from('15fefd000000000000000900020228', 'hex'));
  }
  assert.equal(net.log.length, events, net.log.join());
  client.inbox.length = 0;
  net.outbox.length = 0;
  client.session.write(Buffer.from('y'), 0, 1);
  net.run();
  assert.equal(net.log.at(-1), 'plaintext 1 y');
  net.end();
});

test('alerts nobody authenticated do not end a handshake, they only shorten its time', { skip }, () => {
  const net = new Net();
  const client = new Client(net, 1);
  net.halfOpen(client);
  net.toListener(client, Buffer.from('15fefd000000000000000500020228', 'hex'));
  assert.equal(net.listener.handshakes, 1);
  net.run();
  assert.equal(client.session.state, 'established');
  assert.equal(net.log.at(-1), 'opened 1');
  const other = new Client(net, 2);
  net.halfOpen(other);
  net.toListener(other, Buffer.from('15fefd000000000000000500020228', 'hex'));
  net.tick(2900);
  assert.equal(net.listener.handshakes, 1);
  net.tick(200);
  assert.equal(net.listener.handshakes, 0);
  net.end();
});

test(
  'a client that begins anew replaces its session only when the new handshake is complete',
  { skip },
  () => {
    const net = new Net();
    const first = new Client(net, 1);
    first.session.connect();
    net.run();
    const second = new Client(net, 1);
    net.halfOpen(second);
    assert.deepEqual([net.listener.handshakes, net.listener.sessions], [1, 2]);
    net.answerTo = first;
    second.held = 'yes';
    first.session.write(Buffer.from('still here'), 0, 10);
    net.run();
    assert.equal(net.log.at(-1), 'plaintext 1 still here');
    net.answerTo = second;
    second.held = 'no';
    net.run();
    assert.equal(second.session.state, 'established');
    assert.deepEqual(net.log.slice(-2), ['closed 1 replaced', 'opened 1']);
    assert.deepEqual([net.listener.handshakes, net.listener.sessions, net.paths.size], [0, 1, 1]);
    second.session.write(Buffer.from('new'), 0, 3);
    net.run();
    assert.equal(net.log.at(-1), 'plaintext 1 new');
    net.end();
  },
);

test('an idle session is closed; data and a longer idle time keep it', { skip }, () => {
  const net = new Net({ limits: { idleMilliseconds: 10_000 } });
  const [quiet, busy, kept] = [1, 2, 3].map((host) => new Client(net, host));
  for (const client of [quiet!, busy!, kept!]) {
    client.session.connect();
    net.run();
  }
  net.listener.setIdleTimeout(instant(net.now), 3, 60_000);
  for (let i = 0; i < 4; i++) {
    net.advance(5000);
    busy!.session.write(Buffer.from('.'), 0, 1);
    net.run();
  }
  assert.deepEqual(
    net.log.filter((line) => line.startsWith('closed')),
    ['closed 1 idle'],
  );
  assert.equal(quiet!.session.state, 'closed', 'it was told');
  net.advance(11_000);
  net.advance(60_000);
  assert.deepEqual(
    net.log.filter((line) => line.startsWith('closed')),
    ['closed 1 idle', 'closed 2 idle', 'closed 3 idle'],
  );
  assert.equal(net.paths.size, 0);
  net.end();
});

test('the server’s lost flight is sent again when its timer is due', { skip }, async () => {
  const net = new Net({}, { retransmissionMilliseconds: 30 });
  const client = new Client(net, 1);
  net.halfOpen(client);
  const flight = client.inbox.splice(0).length;
  const deadline = net.listener.nextDeadline();
  assert.ok(deadline > net.now && deadline <= net.now + 50, String(deadline - net.now));
  await sleep(35);
  net.tick(60);
  assert.equal(client.inbox.length, flight);
  net.run();
  assert.equal(client.session.state, 'established');
  net.end();
});

test('with validated paths there is no cookie, and no answer without a path', { skip }, () => {
  const net = new Net({ cookies: 'validatedPaths' });
  const client = new Client(net, 1);
  client.session.connect();
  const hello = net.takeFrom(client);
  net.toListener(client, hello);
  assert.deepEqual([net.listener.sessions, client.inbox.length], [0, 0]);
  net.intern(client);
  net.toListener(client, hello);
  net.run();
  assert.equal(client.session.state, 'established');
  assert.equal(net.listener.counters.helloVerifyRequests, 0);
  net.end();
});

test(
  'the driver may close a path from inside its plaintext call, and a full path table is a limit',
  { skip },
  () => {
    const net = new Net();
    const client = new Client(net, 1);
    client.session.connect();
    net.run();
    net.onPlaintext = (path) => net.listener.close(path);
    client.session.write(Buffer.from('bye'), 0, 3);
    net.run();
    assert.deepEqual(net.log.slice(-2), ['plaintext 1 bye', 'closed 1 local']);
    assert.equal(client.session.state, 'closed');
    net.pathTableFull = 'yes';
    const refused = new Client(net, 2);
    refused.session.connect();
    net.run();
    assert.deepEqual(
      [net.listener.sessions, net.listener.handshakes, net.listener.counters.limitHit],
      [0, 0, 1],
    );
    net.end();
  },
);

test('a new certificate serves new clients; sessions of the old one go on', { skip }, () => {
  const net = new Net();
  const old = new Client(net, 1);
  old.session.connect();
  net.run();
  net.listener.useEndpoint(serverEndpoint({}, createSelfSignedCertificate({ issuedAt: new Date() })));
  const fresh = new Client(net, 2);
  fresh.session.connect();
  net.run();
  assert.equal(fresh.session.state, 'established');
  assert.notDeepEqual(fresh.session.peerCertificateDigest(), old.session.peerCertificateDigest());
  old.session.write(Buffer.from('old'), 0, 3);
  net.run();
  assert.equal(net.log.at(-1), 'plaintext 1 old');
  net.end();
});
