import assert from 'node:assert/strict';
import { closeSync, fstatSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { loadFfi } from '../ffi.js';
import { connectUnixSocket, receiveDescriptors, sendDescriptors } from './descriptor-passing.js';
import { closeDescriptor } from './socket.js';

const native = loadFfi();
const skip = native.ok ? false : native.reason;

/** What a Unix socket hands to who connects. */
async function pass(t: TestContext, descriptors: readonly number[]): Promise<number[] | 'closed'> {
  const folder = mkdtempSync(join(tmpdir(), 'madang-passing-'));
  const server = createServer((socket) => {
    const { fd = -1 } = (socket as unknown as { _handle: { fd?: number } })._handle;
    assert.ok(sendDescriptors(fd, descriptors));
    socket.end();
  }).listen(join(folder, 's'));
  t.after(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });
  await new Promise((resolve) => server.once('listening', resolve));
  const connected = connectUnixSocket(join(folder, 's'));
  assert.ok(connected.ok);
  const received: number[] = [];
  for (;;) {
    const part = receiveDescriptors(connected.fd);
    if (part === 'later') {
      await new Promise((resolve) => setTimeout(resolve, 5));
      continue;
    }
    if (part !== 'closed') received.push(...part.descriptors);
    if (part === 'closed' || part.partsLeft === 0) break;
  }
  closeDescriptor(connected.fd);
  return received;
}

test('descriptors arrive as copies of the same files, in order, however many', { skip }, async (t) => {
  const files = ['/dev/null', '/dev/zero', '/dev/urandom'].map((path) => openSync(path, 'r'));
  t.after(() => {
    files.forEach(closeSync);
  });
  for (const count of [0, 1, 200, 201, 450]) {
    const sent = Array.from({ length: count }, (_, index) => files[index % 3]!);
    const received = await pass(t, sent);
    assert.ok(received !== 'closed');
    assert.deepEqual(
      received.map((fd) => fstatSync(fd).rdev),
      sent.map((fd) => fstatSync(fd).rdev),
    );
    received.forEach(closeDescriptor);
  }
});

test('where nobody listens, or the path is too long, there is an error number', { skip }, () => {
  assert.equal(connectUnixSocket('/nowhere/at/all').ok, false);
  assert.equal(connectUnixSocket(`/${'x'.repeat(200)}`).ok, false);
});
