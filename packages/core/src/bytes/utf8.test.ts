import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeUtf8, encodeUtf8, utf8Length, writeUtf8 } from './utf8.js';

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function reference(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

test('decoding agrees with the WHATWG decoder on random bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 24 }), (bytes) => {
      assert.equal(decodeUtf8(bytes, 0, bytes.length, 1000), reference(bytes));
    }),
    { numRuns: 5000 },
  );
});

test('decoding agrees with the WHATWG decoder on every lead and second byte', () => {
  for (let lead = 0; lead < 256; lead++) {
    for (let second = 0; second < 256; second++) {
      for (const tail of [[], [0x80], [0x80, 0x80], [0xbf, 0xbf], [0x80, 0x20]]) {
        const bytes = new Uint8Array([lead, second, ...tail]);
        assert.equal(
          decodeUtf8(bytes, 0, bytes.length, 10),
          reference(bytes),
          Buffer.from(bytes).toString('hex'),
        );
      }
    }
  }
});

test('encoding agrees with TextEncoder, lone surrogates included', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 50 }), (text) => {
      assert.deepEqual(encodeUtf8(text), new TextEncoder().encode(text));
      assert.equal(utf8Length(text), new TextEncoder().encode(text).length);
    }),
    { numRuns: 3000 },
  );
  for (const text of ['\ud800', 'a\udfffb', '\udc00\ud800', '\ud83d\ude00']) {
    assert.deepEqual(encodeUtf8(text), new TextEncoder().encode(text));
  }
});

test('texts longer than one chunk survive, also with a pair across the border', () => {
  for (const length of [1021, 1022, 1023, 1024, 1025, 5000]) {
    const text = 'x'.repeat(length) + '\u{1f600}é' + 'y'.repeat(3000);
    const bytes = encodeUtf8(text);
    assert.equal(decodeUtf8(bytes, 0, bytes.length, bytes.length), text);
  }
});

test('limits: maxBytes, ranges outside the buffer, texts that do not fit', () => {
  const bytes = encodeUtf8('abcd');
  assert.equal(decodeUtf8(bytes, 0, 4, 4), 'abcd');
  assert.equal(decodeUtf8(bytes, 0, 4, 3), undefined);
  assert.equal(decodeUtf8(bytes, 1, 4, 10), undefined);
  assert.equal(decodeUtf8(bytes, -1, 2, 10), undefined);
  assert.equal(decodeUtf8(bytes, 1, 2, 10), 'bc');
  assert.throws(() => writeUtf8('abc', new Uint8Array(4), 2), RangeError);
});
