import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from './crc32.js';

test('crc32 gives the check value of ITU V.42', () => {
  const bytes = new Uint8Array(Buffer.from('..123456789..'));
  assert.equal(crc32(bytes, 2, 9), 0xcbf43926);
  assert.equal(crc32(bytes, 2, 0), 0);
});
