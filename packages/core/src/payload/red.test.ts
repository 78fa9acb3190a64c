import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RedPayload } from './red.js';

/** Bytes in hexadecimal, a malformed payload or its blocks: `PT-OFFSET:DATA` of redundant ones, `PT:DATA` of the primary. */
const VECTORS: Readonly<Record<string, readonly [bytes: string, blocks: string]>> = {
  'a primary block alone': ['6f aabb', '111:aabb'],
  'one block of 960 units before': ['ef 0f 00 02 6f 1122 aabbcc', '111-960:1122 111:aabbcc'],
  'two blocks, the older one first': [
    'ef 1e 00 01 ef 0f 00 02 6f 11 2233 aa',
    '111-1920:11 111-960:2233 111:aa',
  ],
  'an empty redundant block': ['ef 0f 00 00 6f aa', '111-960: 111:aa'],
  'the largest offset and length there are': [
    `ff ff ff ff 00 ${'5a'.repeat(1023)} 01`,
    `127-16383:${'5a'.repeat(1023)} 0:01`,
  ],
  'nothing at all': ['', 'malformed'],
  'no primary block': ['ef 0f 00 01 6f 11', 'malformed'],
  'an empty primary block': ['6f', 'malformed'],
  'a header that is cut off': ['ef 0f 00', 'malformed'],
  'headers and no end of them': ['ef 0f 00 01', 'malformed'],
  'a block that is longer than the packet': ['ef 0f 00 09 6f 1122', 'malformed'],
};

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.replaceAll(' ', '').match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}

function hexOf(bytes: Uint8Array, offset: number, length: number): string {
  return Buffer.from(bytes.subarray(offset, offset + length)).toString('hex');
}

/** The payload is read from the middle of other bytes. */
function describe(payload: Uint8Array): string {
  const bytes = new Uint8Array(payload.length + 14).fill(0xff);
  bytes.set(payload, 7);
  const red = new RedPayload();
  if (!red.parse(bytes, 7, payload.length)) return 'malformed';
  const blocks = Array.from({ length: red.count }, (_, block) => {
    const data = hexOf(bytes, red.offsets[block]!, red.lengths[block]!);
    return `${red.payloadTypes[block]}-${red.timestampOffsets[block]}:${data}`;
  });
  return [...blocks, `${red.payloadType}:${hexOf(bytes, red.offset, red.length)}`].join(' ');
}

for (const [says, [hex, blocks]] of Object.entries(VECTORS)) {
  test(`redundant audio: ${says}`, () => assert.equal(describe(bytesOf(hex)), blocks));
}

test('redundant audio: sixteen blocks are read, of more nothing is', () => {
  const payload = (count: number) => bytesOf(`${'ef0f0001'.repeat(count)} 6f ${'22'.repeat(count)} aa`);
  assert.equal(describe(payload(16)).split(' ').length, 17);
  assert.equal(describe(payload(17)), 'malformed');
});

test('redundant audio: what was written is read, and nothing of other bytes', () => {
  const block = fc.record({
    type: fc.nat(127),
    units: fc.nat(0x3fff),
    data: fc.uint8Array({ maxLength: 100 }),
  });
  const primary = fc.record({ type: fc.nat(127), data: fc.uint8Array({ minLength: 1, maxLength: 100 }) });
  fc.assert(
    fc.property(fc.array(block, { maxLength: 16 }), primary, (blocks, last) => {
      const headers = blocks.flatMap(({ type, units, data }) => {
        const word = units * 1024 + data.length;
        return [0x80 | type, word >>> 16, (word >>> 8) & 0xff, word & 0xff];
      });
      const data = [...blocks.flatMap((one) => [...one.data]), ...last.data];
      const expected = blocks.map((one) => `${one.type}-${one.units}:${hexOf(one.data, 0, one.data.length)}`);
      assert.equal(
        describe(Uint8Array.from([...headers, last.type, ...data])),
        [...expected, `${last.type}:${hexOf(last.data, 0, last.data.length)}`].join(' '),
      );
    }),
  );
});
