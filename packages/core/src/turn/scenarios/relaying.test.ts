import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Transport } from '../../path/transport-address.js';
import { Attribute } from '../../stun/attributes.js';
import { MessageClass } from '../../stun/message-type.js';
import { Method } from '../../stun/methods.js';
import { address, RELAY_IPV4, RELAY_IPV6 } from './recording-host.test-support.js';
import {
  Answer,
  channelDataMessage,
  relaySocketOf,
  TestClient,
  text,
  TurnBench,
} from './turn-harness.test-support.js';

const PEER4 = address('203.0.113.77', 7777);
const PEER6 = address('2001:db8:77::1', 7777);

for (const [name, transport] of Object.entries(Transport)) {
  test(`a client over ${name} allocates, relays both ways, refreshes and deletes; nothing stays`, () => {
    const bench = new TurnBench();
    const client = new TestClient(bench, { transport });
    const relayed = client.allocated();
    assert.deepEqual([...relayed.bytes], [...address(RELAY_IPV4, 0).bytes]);
    const relay = relaySocketOf(bench, relayed);

    // Without a permission nothing passes in either direction.
    assert.deepEqual(client.send(PEER4, text('early')), []);
    bench.deliverFromPeer(relay, PEER4, text('early'));
    assert.deepEqual(bench.takeSent(), []);
    assert.equal(bench.dropCount('peer_not_permitted'), 2);

    assert.equal(client.permit(PEER4).code, 0);
    const [out] = client.send(PEER4, text('hello'));
    assert.ok(out?.kind === 'forward');
    assert.deepEqual(bench.host.paths.remoteOf(out.path), PEER4);
    assert.equal(Buffer.from(out.bytes).toString(), 'hello');

    // Another port of the permitted address, through a path nobody interned.
    const otherPort = address('203.0.113.77', 9);
    for (const peer of [PEER4, otherPort]) {
      bench.deliverFromPeer(relay, peer, text('world!'));
      const [data] = client.takeAnswers();
      assert.equal(data!.view.method, Method.data);
      assert.equal(data!.view.messageClass, MessageClass.indication);
      assert.deepEqual(data!.attributes, [Attribute.xorPeerAddress, Attribute.data]);
      assert.deepEqual(data!.xorAddress(Attribute.xorPeerAddress), peer);
      assert.equal(data!.view.readText(data!.view.find(Attribute.data), 99), 'world!');
    }

    assert.equal(client.bind(0x4001, PEER4).code, 0);
    const [relayedData] = client.channelData(0x4001, text('media'));
    assert.ok(relayedData?.kind === 'forward');
    assert.equal(relayedData.path, out.path);
    bench.deliverFromPeer(relay, PEER4, text('aidem'));
    const [back] = bench.takeSent();
    assert.ok(back?.kind === 'channelData');
    assert.deepEqual(
      [back.channelNumber, back.path, Buffer.from(back.bytes).toString()],
      [0x4001, client.path, 'aidem'],
    );

    const { toPeer, toClient } = bench.server.trafficOf(client.path)!;
    assert.deepEqual([toPeer.packets, toPeer.bytes], [2, 10]);
    assert.deepEqual([toClient.packets, toClient.bytes], [3, 17]);

    assert.equal(client.refresh(0).code, 0);
    assert.equal(bench.server.trafficOf(client.path), undefined);
    assert.deepEqual(new Set(Object.values(bench.books())), new Set([0]));
    assert.equal(bench.server.counts().toPeer.packets, 2, 'totals outlive the allocation');
  });
}

test('an IPv6 relay: addresses of Data indications are masked with the transaction id', () => {
  const bench = new TurnBench();
  const client = new TestClient(bench, { address: '2001:db8::5' });
  const answer = client.allocate((writer) => writer.u8WithReserved(Attribute.requestedAddressFamily, 2));
  const relayed = answer.xorAddress(Attribute.xorRelayedAddress)!;
  assert.deepEqual([...relayed.bytes], [...address(RELAY_IPV6, 0).bytes]);
  assert.deepEqual(answer.xorAddress(Attribute.xorMappedAddress), client.source);
  assert.equal(client.permit(PEER6).code, 0);
  bench.deliverFromPeer(relaySocketOf(bench, relayed), PEER6, text('six'));
  const [data] = client.takeAnswers();
  assert.deepEqual(data!.xorAddress(Attribute.xorPeerAddress), PEER6);
  assert.equal(data!.view.readText(data!.view.find(Attribute.data), 99), 'six');
  const [out] = client.send(PEER6, text('sixty'));
  assert.ok(out?.kind === 'forward');
  assert.equal(client.permit(PEER4).code, 443);
});

