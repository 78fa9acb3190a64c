import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Attribute } from '../../stun/attributes.js';
import { address, RELAY_IPV4 } from './recording-host.test-support.js';
import { relaySocketOf, TestClient, text, TurnBench } from './turn-harness.test-support.js';

const PEER = address('203.0.113.77', 7777);

test('T5: the 257th permission and the 257th channel are 508; known ones can still be refreshed', () => {
  const bench = new TurnBench();
  const client = new TestClient(bench);
  client.allocated();
  const peerOf = (i: number) => address(`203.1.${i >> 8}.${i & 255}`, 7000);
  for (let i = 0; i < 256; i++) assert.equal(client.permit(peerOf(i)).code, 0);
  assert.equal(client.permit(peerOf(256)).code, 508);
  assert.equal(client.permit(peerOf(0), peerOf(256)).code, 508, 'all or nothing');
  assert.equal(client.permit(peerOf(255)).code, 0);
  assert.equal(client.bind(0x4000, peerOf(256)).code, 508, 'a channel needs a permission');
  for (let i = 0; i < 256; i++) assert.equal(client.bind(0x4000 + i, peerOf(i)).code, 0);
  assert.equal(client.bind(0x4100, address('203.1.0.0', 7001)).code, 508);
  assert.equal(client.bind(0x4000, peerOf(0)).code, 0);
  bench.advance(301);
  assert.equal(client.permit(peerOf(300)).code, 508, 'channels hold on to their permissions');
  bench.advance(300);
  client.allocated();
  assert.equal(client.permit(peerOf(300)).code, 0);
  assert.ok(bench.host.events.some((event) => event.kind === 'limitHit' && event.limit === 'channels'));
});

test('T5: 10,000 allocations made and ended in every way end where they began', () => {
  const bench = new TurnBench();
  for (let i = 0; i < 10_000; i++) {
    const client = new TestClient(bench, { port: 1024 + (i % 50), transport: i % 5 === 0 ? 1 : 0 });
    // One challenge is enough for the point; answers are checked by other tests.
    client.allocated();
    if (i % 3 === 0) client.bind(0x4000, PEER);
    if (i % 5 === 0) client.disconnect();
    else if (i % 2 === 0) client.refresh(0);
    else bench.server.deleteAllocationsOfIdentity(bench.now, 'alice');
  }
  assert.deepEqual(new Set(Object.values(bench.books())), new Set([0]), JSON.stringify(bench.books()));
  assert.equal(bench.server.trafficOf(0), undefined);
});

test('a full path table refuses with 508 or drops, and nothing leaks', () => {
  const bench = new TurnBench();
  const client = new TestClient(bench);
  client.allocated();
  client.permit(PEER);
  const { host } = bench;
  const retain = host.retainPeerPath.bind(host);
  host.retainPeerPath = () => -1;
  assert.equal(client.bind(0x4000, PEER).code, 508);
  assert.deepEqual(client.send(PEER, text('x')), []);
  assert.equal(bench.dropCount('path_table_full'), 1);
  host.retainPeerPath = retain;
  host.retainClientPath = () => -1;
  assert.equal(new TestClient(bench, { port: 40_001 }).allocate().code, 508);
  client.refresh(0);
  assert.deepEqual(new Set(Object.values(bench.books())), new Set([0]));
});

