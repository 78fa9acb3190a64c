import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import { loadFfi } from '../native/ffi.js';
import { closeDescriptor, localAddressOf, openTcpListener } from '../native/libc/socket.js';
import { certificateOf, engineOptions } from './engine-options.test-support.js';
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
    onMediaReport: () => undefined,
    onReplaced: () => undefined,
    count: 1,
    log: () => undefined,
    quota: {
      admit: (_holder, answer) => answer('granted'),
      release: () => undefined,
      adopt: () => undefined,
    },
    plan: () => ({ options, inherited }),
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
