import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PacketCache } from './packet-cache.js';

function packet(sequence: number, length: number): Uint8Array {
  return new Uint8Array(length).fill(sequence & 0xff);
}

test('what is found is what was added, whatever the lengths, gaps and times', () => {
  const additions = fc.array(
    fc.record({
      gap: fc.integer({ min: 1, max: 3 }),
      length: fc.integer({ min: 1, max: 400 }),
      waitMs: fc.nat(90),
    }),
    { maxLength: 300 },
  );
  fc.assert(
    fc.property(additions, (list) => {
      const cache = new PacketCache({ packets: 64, initialBytes: 1024, maximumBytes: 8192 });
      const added = new Map<number, number>();
      let sequence = 65_500;
      let nowMs = 0;
      for (const { gap, length, waitMs } of list) {
        sequence += gap;
        nowMs += waitMs;
        cache.add(nowMs, sequence, packet(sequence, length), 0, length);
        added.set(sequence, length);
        assert.ok(cache.find(sequence), 'the newest is there');
        for (const [known, bytes] of added) {
          if (!cache.find(known)) continue;
          assert.equal(cache.length, bytes);
          const found = cache.bytes.subarray(cache.offset, cache.offset + cache.length);
          assert.ok(
            found.every((byte) => byte === (known & 0xff)),
            `packet ${known}`,
          );
        }
        assert.equal(cache.find(sequence + 1), false);
      }
    }),
    { numRuns: 200 },
  );
});

test('the arena grows until it holds a second of the stream, and no further', () => {
  const cache = new PacketCache({ packets: 1024, initialBytes: 4096, maximumBytes: 1 << 20 });
  const bytes = packet(1, 1000);
  // 400 packets a second.
  for (let sequence = 0; sequence < 8000; sequence++) cache.add(sequence * 2.5, sequence, bytes, 0, 1000);
  for (let sequence = 7601; sequence < 8000; sequence++) assert.ok(cache.find(sequence), `${sequence}`);
  assert.ok(cache.bytes.length <= 1 << 20 && cache.bytes.length >= 400_000, `${cache.bytes.length}`);
  const small = new PacketCache({ packets: 1024, initialBytes: 4096, maximumBytes: 1 << 20 });
  // 50 packets of 80 bytes a second fit as they are.
  for (let sequence = 0; sequence < 3000; sequence++) small.add(sequence * 20, sequence, bytes, 0, 80);
  assert.equal(small.bytes.length, 4096);
});

test('a packet longer than the arena is left out', () => {
  const cache = new PacketCache({ packets: 8, initialBytes: 512, maximumBytes: 512 });
  cache.add(0, 1, packet(1, 513), 0, 513);
  assert.equal(cache.find(1), false);
});