test('a dual allocation relays both families and loses them one by one', () => {
  const bench = new TurnBench();
  const client = new TestClient(bench);
  const answer = client.allocate((writer) => writer.u8WithReserved(Attribute.additionalAddressFamily, 2));
  assert.deepEqual(answer.attributes.slice(0, 3), [
    Attribute.xorRelayedAddress,
    Attribute.xorRelayedAddress,
    Attribute.lifetime,
  ]);
  assert.equal(client.bind(0x4000, PEER4).code, 0);
  assert.equal(client.bind(0x4001, PEER6).code, 0);
  assert.equal(client.channelData(0x4000, text('4')).length, 1);
  assert.equal(client.channelData(0x4001, text('6')).length, 1);

  const onlyFour = client.request(Method.refresh, (writer) =>
    writer.u32(Attribute.lifetime, 0).u8WithReserved(Attribute.requestedAddressFamily, 1),
  );
  assert.equal(onlyFour.code, 0);
  assert.equal(bench.host.relays.size, 1);
  assert.deepEqual(client.channelData(0x4000, text('4')), []);
  assert.equal(client.channelData(0x4001, text('6')).length, 1);
  assert.equal(client.permit(PEER4).code, 443);
  const gone = client.request(Method.refresh, (writer) =>
    writer.u32(Attribute.lifetime, 600).u8WithReserved(Attribute.requestedAddressFamily, 1),
  );
  assert.equal(gone.code, 443);
  assert.equal(client.refresh(0).code, 0);
  assert.deepEqual(new Set(Object.values(bench.books())), new Set([0]));
});

test('a dual allocation of which one family failed says so in ADDRESS-ERROR-CODE', () => {
  const bench = new TurnBench();
  bench.opening = 'manual';
  const client = new TestClient(bench);
  client
    .sendRaw(client.build(Method.allocate, (w) => w.u8WithReserved(Attribute.requestedTransport, 17)))
    .forEach((challenge) => client.longTerm.handleResponse(challenge.view));
  client.sendRaw(
    client.build(Method.allocate, (writer) => {
      writer.u8WithReserved(Attribute.requestedTransport, 17);
      writer.u8WithReserved(Attribute.additionalAddressFamily, 2);
    }),
  );
  const [request] = bench.host.requests.splice(0);
  const four = bench.host.open({ ...request!, families: [4] });
  assert.ok(four.ok);
  bench.server.handleRelayOpened(bench.now, request!.requestId, { ...four, additionalFamilyCode: 440 });
  const [answer] = client.takeAnswers();
  assert.equal(answer!.u32(Attribute.addressErrorCode), 0x02000428);
});

test('payloads of every length mod 4, empty ones and the largest pass unchanged', () => {
  const bench = new TurnBench();
  const client = new TestClient(bench);
  const relay = relaySocketOf(bench, client.allocated());
  client.permit(PEER4);
  for (const length of [0, 1, 2, 3, 4, 5, 1200, 65_000]) {
    const payload = new Uint8Array(length).map((_, i) => i * 7);
    const [out] = client.send(PEER4, payload);
    assert.ok(out?.kind === 'forward');
    assert.deepEqual(out.bytes, payload);
    bench.deliverFromPeer(relay, PEER4, payload);
    const [data] = client.takeAnswers();
    assert.deepEqual(data!.view.readBytes(data!.view.find(Attribute.data)), payload);
    assert.equal(data!.bytes.length % 4, 0);
  }
});

test('ChannelData: bytes behind the payload are not relayed, lies about the length are dropped', () => {
  const bench = new TurnBench();
  const client = new TestClient(bench);
  client.allocated();
  client.bind(0x4000, PEER4);
  const message = channelDataMessage(0x4000, text('12345'));
  bench.takeSent();
  bench.deliver(client.arrival, new Uint8Array([...message, 0, 0, 0]));
  const [out] = bench.takeSent();
  assert.ok(out?.kind === 'forward');
  assert.equal(Buffer.from(out.bytes).toString(), '12345');
  bench.deliver(client.arrival, message.subarray(0, message.length - 1));
  bench.deliver(client.arrival, message.subarray(0, 3));
  bench.deliver(client.arrival, channelDataMessage(0x4001, text('x')));
  assert.deepEqual(bench.takeSent(), []);
  assert.equal(bench.dropCount('channel_data_truncated'), 2);
  assert.equal(bench.dropCount('channel_not_bound'), 1);
  bench.deliver(new TestClient(bench, { port: 1 }).arrival, message);
  assert.equal(bench.dropCount('channel_data_no_allocation'), 1);
});

