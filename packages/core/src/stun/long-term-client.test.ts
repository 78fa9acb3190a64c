import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testingCrypto as crypto } from '../env/testing-crypto.test.js';
import { Attribute } from './attributes.js';
import {
  longTermKeyMd5,
  longTermKeySha256,
  userhash,
  verifyMessageIntegrity,
  verifyMessageIntegritySha256,
} from './integrity.js';
import { LongTermClient } from './long-term-client.js';
import { MessageClass, messageType } from './message-type.js';
import type { StunMessageView } from './message-view.js';
import { StunMessageWriter } from './message-writer.js';
import { Method } from './methods.js';
import { nonceCookie, SecurityFeature } from './nonce-cookie.js';
import {
  encodePasswordAlgorithms,
  PasswordAlgorithm,
  passwordAlgorithm,
  readPasswordAlgorithm,
} from './password-algorithms.js';
import { parsed } from './test-messages.test.js';

const credential = { username: 'alice', realm: 'example.org', password: 'open sesame' };
const md5Key = longTermKeyMd5(crypto, credential)!;
const sha256Key = longTermKeySha256(crypto, credential)!;
const both = encodePasswordAlgorithms([
  passwordAlgorithm(PasswordAlgorithm.sha256),
  passwordAlgorithm(PasswordAlgorithm.md5),
]);
const ALL = SecurityFeature.passwordAlgorithms | SecurityFeature.usernameAnonymity;

const newClient = (options: { password?: string; supportedAlgorithms?: readonly number[] } = {}) =>
  new LongTermClient({ crypto, username: 'alice', password: 'open sesame', ...options });

function response(messageClass: MessageClass, fill: (writer: StunMessageWriter) => void): StunMessageView {
  const writer = new StunMessageWriter({ buffer: new Uint8Array(1000) });
  writer.begin(messageType(Method.allocate, messageClass), new Uint8Array(12), 0);
  fill(writer);
  return parsed(writer.buffer.slice(0, writer.length));
}

interface Offer {
  readonly code?: number;
  readonly nonce?: string;
  readonly algorithms?: Uint8Array;
}

const challenge = ({ code = 401, nonce = 'plain-nonce', algorithms }: Offer = {}) =>
  response(MessageClass.errorResponse, (writer) => {
    writer.errorCode(code).text(Attribute.realm, 'example.org').text(Attribute.nonce, nonce);
    if (algorithms !== undefined) writer.bytes(Attribute.passwordAlgorithms, algorithms);
  });

function request(client: LongTermClient): StunMessageView {
  const writer = new StunMessageWriter({ buffer: new Uint8Array(1000) });
  writer.begin(messageType(Method.allocate, MessageClass.request), new Uint8Array(12), 0);
  client.authenticate(writer);
  return parsed(writer.buffer.slice(0, writer.length));
}

test('the first request carries no credential', () => {
  assert.equal(request(newClient()).attributeCount, 0);
});

test('a server of RFC 5389 gets USERNAME and MESSAGE-INTEGRITY under the MD5 key', () => {
  const client = newClient();
  assert.equal(client.handleResponse(challenge()), 'retry');
  const view = request(client);
  assert.equal(view.readText(view.find(Attribute.username), 99), 'alice');
  assert.equal(view.readText(view.find(Attribute.realm), 99), 'example.org');
  assert.equal(view.readText(view.find(Attribute.nonce), 99), 'plain-nonce');
  assert.equal(view.has(Attribute.passwordAlgorithm), false);
  assert.equal(verifyMessageIntegrity(view, crypto, md5Key), true);
  assert.equal(client.passwordAlgorithm, undefined);
});

test('a server of RFC 8489 gets USERHASH, the first algorithm both know, and SHA-256 integrity only', () => {
  const client = newClient();
  const nonce = `${nonceCookie(ALL)}xyz`;
  assert.equal(client.handleResponse(challenge({ nonce, algorithms: both })), 'retry');
  const view = request(client);
  assert.deepEqual(view.readBytes(view.find(Attribute.userhash)), userhash(crypto, 'alice', 'example.org'));
  assert.equal(view.has(Attribute.username), false);
  assert.deepEqual(view.readBytes(view.find(Attribute.passwordAlgorithms)), both, 'echoed as offered');
  assert.equal(
    readPasswordAlgorithm(view, view.find(Attribute.passwordAlgorithm))?.algorithm,
    PasswordAlgorithm.sha256,
  );
  assert.equal(view.integrityIndex, -1);
  assert.equal(verifyMessageIntegritySha256(view, crypto, sha256Key), true);
  assert.equal(client.isUsernameAnonymous, true);
  assert.equal(client.realm, 'example.org');
});

