import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeBase64Into, encodeBase64, writeBase64 } from './base64.js';

test('encodes as Buffer does and decodes its own output', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
      const expected = Buffer.from(bytes).toString('base64');
      assert.equal(encodeBase64(bytes, 0, bytes.length), expected);
      const ascii = new Uint8Array(120);
      const end = writeBase64(bytes, 0, bytes.length, ascii, 3);
      assert.equal(Buffer.from(ascii.subarray(3, end)).toString('latin1'), expected.replace(/=+$/, ''));
      const decoded = new Uint8Array(80);
      const length = decodeBase64Into(ascii, 3, end - 3, decoded);
      assert.deepEqual([...decoded.subarray(0, length)], [...bytes]);
    }),
  );
});

test('foreign characters, impossible lengths and second spellings are refused', () => {
  for (const text of ['A', 'A=', 'AA==', 'A-', 'AB', '\u00ff\u00ffAA', 'AAAAA']) {
    assert.equal(decodeBase64Into(Buffer.from(text, 'latin1'), 0, text.length, new Uint8Array(8)), -1, text);
  }
  assert.equal(decodeBase64Into(Buffer.from('AAAA'), 0, 4, new Uint8Array(2)), -1);
});
