import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressOf, allocateSlab, errno, ffi, libc, loadFfi, pointerOf, self } from './ffi.js';

const skip = loadFfi().ok ? false : 'FFI not available';

test(
  'a slab keeps its address over garbage collections and native code reads and writes it',
  { skip },
  () => {
    const slab = allocateSlab(100);
    assert.equal(slab.buffer.length, 4096);
    assert.ok(slab.buffer.every((byte) => byte === 0));
    const memset = libc().func<(at: number, value: number, length: number) => bigint>(
      'void* memset(void*, int, size_t)',
    );
    for (let i = 0; i < 200; i++) Buffer.allocUnsafeSlow(1 << 20).fill(i);
    assert.equal(addressOf(slab.buffer), slab.address);
    assert.equal(pointerOf(memset(slab.address + 5, 0x41, 3)), slab.address + 5);
    assert.equal(slab.buffer.toString('latin1', 4, 9), '\0AAA\0');
    assert.deepEqual([...ffi().copy(slab.address + 4, 3)], [0, 0x41, 0x41]);
  },
);

test('addresses of small buffers are refused', { skip }, () => {
  assert.throws(() => addressOf(new Uint8Array(64)), RangeError);
  assert.throws(() => addressOf(Buffer.alloc(4095)), RangeError);
  assert.ok(addressOf(Buffer.alloc(4096)) > 0);
});

test('symbols of OpenSSL, libuv and libc are found, others are not', { skip }, () => {
  for (const name of ['EVP_CIPHER_CTX_new', 'SSL_CTX_new', 'uv_poll_init']) assert.ok(self().has(name), name);
  assert.ok(libc().has('getpid'));
  assert.equal(self().has('no_such_function_anywhere'), false);
  assert.throws(() => self().func('int no_such_function_anywhere()'));
});

test('errno of a failed call is told', { skip }, () => {
  assert.equal(libc().func<(fd: number) => number>('int close(int)')(-1), -1);
  assert.equal(errno(), 9);
});

test('a registered callback is called by native code', { skip }, () => {
  const slab = allocateSlab(16);
  for (let i = 0; i < 8; i++) slab.buffer[i] = 8 - i;
  const compare = ffi().register(
    (a: bigint, b: bigint) => ffi().copy(Number(a), 1)[0]! - ffi().copy(Number(b), 1)[0]!,
    'int MadangTestCompare(void* a, void* b)',
  );
  libc().func('void qsort(void*, size_t, size_t, void*)')(slab.address, 8, 1, compare);
  ffi().unregister(compare);
  assert.deepEqual([...slab.buffer.subarray(0, 8)], [1, 2, 3, 4, 5, 6, 7, 8]);
});