test('the order of the server decides; MD5 as a listed algorithm still means SHA-256 integrity', () => {
  const client = newClient();
  const algorithms = encodePasswordAlgorithms([
    passwordAlgorithm(7),
    passwordAlgorithm(1),
    passwordAlgorithm(2),
  ]);
  const nonce = `${nonceCookie(SecurityFeature.passwordAlgorithms)}xyz`;
  assert.equal(client.handleResponse(challenge({ nonce, algorithms })), 'retry');
  const view = request(client);
  assert.equal(view.readText(view.find(Attribute.username), 99), 'alice');
  assert.equal(
    readPasswordAlgorithm(view, view.find(Attribute.passwordAlgorithm))?.algorithm,
    PasswordAlgorithm.md5,
  );
  assert.equal(verifyMessageIntegritySha256(view, crypto, md5Key), true);
});

test('bid-down: a nonce that promises algorithms without the list is refused', () => {
  const nonce = `${nonceCookie(SecurityFeature.passwordAlgorithms)}xyz`;
  assert.equal(newClient().handleResponse(challenge({ nonce })), 'reject');
  assert.equal(newClient().handleResponse(challenge({ nonce, code: 438 })), 'reject');
  const other = response(MessageClass.successResponse, (writer) => writer.text(Attribute.nonce, nonce));
  assert.equal(newClient().handleResponse(other), 'discard');
});

test('bid-down: algorithms offered once may not vanish later', () => {
  const client = newClient();
  client.handleResponse(challenge({ nonce: `${nonceCookie(ALL)}1`, algorithms: both }));
  request(client);
  assert.equal(client.handleResponse(challenge({ code: 438, nonce: 'plain' })), 'reject');
});

test('an offer without any algorithm we know, or malformed, is refused', () => {
  const nonce = `${nonceCookie(ALL)}1`;
  const algorithms = encodePasswordAlgorithms([passwordAlgorithm(7)]);
  assert.equal(newClient().handleResponse(challenge({ nonce, algorithms })), 'reject');
  assert.equal(newClient().handleResponse(challenge({ nonce, algorithms: new Uint8Array(2) })), 'reject');
  const strict = newClient({ supportedAlgorithms: [PasswordAlgorithm.sha256] });
  assert.equal(strict.handleResponse(challenge({ nonce, algorithms: both })), 'retry');
  assert.equal(strict.passwordAlgorithm, PasswordAlgorithm.sha256);
});

test('a second 401 after the credential was sent is final', () => {
  const client = newClient();
  assert.equal(client.handleResponse(challenge()), 'retry');
  request(client);
  assert.equal(client.handleResponse(challenge({ nonce: 'other' })), 'reject');
});

test('438 is followed with the new nonce, three times in a row', () => {
  const client = newClient();
  client.handleResponse(challenge());
  for (const nonce of ['a', 'b', 'c']) {
    request(client);
    assert.equal(client.handleResponse(challenge({ code: 438, nonce })), 'retry');
    const view = request(client);
    assert.equal(view.readText(view.find(Attribute.nonce), 99), nonce);
  }
  assert.equal(client.handleResponse(challenge({ code: 438, nonce: 'd' })), 'reject');
});

test('a challenge without nonce or realm is refused', () => {
  const bare = response(MessageClass.errorResponse, (writer) => writer.errorCode(401));
  assert.equal(newClient().handleResponse(bare), 'reject');
});

test('responses after authentication need the right integrity', () => {
  const success = (sign: (writer: StunMessageWriter) => void) => response(MessageClass.successResponse, sign);
  const old = newClient();
  old.handleResponse(challenge());
  request(old);
  assert.equal(old.handleResponse(success((w) => w.messageIntegrity(crypto, md5Key))), 'accept');
  assert.equal(old.handleResponse(success((w) => w.messageIntegrity(crypto, sha256Key))), 'discard');
  assert.equal(old.handleResponse(success(() => {})), 'discard');
  const modern = newClient();
  modern.handleResponse(challenge({ nonce: `${nonceCookie(ALL)}1`, algorithms: both }));
  request(modern);
  assert.equal(modern.handleResponse(success((w) => w.messageIntegritySha256(crypto, sha256Key))), 'accept');
  assert.equal(
    modern.handleResponse(success((w) => w.messageIntegrity(crypto, sha256Key))),
    'discard',
    'SHA-1 only',
  );
  const refused = response(MessageClass.errorResponse, (w) => w.errorCode(400));
  assert.equal(modern.handleResponse(refused), 'discard', 'an unsigned 400 is not believed');
  const signed = response(MessageClass.errorResponse, (w) =>
    w.errorCode(486).messageIntegritySha256(crypto, sha256Key),
  );
  assert.equal(modern.handleResponse(signed), 'accept');
});

test('a server that asks for no credential is taken as it is', () => {
  assert.equal(newClient().handleResponse(response(MessageClass.successResponse, () => {})), 'accept');
});

test('credentials that RFC 8265 refuses are a mistake of the caller', () => {
  assert.throws(() => newClient({ password: '' }), RangeError);
  assert.throws(() => new LongTermClient({ crypto, username: '\u0007', password: 'x' }), RangeError);
});