test('the policer lets twice the rate through at half, each way, and counts what it drops', () => {
  const bench = new TurnBench({ limits: { allocationBytesPerSecond: 100_000, burstSeconds: 0.1 } });
  const client = new TestClient(bench);
  const relay = relaySocketOf(bench, client.allocated());
  client.bind(0x4000, PEER4);
  const payload = new Uint8Array(972);
  const start = bench.now;
  for (let i = 0; i < 2000; i++) {
    bench.advance((start + i * 5 - bench.now) / 1000);
    client.channelData(0x4000, payload);
    bench.deliverFromPeer(relay, PEER4, payload);
  }
  const traffic = bench.server.trafficOf(client.path)!;
  // 10 s at 100 packets of 1000 bytes (header included).
  for (const { packets, droppedPackets } of [traffic.toPeer, traffic.toClient]) {
    assert.ok(packets > 1000 && packets < 1030, String(packets));
    assert.equal(packets + droppedPackets, 2000);
  }
  assert.equal(
    bench.dropCount('bandwidth_exceeded'),
    traffic.toPeer.droppedPackets + traffic.toClient.droppedPackets,
  );
});

test('peers that were only sent to are forgotten first come first, channels never', () => {
  const bench = new TurnBench({ limits: { maximumUnboundPeersPerAllocation: 4 } });
  const client = new TestClient(bench);
  client.allocated();
  client.bind(0x4000, PEER4);
  client.permit(PEER4);
  const before = bench.host.paths.size;
  for (let port = 1; port <= 50; port++) {
    assert.equal(client.send(address('203.0.113.77', port), text('x')).length, 1);
  }
  assert.equal(bench.host.paths.size, before + 4);
  assert.equal(client.channelData(0x4000, text('y')).length, 1);
  bench.advance(301);
  assert.equal(bench.host.paths.size, before, 'gone with the permission');
});

test('ICMP errors reach the client only when switched on and only about permitted peers', () => {
  for (const icmpReporting of ['on', 'off'] as const) {
    const bench = new TurnBench({ features: { icmpReporting } });
    const client = new TestClient(bench);
    const relay = relaySocketOf(bench, client.allocated());
    client.permit(PEER4);
    bench.takeSent();
    const error = { relay, type: 3, code: 4, errorData: 1280 };
    bench.server.handlePeerIcmp(bench.now, { ...error, peer: address('203.0.113.78', 1) });
    assert.deepEqual(bench.takeSent(), []);
    bench.server.handlePeerIcmp(bench.now, { ...error, peer: PEER4 });
    const answers = client.takeAnswers();
    assert.equal(answers.length, icmpReporting === 'on' ? 1 : 0);
    const [data] = answers;
    if (data === undefined) continue;
    assert.deepEqual(data.attributes, [Attribute.xorPeerAddress, Attribute.icmp]);
    const value = data.view.readBytes(data.view.find(Attribute.icmp))!;
    assert.equal(Buffer.from(value).toString('hex'), '0000060400000500');
    assert.equal(client.send(PEER4, text('still there')).length, 1);
  }
});

test('Binding is answered at the same socket; garbage and responses are dropped and counted', () => {
  const bench = new TurnBench();
  const client = new TestClient(bench);
  const [answer] = client.sendRaw(client.build(Method.binding));
  assert.ok(answer instanceof Answer);
  assert.deepEqual(answer.xorAddress(Attribute.xorMappedAddress), client.source);
  for (const [bytes, reason] of [
    [new Uint8Array(0), 'not_stun_or_channel_data'],
    [new Uint8Array([0x80, 0, 0, 0]), 'not_stun_or_channel_data'],
    [new Uint8Array([0x00]), 'stun_truncated'],
    [answer.bytes.slice(), 'stun_unexpected_class'],
    [client.build(0x0ff), 'stun_unexpected_class'],
  ] as const) {
    const before = bench.dropCount(reason);
    assert.deepEqual(client.sendRaw(bytes), []);
    assert.equal(bench.dropCount(reason), before + 1, reason);
  }
});
