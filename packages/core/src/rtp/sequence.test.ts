import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { extendSequence } from './sequence.js';

for (const [reference, sequenceNumber, extended] of [
  [0, 0, 0],
  [0, 1, 1],
  [0, 32_767, 32_767],
  [0, 32_768, -32_768],
  [0, 65_535, -1],
  [65_535, 0, 65_536],
  [65_536, 65_535, 65_535],
  [65_537, 0, 65_536],
  [0x12345_0010, 0xfff0, 0x12344_fff0],
  [0x12345_fff0, 0x0010, 0x12346_0010],
  [-1, 0, 0],
  [-1, 65_534, -2],
] as const) {
  test(`sequence number ${sequenceNumber} near ${reference} is ${extended}`, () => {
    assert.equal(extendSequence(reference, sequenceNumber), extended);
  });
}

test('an extended sequence number keeps its low 16 bits and is the nearest with them', () => {
  const reference = fc.oneof(
    fc.nat(200_000),
    fc.maxSafeNat().map((n) => Math.floor(n / 2)),
  );
  fc.assert(
    fc.property(reference, fc.nat(0xffff), (near, sequenceNumber) => {
      const extended = extendSequence(near, sequenceNumber);
      assert.equal(((extended % 65_536) + 65_536) % 65_536, sequenceNumber);
      assert.ok(extended - near >= -32_768 && extended - near <= 32_767, `${extended - near}`);
    }),
    { numRuns: 2000 },
  );
});
