import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Attribute } from '../../stun/attributes.js';
import { Method } from '../../stun/methods.js';
import { address } from './recording-host.test-support.js';
import { relaySocketOf, TestClient, text, TurnBench } from './turn-harness.test-support.js';

const PEER = address('203.0.113.77', 7777);
const OTHER = address('203.0.113.78', 7777);
const ZERO = new Set([0]);

function assertEmpty(bench: TurnBench): void {
  assert.deepEqual(new Set(Object.values(bench.books())), ZERO, JSON.stringify(bench.books()));
}

for (const [requested, granted] of [
  [undefined, 600],
  [0, 600],
  [60, 600],
  [700, 700],
  [3600, 3600],
  [9999, 3600],
  [0xffffffff, 3600],
] as const) {
  test(`Allocate asking for ${requested} s lives ${granted} s, to the second`, () => {
    const bench = new TurnBench();
    const client = new TestClient(bench);
    const answer = client.allocate((w) =>
      requested === undefined ? w : w.u32(Attribute.lifetime, requested),
    );
    assert.equal(answer.u32(Attribute.lifetime), granted);
    bench.advance(granted - 0.1);
    assert.equal(bench.server.counts().allocations, 1);
    bench.advance(1.1);
    assertEmpty(bench);
    assert.deepEqual(
      bench.host.events.map((event) => (event.kind === 'allocationDeleted' ? event.reason : event.kind)),
      ['allocationCreated', 'expired'],
    );
  });
}

test('Refresh moves the end, forwards and backwards', () => {
  const bench = new TurnBench();
  const client = new TestClient(bench);
  client.allocate((w) => w.u32(Attribute.lifetime, 3600));
  bench.advance(100);
  assert.equal(client.refresh(1).u32(Attribute.lifetime), 600);
  bench.advance(599);
  assert.equal(bench.server.counts().allocations, 1);
  assert.equal(client.request(Method.refresh).u32(Attribute.lifetime), 600);
  bench.advance(599);
  assert.equal(bench.server.counts().allocations, 1);
  bench.advance(2);
  assertEmpty(bench);
});

test('a permission holds 300 s, is refreshed by CreatePermission and ChannelBind, and not by traffic', () => {
  const bench = new TurnBench();
  const client = new TestClient(bench);
  const relay = relaySocketOf(
    bench,
    client.allocate((w) => w.u32(Attribute.lifetime, 3600)).xorAddress(Attribute.xorRelayedAddress)!,
  );
  client.permit(PEER, OTHER);
  bench.advance(200);
  client.permit(OTHER);
  bench.advance(99.9);
  assert.equal(client.send(PEER, text('x')).length, 1);
  bench.deliverFromPeer(relay, PEER, text('x'));
  bench.takeSent();
  bench.advance(0.2);
  // To the moment, though the wheel has not come round.
  assert.deepEqual(client.send(PEER, text('x')), []);
  bench.deliverFromPeer(relay, PEER, text('x'));
  assert.deepEqual(bench.takeSent(), []);
  assert.equal(client.send(OTHER, text('x')).length, 1);
  bench.advance(199);
  assert.equal(client.send(OTHER, text('x')).length, 1);
  bench.advance(2);
  assert.deepEqual(client.send(OTHER, text('x')), []);
  assert.equal(client.permit(PEER).code, 0);
  assert.equal(client.send(PEER, text('x')).length, 1);
});

test('a channel holds 600 s; its permission 300 s; each ChannelBind renews both', () => {
  const bench = new TurnBench();
  const client = new TestClient(bench);
  const relay = relaySocketOf(
    bench,
    client.allocate((w) => w.u32(Attribute.lifetime, 3600)).xorAddress(Attribute.xorRelayedAddress)!,
  );
  const fromPeer = (): number => {
    bench.takeSent();
    bench.deliverFromPeer(relay, PEER, text('x'));
    return bench.takeSent().length;
  };
  client.bind(0x4000, PEER);
  bench.advance(299);
  assert.equal(fromPeer(), 1);
  bench.advance(2);
  assert.equal(fromPeer(), 0, 'the permission is over');
  assert.equal(client.channelData(0x4000, text('x')).length, 1, 'the channel is not');
  assert.equal(client.permit(PEER).code, 0);
  assert.equal(fromPeer(), 1, 'the same permission again');
  bench.advance(250);
  assert.equal(client.bind(0x4000, PEER).code, 0);
  bench.advance(298);
  assert.equal(fromPeer(), 1);
  bench.advance(301.9);
  assert.equal(client.channelData(0x4000, text('x')).length, 1);
  bench.advance(0.2);
  assert.deepEqual(client.channelData(0x4000, text('x')), [], 'to the moment');
  bench.advance(1);
  // Number and peer are free again.
  assert.equal(client.bind(0x4000, OTHER).code, 0);
  assert.equal(client.bind(0x4001, PEER).code, 0);
  client.refresh(0);
  assertEmpty(bench);
});

