import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DropReason } from '../path/drop-reason.js';
import { arrivalSource } from '../path/path.js';
import { Attribute } from './attributes.js';
import { BindingServer } from './binding-server.js';
import { MessageClass } from './message-type.js';
import { StunMessageWriter } from './message-writer.js';
import { arrivalFrom, newPlainView, parsed, rawMessage, Recorder } from './test-messages.test.js';

const ipv4 = arrivalFrom('192.0.2.1', 32853);
const ipv6 = arrivalFrom('2001:db8::1', 65535);

function answer(request: Uint8Array, arrival = ipv4): Uint8Array {
  const recorder = new Recorder();
  new BindingServer().handleBinding(parsed(request, newPlainView()), arrival, recorder);
  assert.equal(recorder.replies.length, 1);
  assert.deepEqual(recorder.drops, []);
  return recorder.replies[0]!;
}

function withFingerprint(fill: (writer: StunMessageWriter) => void = () => {}): Uint8Array {
  const writer = new StunMessageWriter({ buffer: new Uint8Array(500) });
  writer.begin(0x0001, new Uint8Array(12), 0);
  fill(writer);
  writer.fingerprint();
  return writer.buffer.slice(0, writer.length);
}

const unknown = (count: number, length: number) =>
  rawMessage(
    1,
    ...Array.from({ length: count }, (_, i) => [0x7000 + i, new Uint8Array(length)] as [number, Uint8Array]),
  );

test('a success response carries the source address and nothing else', () => {
  for (const arrival of [ipv4, ipv6]) {
    const request = rawMessage(0x0001, [Attribute.software, new Uint8Array(8)]);
    const view = parsed(answer(request, arrival));
    assert.equal(view.messageClass, MessageClass.successResponse);
    assert.equal(view.hasTransactionId(request, 8), true);
    assert.equal(view.attributeCount, 1);
    assert.deepEqual(view.readXorAddress(view.find(Attribute.xorMappedAddress)), arrivalSource(arrival));
  }
});

/** Threat S1: request bytes, answer bytes, and the ratio that must not be passed. */
const ratios: readonly [string, Uint8Array, typeof ipv4, number, number][] = [
  ['plain, IPv4', rawMessage(1), ipv4, 32, 1.6],
  ['plain, IPv6', rawMessage(1), ipv6, 44, 2.2],
  ['SOFTWARE, IPv4', rawMessage(1, [Attribute.software, new Uint8Array(16)]), ipv4, 32, 0.8],
  ['FINGERPRINT, IPv4', withFingerprint(), ipv4, 40, 1.43],
  ['FINGERPRINT, IPv6', withFingerprint(), ipv6, 52, 1.86],
  ['one unknown attribute', unknown(1, 0), ipv4, 36, 1.5],
  ['two unknown attributes', unknown(2, 0), ipv4, 36, 1.29],
  ['16 unknown attributes', unknown(16, 0), ipv4, 64, 0.77],
  ['100 unknown attributes', unknown(100, 0), ipv4, 64, 0.16],
  [
    'CHANGE-REQUEST without an alternate address',
    rawMessage(1, [Attribute.changeRequest, new Uint8Array(4)]),
    ipv4,
    36,
    1.29,
  ],
];

for (const [name, request, arrival, size, ratio] of ratios) {
  test(`S1: ${name}: ${request.length} -> ${size} bytes`, () => {
    const reply = answer(request, arrival);
    assert.equal(reply.length, size);
    assert.ok(reply.length / request.length <= ratio, `${reply.length / request.length}`);
  });
}

test('unknown comprehension-required attributes get a 420 that lists them', () => {
  const view = parsed(answer(unknown(20, 4)));
  assert.equal(view.messageClass, MessageClass.errorResponse);
  assert.equal(view.readErrorCode(view.find(Attribute.errorCode)), 420);
  assert.deepEqual(
    view.readUnknownAttributes(view.find(Attribute.unknownAttributes)),
    Array.from({ length: 16 }, (_, i) => 0x7000 + i),
  );
});

test('credentials in a Binding request are understood and ignored', () => {
  const request = rawMessage(
    1,
    [Attribute.username, new Uint8Array(9)],
    [Attribute.realm, new Uint8Array(3)],
    [Attribute.nonce, new Uint8Array(3)],
    [Attribute.messageIntegrity, new Uint8Array(20)],
  );
  assert.equal(parsed(answer(request)).messageClass, MessageClass.successResponse);
});

test('FINGERPRINT is answered with FINGERPRINT, also in a 420', () => {
  assert.equal(parsed(answer(withFingerprint())).hasFingerprint, true);
  assert.equal(parsed(answer(withFingerprint((writer) => writer.flag(0x7000)))).hasFingerprint, true);
  assert.equal(parsed(answer(rawMessage(1))).hasFingerprint, false);
});

test('indications are not answered; responses are dropped and counted', () => {
  const recorder = new Recorder();
  const server = new BindingServer();
  server.handleBinding(parsed(rawMessage(0x0011)), ipv4, recorder);
  assert.deepEqual(recorder.drops, []);
  server.handleBinding(parsed(rawMessage(0x0101)), ipv4, recorder);
  server.handleBinding(parsed(rawMessage(0x0111)), ipv4, recorder);
  assert.deepEqual(recorder.replies, []);
  assert.deepEqual(recorder.drops, [DropReason.stun_unexpected_class, DropReason.stun_unexpected_class]);
});

test('a million answers allocate nothing', () => {
  const server = new BindingServer();
  const view = newPlainView();
  const request = rawMessage(1);
  let answered = 0;
  const output = { reply: () => void answered++, drop: () => {} };
  const run = (count: number) => {
    for (let i = 0; i < count; i++) {
      view.parse(request, 0, request.length);
      server.handleBinding(view, ipv4, output);
    }
  };
  run(50_000);
  // Short windows: most of them see no collection, so even 8 bytes per answer would show as 160 000.
  const growth = Array.from({ length: 50 }, () => {
    const before = process.memoryUsage().heapUsed;
    run(20_000);
    return process.memoryUsage().heapUsed - before;
  }).sort((a, b) => a - b);
  assert.equal(answered, 1_050_000);
  assert.ok(growth[25]! < 40_000, `the heap grew by ${growth[25]} bytes in 20 000 answers`);
});
