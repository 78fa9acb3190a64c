import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Crypto } from '../env/crypto.js';
import { testingCrypto as crypto } from '../env/testing-crypto.test.js';
import { Attribute } from './attributes.js';
import {
  longTermKeyMd5,
  longTermKeySha256,
  shortTermKey,
  userhash,
  verifyMessageIntegrity,
  verifyMessageIntegritySha256,
} from './integrity.js';
import { StunMessageWriter } from './message-writer.js';
import { newView, parsed, rawMessage } from './test-messages.test.js';

const key = new Uint8Array([1, 2, 3]);

function signed(sign: (writer: StunMessageWriter) => void): Uint8Array {
  const writer = new StunMessageWriter({ buffer: new Uint8Array(500) });
  writer.begin(0x0001, new Uint8Array(12), 0).text(Attribute.username, 'u');
  sign(writer);
  return writer.buffer.slice(0, writer.length);
}

test('one flipped bit anywhere before or in the value, or another key, fails', () => {
  for (const [verify, bytes] of [
    [verifyMessageIntegrity, signed((w) => w.messageIntegrity(crypto, key))],
    [verifyMessageIntegritySha256, signed((w) => w.messageIntegritySha256(crypto, key))],
  ] as const) {
    assert.equal(verify(parsed(bytes), crypto, key), true);
    assert.equal(verify(parsed(bytes), crypto, new Uint8Array([1, 2, 4])), false);
    assert.equal(verify(parsed(bytes), crypto, new Uint8Array(0)), false);
    const view = newView();
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = bytes.slice();
      changed[bit >> 3]! ^= 1 << (bit & 7);
      if (view.parse(changed, 0, changed.length) === 0) {
        // The zero padding of USERNAME is covered too: every accepted byte is authentic.
        assert.equal(verify(view, crypto, key), false, `bit ${bit}`);
      }
    }
  }
});

test('attributes behind the integrity value do not disturb it, and the header is left as it was', () => {
  const bytes = signed((w) =>
    w.messageIntegrity(crypto, key).messageIntegritySha256(crypto, key).fingerprint(),
  );
  const before = bytes.slice();
  const view = parsed(bytes);
  assert.equal(verifyMessageIntegrity(view, crypto, key), true);
  assert.equal(verifyMessageIntegritySha256(view, crypto, key), true);
  assert.deepEqual(bytes, before);
});

test('MESSAGE-INTEGRITY-SHA256 may be cut to 16 bytes, not below, and not below what the caller wants', () => {
  const bytes = signed((w) => w.messageIntegritySha256(crypto, key, 16));
  assert.equal(verifyMessageIntegritySha256(parsed(bytes), crypto, key), true);
  assert.equal(verifyMessageIntegritySha256(parsed(bytes), crypto, key, 32), false);
  for (const length of [0, 12, 17, 36]) {
    assert.throws(() => signed((w) => w.messageIntegritySha256(crypto, key, length)), RangeError);
  }
});

test('values of a wrong size are refused before any comparison (S7)', () => {
  let compared = 0;
  const counting: Crypto = { ...crypto, timingSafeEqual: () => (compared++, true) };
  for (const length of [0, 4, 19, 24]) {
    const view = parsed(rawMessage(1, [Attribute.messageIntegrity, new Uint8Array(length)]));
    assert.equal(verifyMessageIntegrity(view, counting, key), false);
  }
  for (const length of [0, 4, 12, 15, 18, 31, 36]) {
    const view = parsed(rawMessage(1, [Attribute.messageIntegritySha256, new Uint8Array(length)]));
    assert.equal(verifyMessageIntegritySha256(view, counting, key), false);
  }
  assert.equal(verifyMessageIntegrity(parsed(rawMessage(1)), counting, key), false);
  assert.equal(verifyMessageIntegritySha256(parsed(rawMessage(1)), counting, key), false);
  assert.equal(compared, 0);
});

test('a digest is only ever compared through the constant-time function (S7)', () => {
  let compared = 0;
  const refusing: Crypto = { ...crypto, timingSafeEqual: () => (compared++, false) };
  const view = parsed(signed((w) => w.messageIntegrity(crypto, key).messageIntegritySha256(crypto, key)));
  assert.equal(verifyMessageIntegrity(view, refusing, key), false);
  assert.equal(verifyMessageIntegritySha256(view, refusing, key), false);
  assert.equal(compared, 2);
  // No other file of the STUN core may compare integrity values on its own.
  const folder = new URL('../../src/stun/', import.meta.url);
  const files = readdirSync(folder).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  const using = files.filter((file) =>
    readFileSync(new URL(file, folder), 'utf8').includes('timingSafeEqual('),
  );
  assert.deepEqual(using, ['integrity.ts']);
});

test('long-term keys prepare realm and password, not the username', () => {
  const credential = { username: 'user', realm: 'realm', password: 'pa\u00a0s\u0073' };
  const plain = { username: 'user', realm: 'realm', password: 'pa ss' };
  assert.deepEqual(longTermKeyMd5(crypto, credential), longTermKeyMd5(crypto, plain));
  assert.deepEqual(longTermKeySha256(crypto, credential), longTermKeySha256(crypto, plain));
  assert.equal(longTermKeySha256(crypto, plain)!.length, 32);
  assert.equal(longTermKeyMd5(crypto, { ...plain, password: '' }), undefined);
  assert.equal(longTermKeySha256(crypto, { ...plain, realm: '\u0000' }), undefined);
  assert.equal(shortTermKey(''), undefined);
  assert.equal(userhash(crypto, '', 'realm'), undefined);
  assert.deepEqual(userhash(crypto, 'u\u2003v', 'realm'), userhash(crypto, 'u v', 'realm'));
});
