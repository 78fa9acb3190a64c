import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Attribute } from './attributes.js';
import {
  encodePasswordAlgorithms,
  PasswordAlgorithm,
  passwordAlgorithm,
  readPasswordAlgorithm,
  readPasswordAlgorithms,
} from './password-algorithms.js';
import { parsed, rawMessage } from './test-messages.test.js';

function read(value: Uint8Array) {
  const view = parsed(rawMessage(0x0001, [Attribute.passwordAlgorithms, value]));
  return readPasswordAlgorithms(view, view.find(Attribute.passwordAlgorithms));
}

test('SHA-256 and MD5 in order of preference', () => {
  const entries = [passwordAlgorithm(PasswordAlgorithm.sha256), passwordAlgorithm(PasswordAlgorithm.md5)];
  const value = encodePasswordAlgorithms(entries);
  assert.deepEqual(value, new Uint8Array([0, 2, 0, 0, 0, 1, 0, 0]));
  assert.deepEqual(read(value), entries);
});

test('parameters are padded to four bytes', () => {
  const entries = [
    { algorithm: 9, parameters: new Uint8Array([1, 2, 3, 4, 5]) },
    passwordAlgorithm(PasswordAlgorithm.sha256),
  ];
  const value = encodePasswordAlgorithms(entries);
  assert.deepEqual(value, new Uint8Array([0, 9, 0, 5, 1, 2, 3, 4, 5, 0, 0, 0, 0, 2, 0, 0]));
  assert.deepEqual(read(value), entries);
});

test('malformed lists are undefined', () => {
  for (const value of [[], [0, 2], [0, 2, 0, 0, 0], [0, 2, 0, 1], [0, 2, 0, 4, 1, 2, 3]]) {
    assert.equal(read(new Uint8Array(value)), undefined, value.join());
  }
});

test('PASSWORD-ALGORITHM has exactly one entry', () => {
  const one = parsed(rawMessage(1, [Attribute.passwordAlgorithm, new Uint8Array([0, 2, 0, 0])]));
  assert.equal(readPasswordAlgorithm(one, one.find(Attribute.passwordAlgorithm))?.algorithm, 2);
  const two = parsed(rawMessage(1, [Attribute.passwordAlgorithm, new Uint8Array([0, 2, 0, 0, 0, 1, 0, 0])]));
  assert.equal(readPasswordAlgorithm(two, two.find(Attribute.passwordAlgorithm)), undefined);
});
