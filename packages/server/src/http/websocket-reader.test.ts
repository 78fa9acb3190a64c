import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MessageReader } from './websocket-reader.js';

const LIMITS = { messageBytes: 100_000, fragments: 8 };

/** What a reader tells of bytes that come in pieces of those sizes (the last one again and again). */
function read(bytes: Buffer, pieces: readonly number[] = [bytes.length]): string[] {
  const told: string[] = [];
  const tell = (what: string) => (said: string | number | undefined) => told.push(`${what} ${said}`);
  const reader = new MessageReader(LIMITS);
  let at = 0;
  for (let round = 0; at < bytes.length; round++) {
    const size = Math.max(1, pieces[Math.min(round, pieces.length - 1)] ?? 1);
    reader.read(Buffer.from(bytes.subarray(at, at + size)), {
      handleText: tell('text'),
      handleBinary: () => told.push('binary'),
      handlePing: tell('ping'),
      handlePong: () => told.push('pong'),
      handleClose: tell('close'),
      handleViolation: tell('violation'),
    });
    at += size;
  }
  return told;
}

/** A frame as RFC 6455 section 5.2 draws it; `first` is its first byte. */
function frame(first: number, payload: Buffer | string, mask = [0x37, 0xfa, 0x21, 0x3d]): Buffer {
  const content = Buffer.from(payload);
  const { length } = content;
  const size = Buffer.alloc(length < 126 ? 1 : length < 65_536 ? 3 : 9);
  size[0] = 0x80 | (length < 126 ? length : length < 65_536 ? 126 : 127);
  if (size.length === 3) size.writeUInt16BE(length, 1);
  else if (size.length === 9) size.writeBigUInt64BE(BigInt(length), 1);
  return Buffer.concat([
    Buffer.from([first]),
    size,
    Buffer.from(mask),
    content.map((byte, at) => byte ^ mask[at % 4]!),
  ]);
}

const closing = (code: number, reason: Buffer | string = '') =>
  frame(0x88, Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)]));

test('the masked examples of RFC 6455 section 5.7 are read', () => {
  assert.deepEqual(read(Buffer.from('818537fa213d7f9f4d5158', 'hex')), ['text Hello']);
  assert.deepEqual(read(Buffer.from('8a8537fa213d7f9f4d5158', 'hex')), ['pong']);
});

test('texts of any content come out whole, in order, however they are cut into frames and pieces', () => {
  const message = fc.record({
    text: fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.constant('마'.repeat(23_000))),
    cuts: fc.array(fc.nat(300), { maxLength: 6 }),
    pings: fc.boolean(),
  });
  fc.assert(
    fc.property(
      fc.array(message, { minLength: 1, maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 400 })),
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      (messages, pieces, mask) => {
        const frames: Buffer[] = [];
        const expected: string[] = [];
        for (const { text, cuts, pings } of messages) {
          const bytes = Buffer.from(text);
          const ends = [...new Set([...cuts.filter((one) => one < bytes.length), bytes.length])];
          ends.sort((a, b) => a - b);
          ends.forEach((end, index) => {
            const first = (index === ends.length - 1 ? 0x80 : 0) | (index === 0 ? 1 : 0);
            frames.push(frame(first, bytes.subarray(ends[index - 1] ?? 0, end), [...mask]));
            if (!pings) return;
            frames.push(frame(0x89, 'p\xff'));
            expected.push('ping p\xc3\xbf');
          });
          if (pings) expected.splice(-1, 0, `text ${text}`);
          else expected.push(`text ${text}`);
        }
        const bytes = Buffer.concat(frames);
        // Byte by byte where that is not much.
        const slowest = pieces.length === 0 ? (bytes.length < 3000 ? [1] : [997]) : [...pieces, bytes.length];
        assert.deepEqual(read(bytes, slowest), expected);
      },
    ),
    { numRuns: 200 },
  );
});

test('what breaks the protocol or a limit is told with its code, once, and ends the reading', () => {
  const violations: [what: string, code: number, bytes: Buffer][] = [
    ['no mask', 1002, Buffer.from([0x81, 0x01, 0x20])],
    ['a reserved bit', 1002, frame(0xc1, 'x')],
    ['an unknown opcode', 1002, frame(0x83, 'x')],
    ['an unknown control opcode', 1002, frame(0x8b, '')],
    ['a continuation of nothing', 1002, frame(0x80, 'x')],
    ['a message inside another', 1002, Buffer.concat([frame(0x01, 'x'), frame(0x81, 'y')])],
    ['a ping in fragments', 1002, frame(0x09, '')],
    ['a long ping', 1002, frame(0x89, 'x'.repeat(126))],
    ['half a close code', 1002, frame(0x88, 'x')],
    ['a close code nobody sends', 1002, closing(1005)],
    ['a reason that is no UTF-8', 1007, closing(1000, Buffer.from([0xff]))],
    ['a text that is no UTF-8', 1007, frame(0x81, Buffer.from([0x61, 0xc3, 0x28]))],
    ['a message too large', 1009, frame(0x81, 'x'.repeat(LIMITS.messageBytes + 1)).subarray(0, 14)],
    ['a size of 2^62', 1009, Buffer.from('81ff400000000000000000000000', 'hex')],
    [
      'fragments too large together',
      1009,
      Buffer.concat([frame(0x01, 'x'.repeat(LIMITS.messageBytes)), frame(0x80, 'x')]),
    ],
    [
      'too many fragments',
      1008,
      Buffer.concat([frame(0x01, 'x'), ...Array.from({ length: 8 }, () => frame(0, 'x'))]),
    ],
  ];
  for (const [what, code, bytes] of violations) {
    for (const pieces of [[1], [bytes.length + 100]]) {
      const told = read(Buffer.concat([bytes, frame(0x81, 'more')]), pieces);
      assert.deepEqual(told, [`violation ${code}`], what);
    }
  }
});

test('a close ends the reading; a character U+FFFD that was sent is no error', () => {
  const bytes = Buffer.concat([
    frame(0x81, '\ufffd'),
    frame(0x82, 'b'),
    closing(4000, 'bye'),
    frame(0x81, 'x'),
  ]);
  assert.deepEqual(read(bytes), ['text \ufffd', 'binary', 'close 4000']);
  assert.deepEqual(read(frame(0x88, '')), ['close undefined']);
});

test('no bytes make it throw', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 400 }),
      fc.array(fc.integer({ min: 1, max: 90 })),
      (bytes, pieces) => {
        read(Buffer.from(bytes), pieces);
      },
    ),
    { numRuns: 5000 },
  );
});
