import assert from 'node:assert/strict';
import { X509Certificate, createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import { readCertificate } from '../../crypto/certificate.js';
import { createSelfSignedCertificate } from '../../crypto/self-signed-certificate.js';
import { loadFfi } from '../ffi.js';
import { DtlsContext } from './dtls-context.js';
import type { DtlsContextOptions } from './dtls-context.js';
import { DtlsSession } from './dtls-session.js';

const skip = loadFfi().ok ? false : 'FFI not available';
const certificate = makeCertificate();
const EXPORTER = 'EXTRACTOR-dtls_srtp';

test(
  'a handshake agrees on version, suite, SRTP profile and keys, and data flows both ways',
  { skip },
  () => {
    const pair = new Pair({ server: { peerCertificate: 'required' } });
    pair.handshake();
    const { client, server } = pair;
    assert.deepEqual([client.session.state, server.session.state], ['established', 'established']);
    for (const end of [client, server]) {
      assert.deepEqual(end.session.agreement(), {
        version: 'DTLSv1.2',
        cipher: 'ECDHE-ECDSA-AES128-GCM-SHA256',
        extendedMasterSecret: true,
      });
      assert.equal(end.session.srtpProfile(), 7);
      const digest = createHash('sha384').update(certificate.raw).digest();
      assert.deepEqual(Buffer.from(end.session.peerCertificateDigest('sha-384')!), digest);
    }
    const keys = [client, server].map((end) => Buffer.from(end.session.exportKeyingMaterial(EXPORTER, 56)));
    assert.deepEqual(keys[0], keys[1]);
    assert.notDeepEqual(keys[0], Buffer.from(client.session.exportKeyingMaterial('EXPERIMENTAL other', 56)));
    for (const size of [1, 100, 1200, 16_384]) {
      const message = Buffer.alloc(size, size & 0xff);
      assert.ok(client.session.write(message, 0, size));
      assert.ok(server.session.write(Buffer.concat([Buffer.alloc(9), message]), 9, size));
      pair.deliverAll();
      assert.deepEqual(server.received.pop(), message);
      assert.deepEqual(client.received.pop(), message);
    }
    assert.equal(client.session.write(Buffer.alloc(16_385), 0, 16_385), false);
    pair.free();
  },
);

test(
  'the server prefers its own order of SRTP profiles, and has none when the client offers none',
  { skip },
  () => {
    const preferring = new Pair({
      server: { srtpProfiles: ['SRTP_AEAD_AES_256_GCM', 'SRTP_AEAD_AES_128_GCM'] },
    });
    preferring.handshake();
    assert.equal(preferring.server.session.srtpProfile(), 8);
    preferring.free();
    const without = new Pair({ client: { srtpProfiles: [] } });
    without.handshake();
    assert.equal(without.server.session.state, 'established');
    assert.equal(without.server.session.srtpProfile(), undefined);
    without.free();
  },
);

test('a client that shows no certificate is refused where one is required', { skip }, () => {
  const pair = new Pair({ server: { peerCertificate: 'required' }, clientCertificate: 'none' });
  pair.handshake();
  assert.equal(pair.server.session.state, 'failed');
  assert.match(pair.server.session.failure, /peer did not return a certificate/);
  assert.equal(pair.client.session.state, 'failed');
  pair.free();
});

test('no datagram of a handshake exceeds the MTU, even with long certificate chains', { skip }, () => {
  const chain = [
    ...certificate.der.chain,
    ...Array.from({ length: 12 }, () => makeCertificate().der.chain[0]!),
  ];
  const pair = new Pair({
    server: { certificate: { ...certificate.der, chain }, peerCertificate: 'required' },
    client: { certificate: { ...certificate.der, chain } },
  });
  pair.handshake();
  assert.equal(pair.server.session.state, 'established');
  const sizes = pair.log.map((datagram) => datagram.bytes.length);
  assert.ok(Math.max(...sizes) <= 1200 && Math.max(...sizes) > 1000, sizes.join());
  pair.free();
});

test(
  'the loss of any one datagram, or of each whole flight, is mended by retransmission',
  { skip },
  async () => {
    const clean = new Pair({});
    clean.handshake();
    const count = clean.log.length;
    clean.free();
    assert.ok(count >= 4);
    for (let lost = 0; lost < count; lost++) {
      const pair = new Pair({
        client: { retransmissionMilliseconds: 20 },
        server: { retransmissionMilliseconds: 20 },
      });
      pair.drop = (index) => index === lost;
      await pair.handshakeWithTimers();
      assert.equal(pair.client.session.state, 'established', `datagram ${lost}`);
      assert.equal(pair.server.session.state, 'established', `datagram ${lost}`);
      assert.ok(pair.log.length > count);
      pair.client.session.write(Buffer.from('ping'), 0, 4);
      pair.deliverAll();
      assert.equal(pair.server.received.pop()?.toString(), 'ping');
      pair.free();
    }
    const worse = new Pair({
      client: { retransmissionMilliseconds: 10 },
      server: { retransmissionMilliseconds: 10 },
    });
    worse.drop = (index) => index < 12 && index % 3 !== 0;
    await worse.handshakeWithTimers();
    assert.equal(worse.server.session.state, 'established');
    worse.free();
  },
);

test('the first retransmission waits as long as it was told, the next twice as long', { skip }, async () => {
  const pair = new Pair({ client: { retransmissionMilliseconds: 40 } });
  pair.client.session.connect();
  const first = pair.client.session.retransmissionDueMilliseconds()!;
  assert.ok(first > 20 && first <= 40, String(first));
  pair.client.session.handleTimeout();
  assert.equal(pair.log.length, 0);
  assert.equal(pair.queue.length, 1, 'not due yet');
  await sleep(45);
  pair.client.session.handleTimeout();
  assert.equal(pair.queue.length, 2);
  const second = pair.client.session.retransmissionDueMilliseconds()!;
  assert.ok(second > 60 && second <= 80, String(second));
  pair.free();
});

test('replayed, garbled and foreign datagrams have no effect on an established session', { skip }, () => {
  const pair = new Pair({});
  pair.handshake();
  pair.client.session.write(Buffer.from('one'), 0, 3);
  pair.deliverAll();
  const other = new Pair({});
  other.handshake();
  other.client.session.write(Buffer.from('foreign'), 0, 7);
  other.deliverAll();
  pair.server.received.splice(0);
  for (const { bytes, to } of [...pair.log, ...pair.log, ...other.log]) {
    if (to !== 'server') continue;
    pair.server.session.handleDatagram(bytes, 0, bytes.length);
    for (const at of [0, 3, 5, 12, 20, bytes.length - 1]) {
      const bad = Buffer.from(bytes);
      bad[at]! ^= 0x41;
      pair.server.session.handleDatagram(bad, 0, bad.length);
      pair.server.session.handleDatagram(bytes, 0, at);
    }
  }
  // Alerts without authentication: fatal handshake_failure and close_notify in epoch 0.
  for (const alert of ['15fefd0000000000000009000202 28', '15fefd000000000000000a00020100']) {
    const bytes = Buffer.from(alert.replaceAll(' ', ''), 'hex');
    pair.server.session.handleDatagram(bytes, 0, bytes.length);
  }
  assert.equal(pair.server.session.state, 'established');
  assert.equal(pair.server.received.length, 0);
  pair.queue.length = 0;
  pair.client.session.write(Buffer.from('two'), 0, 3);
  pair.deliverAll();
  assert.equal(pair.server.received.pop()?.toString(), 'two');
  pair.free();
  other.free();
});

test('close_notify ends both sides; afterwards nothing is written or read', { skip }, () => {
  const pair = new Pair({});
  pair.handshake();
  pair.client.session.close();
  assert.equal(pair.client.session.state, 'closed');
  pair.deliverAll();
  assert.equal(pair.server.session.state, 'closed');
  assert.equal(pair.server.session.write(Buffer.from('x'), 0, 1), false);
  assert.equal(pair.client.session.write(Buffer.from('x'), 0, 1), false);
  assert.throws(() => pair.client.session.exportKeyingMaterial(EXPORTER, 56));
  pair.free();
  pair.client.session.free();
  assert.equal(pair.client.session.state, 'closed');
});

test('a session may be freed from inside its own plaintext call', { skip }, () => {
  const pair = new Pair({});
  pair.handshake();
  pair.server.onPlaintext = () => pair.server.session.free();
  pair.client.session.write(Buffer.from('a'), 0, 1);
  pair.client.session.write(Buffer.from('b'), 0, 1);
  const joined = Buffer.concat(pair.queue.splice(0).map((datagram) => datagram.bytes));
  pair.server.session.handleDatagram(joined, 0, joined.length);
  assert.equal(pair.server.session.state, 'closed');
  assert.equal(pair.server.received.length, 1);
  pair.client.session.free();
});

test(
  'unfit certificates and cipher lists are errors that say why, and leave OpenSSL’s queue empty',
  { skip },
  () => {
    const other = makeCertificate();
    const der = certificate.der;
    assert.throws(
      () =>
        new DtlsContext({
          role: 'server',
          certificate: { chain: der.chain, privateKey: other.der.privateKey },
        }),
      /private key/,
    );
    assert.throws(
      () =>
        new DtlsContext({
          role: 'server',
          certificate: { chain: [Buffer.of(1)], privateKey: der.privateKey },
        }),
    );
    assert.throws(() => new DtlsContext({ role: 'server' }), /needs a certificate/);
    assert.throws(() => new DtlsContext({ role: 'server', certificate: der, ciphers: 'NO-SUCH' }), /cipher/);
    // What node:crypto says next must be about node:crypto.
    assert.throws(() => new X509Certificate('x'), /PEM|no start line|asn1/i);
  },
);

test('a thousand handshakes leave memory where it was', { skip }, () => {
  const contexts = contextsOf({});
  const rssAfter = (handshakes: number): number => {
    for (let i = 0; i < handshakes; i++) {
      const pair = new Pair({}, contexts);
      pair.handshake();
      assert.equal(pair.server.session.state, 'established');
      pair.server.session.free();
      pair.client.session.free();
    }
    return process.memoryUsage().rss;
  };
  const before = rssAfter(300);
  const growth = rssAfter(1000) - before;
  assert.ok(growth < 12e6, `${growth} bytes more`);
});

interface Datagram {
  to: 'client' | 'server';
  bytes: Buffer;
}

interface PairOptions {
  client?: Partial<DtlsContextOptions>;
  server?: Partial<DtlsContextOptions>;
  clientCertificate?: 'none';
}

class End {
  readonly received: Buffer[] = [];
  readonly session: DtlsSession;
  onPlaintext: () => void = () => {};

  constructor(context: DtlsContext, send: (bytes: Buffer) => void) {
    this.session = new DtlsSession(context, {
      transmit: (bytes, offset, length) => send(Buffer.from(bytes.slice(offset, offset + length))),
      plaintext: (bytes, offset, length) => {
        this.received.push(Buffer.from(bytes.slice(offset, offset + length)));
        this.onPlaintext();
      },
    });
  }
}

/** A client and a server joined by a queue that may lose datagrams. */
class Pair {
  readonly queue: Datagram[] = [];
  readonly log: Datagram[] = [];
  readonly client: End;
  readonly server: End;
  drop: (index: number) => boolean = () => false;
  readonly #contexts: DtlsContext[];

  constructor(options: PairOptions, contexts = contextsOf(options)) {
    this.#contexts = contexts;
    this.client = new End(contexts[0]!, (bytes) => this.queue.push({ to: 'server', bytes }));
    this.server = new End(contexts[1]!, (bytes) => this.queue.push({ to: 'client', bytes }));
  }

  handshake(): void {
    this.client.session.connect();
    this.deliverAll();
  }

  async handshakeWithTimers(): Promise<void> {
    this.handshake();
    const sessions = [this.client.session, this.server.session];
    for (let round = 0; round < 100 && sessions.some((session) => session.state === 'handshaking'); round++) {
      const due = sessions.map((session) => session.retransmissionDueMilliseconds() ?? Infinity);
      await sleep(Math.min(...due, 200) + 1);
      for (const session of sessions) session.handleTimeout();
      this.deliverAll();
    }
  }

  deliverAll(): void {
    for (let next = this.queue.shift(); next; next = this.queue.shift()) {
      this.log.push(next);
      if (this.drop(this.log.length - 1)) continue;
      this[next.to].session.handleDatagram(next.bytes, 0, next.bytes.length);
    }
  }

  free(): void {
    this.client.session.free();
    this.server.session.free();
    for (const context of this.#contexts) context.free();
  }
}

function contextsOf(options: PairOptions): DtlsContext[] {
  const { der } = certificate;
  const srtpProfiles = ['SRTP_AEAD_AES_128_GCM', 'SRTP_AES128_CM_SHA1_80', 'SRTP_AEAD_AES_256_GCM'] as const;
  const own = options.clientCertificate === 'none' ? {} : { certificate: der };
  return [
    new DtlsContext({ role: 'client', ...own, peerCertificate: 'required', srtpProfiles, ...options.client }),
    new DtlsContext({ role: 'server', certificate: der, srtpProfiles, ...options.server }),
  ];
}

function makeCertificate() {
  const made = createSelfSignedCertificate({ issuedAt: new Date() });
  const read = readCertificate(made);
  assert.ok(read.ok);
  return { ...made, der: read.der, raw: read.der.chain[0]! };
}