test('T9: no peer may be a relayed address of the same participant; other participants may', () => {
  const bench = new TurnBench();
  const one = new TestClient(bench, { port: 40_001 });
  const two = new TestClient(bench, { port: 40_002, ttlSeconds: 60 });
  const other = new TestClient(bench, { port: 40_003, identity: 'bob' });
  const [relayedOne, relayedTwo, relayedOther] = [one, two, other].map((client) => client.allocated());
  for (const own of [relayedOne!, relayedTwo!]) {
    assert.equal(one.bind(0x4000, own).code, 403);
    assert.equal(one.permit(own).code, 0, 'an address without a port is not yet a relay');
    assert.deepEqual(one.send(own, text('x')), []);
  }
  assert.equal(bench.dropCount('peer_address_denied'), 2);
  assert.equal(one.bind(0x4000, relayedOther!).code, 0);
  // One packet in, one packet out: what the other relay receives goes to its client, not round again.
  other.permit(address(RELAY_IPV4, 1));
  const [out] = one.channelData(0x4000, text('once'));
  assert.ok(out?.kind === 'forward');
  bench.deliverFromPeer(relaySocketOf(bench, relayedOther!), relayedOne!, text('once'));
  assert.equal(bench.takeSent().length, 1);
  two.refresh(0);
  assert.equal(one.bind(0x4001, relayedTwo!).code, 0, 'the address is nobody’s any more');
});

test('T9: fixed users are many people: only the very same allocation is refused', () => {
  const bench = new TurnBench({ fixedUsers: [{ name: 'tool', password: 'hammer' }] });
  const [one, two] = [1, 2].map(
    (i) => new TestClient(bench, { port: 40_000 + i, username: 'tool', password: 'hammer' }),
  );
  const relayedOne = one!.allocated();
  const relayedTwo = two!.allocated();
  assert.equal(one!.bind(0x4000, relayedOne).code, 403);
  assert.equal(one!.bind(0x4000, relayedTwo).code, 0);
});

test('T9: an Allocate that comes out of one of our own relays is 403', () => {
  const bench = new TurnBench();
  const relayed = new TestClient(bench).allocated();
  const chained = new TestClient(bench, { address: RELAY_IPV4, port: relayed.port, identity: 'bob' });
  assert.equal(chained.allocate().code, 403);
  assert.equal(bench.server.counts().allocations, 1);
  // Relays of another process are known by their range only.
  const ranged = new TurnBench({ isRelayedAddress: (source) => source.port >= 50_000 });
  assert.equal(new TestClient(ranged, { port: 50_000 }).allocate().code, 403);
  assert.equal(new TestClient(ranged, { port: 49_999 }).allocate().code, 0);
});

test('permissions that channels held on to are free again when the channels end', () => {
  const bench = new TurnBench({ limits: { maximumPermissionsPerAllocation: 2 } });
  const client = new TestClient(bench);
  client.allocate((writer) => writer.u32(Attribute.lifetime, 3600));
  const [one, two, three] = [1, 2, 3].map((i) => address(`203.0.113.${i}`, 7000));
  assert.equal(client.bind(0x4000, one!).code, 0);
  assert.equal(client.bind(0x4001, two!).code, 0);
  bench.advance(301);
  assert.equal(client.permit(three!).code, 508);
  bench.advance(301);
  assert.equal(client.permit(three!).code, 0);
});

test('port 0 is refused whatever the policy says', () => {
  const bench = new TurnBench({ peerPolicy: { decide: () => 'allowed' } });
  const client = new TestClient(bench);
  client.allocated();
  assert.equal(client.bind(0x4000, address('203.0.113.77', 0)).code, 403);
  client.permit(PEER);
  assert.deepEqual(client.send(address('203.0.113.77', 0), text('x')), []);
});

test('a jumbo datagram that no Data indication can hold is dropped, not sent with a false length', () => {
  const bench = new TurnBench();
  const client = new TestClient(bench);
  const relay = relaySocketOf(bench, client.allocated());
  client.permit(PEER);
  bench.takeSent();
  bench.deliverFromPeer(relay, PEER, new Uint8Array(65_535 - 3 - 20));
  assert.equal(client.takeAnswers().length, 1);
  bench.deliverFromPeer(relay, PEER, new Uint8Array(65_535 - 2 - 16));
  assert.deepEqual(bench.takeSent(), []);
  assert.equal(bench.dropCount('peer_datagram_too_large'), 1);
});