test('a channel that ends leaves its peer reachable by Send while the permission holds', () => {
  const bench = new TurnBench();
  const client = new TestClient(bench);
  const relay = relaySocketOf(
    bench,
    client.allocate((w) => w.u32(Attribute.lifetime, 3600)).xorAddress(Attribute.xorRelayedAddress)!,
  );
  client.bind(0x4000, PEER);
  bench.advance(599);
  client.permit(PEER);
  bench.advance(2);
  assert.deepEqual(client.channelData(0x4000, text('x')), []);
  assert.equal(client.send(PEER, text('x')).length, 1);
  bench.deliverFromPeer(relay, PEER, text('x'));
  assert.equal(client.takeAnswers()[0]!.view.method, Method.data);
});

test('EVEN-PORT with R: the token opens the next port within 30 s, once, for the same user', () => {
  const bench = new TurnBench();
  const first = new TestClient(bench);
  const answer = first.allocate((w) => w.u8(Attribute.evenPort, 0x80));
  const token = answer.view.readU64(answer.view.find(Attribute.reservationToken))!;
  const even = answer.xorAddress(Attribute.xorRelayedAddress)!.port;
  assert.equal(even % 2, 0);
  const thief = new TestClient(bench, { port: 40_002, identity: 'mallory' });
  assert.equal(thief.allocate((w) => w.u64(Attribute.reservationToken, token)).code, 508);
  const second = new TestClient(bench, { port: 40_001 });
  bench.advance(29);
  const odd = second.allocate((w) => w.u64(Attribute.reservationToken, token));
  assert.equal(odd.xorAddress(Attribute.xorRelayedAddress)!.port, even + 1);
  const third = new TestClient(bench, { port: 40_003 });
  assert.equal(third.allocate((w) => w.u64(Attribute.reservationToken, token)).code, 508);
  first.refresh(0);
  second.refresh(0);
  assertEmpty(bench);
});

test('a reservation nobody claims is given back after 30 s', () => {
  const bench = new TurnBench();
  const client = new TestClient(bench);
  client.allocate((w) => w.u8(Attribute.evenPort, 0x80));
  client.refresh(0);
  assert.equal(bench.host.reservations.size, 1);
  bench.advance(31);
  assertEmpty(bench);
});

test('a retransmitted Allocate is answered alike, while the relay opens and after', () => {
  const bench = new TurnBench();
  bench.opening = 'manual';
  const client = new TestClient(bench);
  client.request(Method.refresh);
  const request = client.build(Method.allocate, (w) => w.u8WithReserved(Attribute.requestedTransport, 17));
  assert.deepEqual(client.sendRaw(request), []);
  assert.deepEqual(client.sendRaw(request), [], 'still opening');
  assert.equal(bench.host.requests.length, 1);
  assert.equal(client.allocate().code, 437, 'another Allocate meanwhile');
  bench.openRelays();
  const [answer] = client.takeAnswers();
  const [again] = client.sendRaw(request);
  assert.deepEqual(again!.bytes, answer!.bytes);
  bench.advance(10);
  const [later] = client.sendRaw(request);
  assert.equal(later!.u32(Attribute.lifetime), 590);
  assert.deepEqual(
    later!.xorAddress(Attribute.xorRelayedAddress),
    answer!.xorAddress(Attribute.xorRelayedAddress),
  );
  assert.equal(bench.server.counts().allocations, 1);
});

