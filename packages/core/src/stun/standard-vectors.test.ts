import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testingCrypto as crypto } from '../env/testing-crypto.test.js';
import { formatTransportAddress } from '../path/address-text.js';
import { Attribute } from './attributes.js';
import {
  longTermKeyMd5,
  shortTermKey,
  userhash,
  verifyMessageIntegrity,
  verifyMessageIntegritySha256,
} from './integrity.js';
import { MessageClass, messageType } from './message-type.js';
import { StunMessageWriter } from './message-writer.js';
import { Method } from './methods.js';
import { message, parsed } from './test-messages.test.js';

const iceKey = shortTermKey('VOkJxbRl1RmTxUk/WvJxBt')!;
const username = '\u30de\u30c8\u30ea\u30c3\u30af\u30b9';
const longTermKey = longTermKeyMd5(crypto, { username, realm: 'example.org', password: 'TheMatrIX' })!;

test('RFC 5769 section 2.1: request with short-term credential', () => {
  const view = parsed(message('rfc5769-2.1-request'));
  assert.equal(view.method, Method.binding);
  assert.equal(view.messageClass, MessageClass.request);
  assert.equal(view.readText(view.find(Attribute.software), 100), 'STUN test client');
  assert.equal(view.readU32(view.find(Attribute.priority)), 0x6e0001ff);
  assert.equal(view.readU64(view.find(Attribute.iceControlled)), 0x932ff9b151263b36n);
  // The padding of this vector is spaces: what padding holds must not matter to a reader.
  assert.equal(view.readText(view.find(Attribute.username), 100), 'evtj:h6vY');
  assert.equal(verifyMessageIntegrity(view, crypto, iceKey), true);
  assert.equal(view.hasFingerprint, true);
  assert.deepEqual([...view.unknownRequired.subarray(0, view.unknownRequiredCount)], [Attribute.priority]);
});

for (const [name, address] of [
  ['rfc5769-2.2-response-ipv4', '192.0.2.1:32853'],
  ['rfc5769-2.3-response-ipv6', '[2001:db8:1234:5678:11:2233:4455:6677]:32853'],
] as const) {
  test(`${name}: mapped address, integrity, fingerprint`, () => {
    const view = parsed(message(name));
    assert.equal(view.messageClass, MessageClass.successResponse);
    assert.equal(view.readText(view.find(Attribute.software), 100), 'test vector');
    assert.equal(
      formatTransportAddress(view.readXorAddress(view.find(Attribute.xorMappedAddress))!),
      address,
    );
    assert.equal(verifyMessageIntegrity(view, crypto, iceKey), true);
    assert.equal(view.hasFingerprint, true);
  });
}

test('RFC 5769 section 2.2 is written again from its parts, save the padding', () => {
  const original = message('rfc5769-2.2-response-ipv4');
  const view = parsed(original);
  const writer = new StunMessageWriter({ buffer: new Uint8Array(200).fill(0xaa) });
  writer.begin(view.type, original, 8).text(Attribute.software, 'test vector');
  writer.xorAddress(Attribute.xorMappedAddress, view.readXorAddress(view.find(Attribute.xorMappedAddress))!);
  const written = writer.buffer.slice(0, writer.length);
  const expected = original.slice(0, 48);
  expected[35] = 0; // our padding is zero, the vector's is a space
  expected.set([0, 28], 2);
  assert.deepEqual(written, expected);
  writer.messageIntegrity(crypto, iceKey).fingerprint();
  assert.equal(writer.length, original.length);
  assert.equal(verifyMessageIntegrity(parsed(writer.buffer.slice(0, writer.length)), crypto, iceKey), true);
});

test('RFC 5769 section 2.4: request with long-term credential', () => {
  const original = message('rfc5769-2.4-request-long-term');
  const view = parsed(original);
  assert.equal(view.readText(view.find(Attribute.username), 100), username);
  assert.equal(view.readText(view.find(Attribute.realm), 100), 'example.org');
  assert.equal(view.readText(view.find(Attribute.nonce), 100), 'f//499k954d6OL34oL9FSTvy64sA');
  assert.equal(verifyMessageIntegrity(view, crypto, longTermKey), true);
  const writer = new StunMessageWriter({ buffer: new Uint8Array(200).fill(0xaa) });
  writer.begin(messageType(Method.binding, MessageClass.request), original, 8);
  writer.text(Attribute.username, username).text(Attribute.nonce, 'f//499k954d6OL34oL9FSTvy64sA');
  writer.text(Attribute.realm, 'example.org').messageIntegrity(crypto, longTermKey);
  assert.deepEqual(writer.buffer.slice(0, writer.length), original);
});

test('RFC 8489 appendix B.1: USERHASH and MESSAGE-INTEGRITY-SHA256', () => {
  const original = message('rfc8489-b.1-request-long-term-sha256');
  const view = parsed(original);
  const hash = userhash(crypto, username, 'example.org')!;
  assert.deepEqual(view.readBytes(view.find(Attribute.userhash)), hash);
  // The vector has no PASSWORD-ALGORITHM, so the key is the MD5 one.
  assert.equal(verifyMessageIntegritySha256(view, crypto, longTermKey), true);
  const writer = new StunMessageWriter({ buffer: new Uint8Array(200).fill(0xaa) });
  writer.begin(view.type, original, 8).bytes(Attribute.userhash, hash);
  writer
    .text(Attribute.nonce, 'obMatJos2AAACf//499k954d6OL34oL9FSTvy64sA')
    .text(Attribute.realm, 'example.org');
  writer.messageIntegritySha256(crypto, longTermKey);
  assert.deepEqual(writer.buffer.slice(0, writer.length), original);
});

test('RFC 8489 section 9.2.2: the key of user, realm, pass', () => {
  const key = longTermKeyMd5(crypto, { username: 'user', realm: 'realm', password: 'pass' })!;
  assert.equal(Buffer.from(key).toString('hex'), '8493fbc53ba582fb4c044c456bdc40eb');
});
