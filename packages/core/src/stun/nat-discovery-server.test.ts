import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DropReason } from '../path/drop-reason.js';
import { formatTransportAddress, parseTransportAddress } from '../path/address-text.js';
import { arrivalSource } from '../path/path.js';
import { Transport, type TransportAddress } from '../path/transport-address.js';
import { Attribute } from './attributes.js';
import { CHANGE_IP, CHANGE_PORT } from './change-request.js';
import { MessageClass } from './message-type.js';
import { StunMessageWriter } from './message-writer.js';
import { asksForNatDiscovery, NatDiscoveryServer, SocketRole } from './nat-discovery-server.js';
import { arrivalFrom, newView, parsed, rawMessage } from './test-messages.test.js';

const names = ['192.0.2.1:3478', '192.0.2.1:3479', '192.0.2.2:3478', '192.0.2.2:3479'];
const addresses = names.map((name) => parseTransportAddress(name)!);
const server = new NatDiscoveryServer({
  addresses: addresses as [TransportAddress, TransportAddress, TransportAddress, TransportAddress],
});
const arrival = arrivalFrom('198.51.100.7', 50000);

interface Answer {
  readonly role: SocketRole;
  readonly port: number;
  readonly bytes: Uint8Array;
}

function ask(request: Uint8Array, role: SocketRole = SocketRole.a1p1, from = arrival): Answer {
  const answers: Answer[] = [];
  const output = {
    replyFrom: (used: SocketRole, port: number, bytes: Uint8Array, offset: number, length: number) =>
      void answers.push({ role: used, port, bytes: bytes.slice(offset, offset + length) }),
    drop: () => assert.fail('dropped'),
  };
  server.handleBinding(parsed(request), from, role, output);
  assert.equal(answers.length, 1);
  return answers[0]!;
}

const change = (flags: number) => rawMessage(1, [Attribute.changeRequest, new Uint8Array([0, 0, 0, flags])]);
const addressIn = (answer: Answer, type: number) => {
  const view = parsed(answer.bytes);
  return formatTransportAddress(view.readAddress(view.find(type))!);
};
const codeOf = (answer: Answer) => {
  const view = parsed(answer.bytes);
  return view.messageClass === MessageClass.errorResponse
    ? view.readErrorCode(view.find(Attribute.errorCode))
    : 'success';
};

test('RFC 5780 section 6.1, table 1: where answers come from, for each socket and each pair of flags', () => {
  for (const role of [0, 1, 2, 3] as const) {
    for (const [flags, swap] of [
      [0, 0],
      [CHANGE_PORT, 1],
      [CHANGE_IP, 2],
      [CHANGE_IP | CHANGE_PORT, 3],
    ] as const) {
      const answer = ask(change(flags), role);
      assert.equal(answer.role, role ^ swap);
      assert.equal(answer.port, 50000);
      assert.equal(addressIn(answer, Attribute.responseOrigin), names[role ^ swap]);
      assert.equal(addressIn(answer, Attribute.otherAddress), names[role ^ 3], 'always both changed');
    }
  }
});

test('a plain request gets both mapped addresses, RESPONSE-ORIGIN and OTHER-ADDRESS', () => {
  const answer = ask(rawMessage(1), SocketRole.a2p1);
  const view = parsed(answer.bytes);
  assert.equal(view.attributeCount, 4);
  assert.deepEqual(view.readXorAddress(view.find(Attribute.xorMappedAddress)), arrivalSource(arrival));
  assert.deepEqual(view.readAddress(view.find(Attribute.mappedAddress)), arrivalSource(arrival));
  assert.equal(answer.role, SocketRole.a2p1);
  assert.equal(answer.bytes.length, 68);
});

