import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import { createSelfSignedCertificate } from '../crypto/self-signed-certificate.js';
import type { Certificate } from '../crypto/certificate.js';
import { loadFfi } from '../native/ffi.js';
import { closeDescriptor, localAddressOf, openTcpListener } from '../native/libc/socket.js';
import type { TurnEngineOptions } from './engine-options.js';
import { WorkerPool } from './worker-pool.js';

const native = loadFfi();
const LOOPBACK = Uint8Array.of(127, 0, 0, 1);

describe('worker processes', { skip: native.ok ? false : native.reason }, () => {
  let listening: number;
  let port: number;
  before(() => {
    const opened = openTcpListener({ family: 4, bytes: LOOPBACK, port: 0 }, 16);
    assert.ok(opened.ok);
    listening = opened.fd;
    port = localAddressOf(listening)!.port;
  });
  after(() => {
    closeDescriptor(listening);
  });

  test('the successor of a dead worker shows the certificate that was set last, not the first one', async () => {
    const pool = createPool([listening], { fd: 4, port });
    await pool.start();
    try {
      assert.equal(await shownName(port), 'first');
      pool.setCertificate(certificateOf('second'));
      await until(async () => (await shownName(port)) === 'second');
      process.kill(pool.pids[0]!, 'SIGKILL');
      await until(() => pool.restarts === 1 && pool.pids.length === 1);
      // The listening socket stays open: this connection waits for the successor.
      assert.equal(await shownName(port), 'second');
    } finally {
      await pool.stop();
    }
  });

  test('a start that fails says why and leaves no process behind', async () => {
    const pool = createPool([], { fd: 99, port });
    await assert.rejects(pool.start(), /Cannot listen on tcp 127\.0\.0\.1/);
    assert.deepEqual(pool.pids, []);
  });
});

function createPool(inherited: readonly number[], listener: { fd: number; port: number }): WorkerPool {
  const options = engineOptions([{ protocol: 'tcp', address: '127.0.0.1', ...listener }]);
  return new WorkerPool({
    count: 1,
    log: () => undefined,
    quota: { admit: (_holder, answer) => answer('granted'), release: () => undefined },
    plan: () => ({ options, inherited }),
  });
}

function engineOptions(listeners: TurnEngineOptions['listeners']): TurnEngineOptions {
  const rate = { perAddress: 0, perAddressBurst: 0, perPrefix: 0, total: 0 };
  return {
    shard: { index: 0, count: 1 },
    network: 'native',
    realm: 'example.org',
    secrets: ['secret'],
    users: [],
    nonceKey: '00'.repeat(32),
    listeners,
    tls: certificateOf('first'),
    relay: { firstPort: 50_000, lastPort: 50_099, addresses: [] },
    peers: { allow: [], deny: [], nat64Prefixes: [], ownAddresses: [] },
    features: { tcpRelay: 'off', icmpReports: 'off' },
    limits: {
      unauthenticatedSeconds: 10,
      halfOpenPerAddress: 0,
      halfOpenTotal: 0,
      writeBufferBytes: 65_536,
      turn: {},
      bindingRate: rate,
      natDiscoveryRate: rate,
      unauthenticatedRate: rate,
      paths: 1024,
      dtlsHandshakesTotal: 8,
      dtlsHandshakesPerAddress: 8,
    },
    receiveBufferBytes: 0,
    sendBufferBytes: 0,
  };
}

function certificateOf(commonName: string): Certificate {
  return createSelfSignedCertificate({
    commonName,
    names: ['localhost'],
    issuedAt: new Date(),
    validDays: 2,
  });
}

async function shownName(port: number): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return String(subject.CN);
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (await holds()) return;
    await sleep(50);
  }
  assert.fail('it did not come about');
}