test('a retransmitted deleting Refresh is answered alike for 40 s, then 437', () => {
  const bench = new TurnBench();
  const client = new TestClient(bench);
  client.allocated();
  const request = client.build(Method.refresh, (w) => w.u32(Attribute.lifetime, 0));
  const [answer] = client.sendRaw(request);
  assert.equal(answer!.code, 0);
  bench.advance(39);
  assert.deepEqual(client.sendRaw(request)[0]!.bytes, answer!.bytes);
  assert.equal(client.refresh(0).code, 437, 'another transaction');
  bench.advance(2);
  assert.equal(client.sendRaw(request)[0]!.code, 437);
});

test('a client that goes while its relay opens: what opens late is closed', () => {
  for (const opened of ['success', 'failure'] as const) {
    const bench = new TurnBench();
    bench.opening = 'manual';
    const client = new TestClient(bench, { transport: 1 });
    client.request(Method.refresh);
    client.sendRaw(
      client.build(Method.allocate, (w) =>
        w.u8WithReserved(Attribute.requestedTransport, 17).u8(Attribute.evenPort, 0x80),
      ),
    );
    client.disconnect();
    const [request] = bench.host.requests.splice(0);
    const result = opened === 'success' ? bench.host.open(request!) : ({ ok: false, code: 486 } as const);
    bench.server.handleRelayOpened(bench.now, request!.requestId, result);
    assertEmpty(bench);
  }
});

test('a driver that never answers is given up after 10 s, and the client may ask again', () => {
  const bench = new TurnBench();
  bench.opening = 'manual';
  const client = new TestClient(bench);
  client.request(Method.refresh);
  client.sendRaw(client.build(Method.allocate, (w) => w.u8WithReserved(Attribute.requestedTransport, 17)));
  bench.advance(11);
  assertEmpty(bench);
  const [late] = bench.host.requests.splice(0);
  bench.opening = 'automatic';
  client.allocated();
  bench.server.handleRelayOpened(bench.now, late!.requestId, bench.host.open(late!));
  assert.equal(bench.host.relays.size, 1);
});

test('a closed connection, a revoked user and the end of draining each delete at once', () => {
  const bench = new TurnBench();
  const alice = new TestClient(bench, { transport: 1, port: 40_001 });
  const bob = new TestClient(bench, { identity: 'bob', port: 40_002 });
  const bobAgain = new TestClient(bench, { identity: 'bob', port: 40_003, ttlSeconds: 7200 });
  const carol = new TestClient(bench, { identity: 'bobby', port: 40_004 });
  for (const client of [alice, bob, bobAgain, carol]) {
    client.allocated();
    client.bind(0x4000, PEER);
  }
  alice.disconnect();
  assert.equal(bench.server.counts().allocations, 3);
  assert.equal(bench.server.deleteAllocationsOfIdentity(bench.now, 'bob'), 2);
  assert.deepEqual(bob.channelData(0x4000, text('x')), []);
  assert.equal(carol.channelData(0x4000, text('x')).length, 1);
  bench.server.startDrain();
  assert.equal(bob.allocate().code, 508);
  assert.equal(carol.refresh(600).code, 0);
  assert.equal(bench.server.deleteAll(bench.now), 1);
  assertEmpty(bench);
  const reasons = bench.host.events.flatMap((event) =>
    event.kind === 'allocationDeleted' ? [event.reason] : [],
  );
  assert.deepEqual(reasons, ['pathClosed', 'revoked', 'revoked', 'drained']);
});

test('a second Allocate that is refused leaves the reservation to its time', () => {
  const bench = new TurnBench();
  const first = new TestClient(bench);
  const answer = first.allocate((w) => w.u8(Attribute.evenPort, 0x80));
  const token = answer.view.readU64(answer.view.find(Attribute.reservationToken))!;
  const second = new TestClient(bench, { port: 40_001 });
  second.request(Method.refresh);
  bench.opening = 'manual';
  second.sendRaw(
    second.build(Method.allocate, (w) =>
      w.u8WithReserved(Attribute.requestedTransport, 17).u64(Attribute.reservationToken, token),
    ),
  );
  const [request] = bench.host.requests.splice(0);
  bench.server.handleRelayOpened(bench.now, request!.requestId, { ok: false, code: 486 });
  bench.opening = 'automatic';
  assert.equal(second.takeAnswers()[0]!.code, 486);
  bench.advance(20);
  assert.equal(second.allocate((w) => w.u64(Attribute.reservationToken, token)).code, 0);
  first.refresh(0);
  second.refresh(0);
  assertEmpty(bench);
});