test('RESPONSE-PORT changes the port only, in both encodings', () => {
  for (const value of [new Uint8Array([0x30, 0x39, 0, 0]), new Uint8Array([0x30, 0x39])]) {
    const answer = ask(rawMessage(1, [Attribute.responsePort, value]));
    assert.equal(answer.port, 12345);
    const view = parsed(answer.bytes);
    assert.deepEqual(view.readXorAddress(view.find(Attribute.xorMappedAddress)), arrivalSource(arrival));
  }
});

test('S3: with PADDING the answer is never larger than the request', () => {
  for (const fingerprint of ['without', 'with']) {
    for (let length = 0; length <= 1500; length++) {
      const writer = new StunMessageWriter({ buffer: new Uint8Array(2000) });
      writer.begin(1, new Uint8Array(12), 0).zeros(Attribute.padding, length);
      if (fingerprint === 'with') writer.fingerprint();
      const request = writer.buffer.slice(0, writer.length);
      const { bytes } = ask(request);
      const plain = fingerprint === 'with' ? 76 : 68;
      assert.ok(bytes.length <= Math.max(request.length, plain), `${request.length} -> ${bytes.length}`);
      const view = parsed(bytes);
      const padding = view.find(Attribute.padding);
      if (request.length > plain + 4) assert.ok(view.valueLength(padding) > 0);
      if (padding >= 0) assert.ok(view.valueLength(padding) <= length);
      if (length === 1500) assert.equal(bytes.length, request.length);
    }
  }
});

test('what contradicts itself gets a 400 from the socket that was asked', () => {
  const both = rawMessage(
    1,
    [Attribute.changeRequest, new Uint8Array([0, 0, 0, 6])],
    [Attribute.padding, new Uint8Array(8)],
    [Attribute.responsePort, new Uint8Array([1, 0, 0, 0])],
  );
  const requests = [
    both,
    rawMessage(1, [Attribute.changeRequest, new Uint8Array(2)]),
    rawMessage(1, [Attribute.responsePort, new Uint8Array(4)]),
    rawMessage(1, [Attribute.responsePort, new Uint8Array(3).fill(1)]),
  ];
  for (const request of requests) {
    const answer = ask(request);
    assert.equal(codeOf(answer), 400);
    assert.equal(answer.role, SocketRole.a1p1);
    assert.equal(answer.port, 50000);
    assert.equal(answer.bytes.length, 28);
  }
});

test('over a stream the discovery attributes get a 400, plain requests an answer', () => {
  const stream = { ...arrival, transport: Transport.tcp };
  assert.equal(codeOf(ask(change(CHANGE_IP), 0, stream)), 400);
  assert.equal(codeOf(ask(rawMessage(1, [Attribute.padding, new Uint8Array(8)]), 0, stream)), 400);
  assert.equal(codeOf(ask(rawMessage(1), 0, stream)), 'success');
});

test('unknown attributes get a 420, indications silence, responses a drop', () => {
  assert.equal(
    codeOf(
      ask(
        rawMessage(1, [0x7000, new Uint8Array(0)], [Attribute.changeRequest, new Uint8Array([0, 0, 0, 6])]),
      ),
    ),
    420,
  );
  const drops: DropReason[] = [];
  const output = {
    replyFrom: () => assert.fail('answered'),
    drop: (reason: DropReason) => void drops.push(reason),
  };
  server.handleBinding(parsed(rawMessage(0x0011)), arrival, 0, output);
  server.handleBinding(parsed(rawMessage(0x0101)), arrival, 0, output);
  assert.deepEqual(drops, [DropReason.stun_unexpected_class]);
});

test('requests that need a tighter limit are recognised', () => {
  const view = newView();
  for (const [request, expected] of [
    [rawMessage(1), false],
    [change(0), true],
    [rawMessage(1, [Attribute.padding, new Uint8Array(1)]), true],
    [rawMessage(1, [Attribute.responsePort, new Uint8Array(4)]), true],
  ] as const) {
    assert.equal(asksForNatDiscovery(parsed(request, view)), expected);
  }
});
