import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Arrival } from './path.js';
import { NO_PATH } from './path.js';
import { PathTable } from './path-table.js';
import { Transport } from './transport-address.js';

function arrivalOf(socket: number, family: 4 | 6, address: number, port: number, local: number): Arrival {
  const words = new Uint32Array(8);
  words[0] = address;
  words[4] = local;
  return { path: NO_PATH, socket, transport: Transport.udp, family, port, words };
}

test('the same 5-tuple has one id, and each of its five parts tells paths apart', () => {
  const table = new PathTable({ maximumPaths: 100, seed: 1 });
  const first = table.intern(arrivalOf(1, 4, 10, 5000, 7));
  assert.equal(table.intern(arrivalOf(1, 4, 10, 5000, 7)), first);
  const others = [
    arrivalOf(2, 4, 10, 5000, 7),
    arrivalOf(1, 6, 10, 5000, 7),
    arrivalOf(1, 4, 11, 5000, 7),
    arrivalOf(1, 4, 10, 5001, 7),
    arrivalOf(1, 4, 10, 5000, 8),
  ].map((arrival) => table.intern(arrival));
  assert.equal(new Set([first, ...others]).size, 6);
});

test('a full table answers NO_PATH and takes a path again after a release', () => {
  const table = new PathTable({ maximumPaths: 2, seed: 1 });
  const first = table.intern(arrivalOf(1, 4, 1, 1, 0));
  table.intern(arrivalOf(1, 4, 2, 1, 0));
  assert.equal(table.intern(arrivalOf(1, 4, 3, 1, 0)), NO_PATH);
  table.release(first);
  assert.notEqual(table.intern(arrivalOf(1, 4, 3, 1, 0)), NO_PATH);
  assert.throws(() => {
    table.release(57);
  });
});

test('remote look-up from bytes finds what was interned, both families', () => {
  const table = new PathTable({ maximumPaths: 10, seed: 3 });
  const v6 = new Uint8Array(16).map((_, i) => 255 - i);
  const path = table.internRemote(4, { family: 6, bytes: v6, port: 99 }, Transport.udp);
  const padded = new Uint8Array(20);
  padded.set(v6, 3);
  assert.equal(table.lookupRemote(4, 6, padded, 3, 99), path);
  assert.equal(table.lookupRemote(4, 6, padded, 2, 99), NO_PATH);
  assert.deepEqual(table.remoteOf(path), { family: 6, bytes: v6, port: 99 });
});

test('any sequence of intern and release agrees with a map', () => {
  const step = fc.record({ add: fc.boolean(), address: fc.nat(300), port: fc.nat(3) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 3000 }), fc.integer(), (steps, seed) => {
      const table = new PathTable({ maximumPaths: 5000, seed });
      const model = new Map<string, number>();
      for (const { add, address, port } of steps) {
        const key = `${address}:${port}`;
        const arrival = arrivalOf(1, 4, address, port, 0);
        const known = model.get(key);
        assert.equal(table.lookup(arrival), known ?? NO_PATH);
        if (add) model.set(key, table.intern(arrival));
        else if (known !== undefined) {
          table.release(known);
          model.delete(key);
        }
      }
      assert.equal(table.size, model.size);
      assert.equal(new Set(model.values()).size, model.size);
    }),
    { numRuns: 60 },
  );
});
