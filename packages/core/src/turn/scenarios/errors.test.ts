import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Transport } from '../../path/transport-address.js';
import { Attribute } from '../../stun/attributes.js';
import type { StunMessageWriter } from '../../stun/message-writer.js';
import { Method } from '../../stun/methods.js';
import { address } from './recording-host.test-support.js';
import type { BenchOptions, ClientOptions } from './turn-harness.test-support.js';
import { TestClient, text, TurnBench } from './turn-harness.test-support.js';

const PEER = address('203.0.113.77', 7777);
const OTHER_PEER = address('203.0.113.78', 7777);
const PEER6 = address('2001:db8:77::1', 7777);
const PRIVATE = address('10.0.0.1', 7777);

type Write = (writer: StunMessageWriter) => void;

const udp: Write = (w) => w.u8WithReserved(Attribute.requestedTransport, 17);
const peerAt =
  (peer: typeof PEER): Write =>
  (w) =>
    w.xorAddress(Attribute.xorPeerAddress, peer);
const channel =
  (number: number): Write =>
  (w) =>
    w.u16WithReserved(Attribute.channelNumber, number);
const all =
  (...parts: Write[]): Write =>
  (w) =>
    parts.forEach((part) => part(w));

interface Row {
  name: string;
  code: number;
  method: number;
  write?: Write;
  /** What happened before; default for methods other than Allocate: the client has an allocation. */
  before?: (client: TestClient, bench: TurnBench) => void;
  bench?: BenchOptions;
  client?: ClientOptions;
}

const withAllocation = (client: TestClient): void => void client.allocated();
const withChannel = (client: TestClient): void => {
  client.allocated();
  assert.equal(client.bind(0x4000, PEER).code, 0);
};

const rows: Row[] = [
  // Allocate: RFC 8656 section 7.2.
  { name: 'no REQUESTED-TRANSPORT', code: 400, method: Method.allocate },
  {
    name: 'short REQUESTED-TRANSPORT',
    code: 400,
    method: Method.allocate,
    write: (w) => w.u8(Attribute.requestedTransport, 17),
  },
  {
    name: 'transport 99',
    code: 442,
    method: Method.allocate,
    write: (w) => w.u8WithReserved(Attribute.requestedTransport, 99),
  },
  {
    name: 'transport 6 while TCP relaying is off',
    code: 442,
    method: Method.allocate,
    write: (w) => w.u8WithReserved(Attribute.requestedTransport, 6),
  },
  { name: 'a second Allocate', code: 437, method: Method.allocate, write: udp, before: withAllocation },
  {
    name: 'DONT-FRAGMENT unsupported',
    code: 420,
    method: Method.allocate,
    write: all(udp, (w) => w.flag(Attribute.dontFragment)),
  },
  {
    name: 'DONT-FRAGMENT supported',
    code: 0,
    method: Method.allocate,
    write: all(udp, (w) => w.flag(Attribute.dontFragment)),
    bench: { features: { dontFragment: 'supported' } },
  },
  {
    name: 'an unknown attribute',
    code: 420,
    method: Method.allocate,
    write: all(udp, (w) => w.u32(0x7ffe, 1)),
  },
  {
    name: 'an unknown optional attribute',
    code: 0,
    method: Method.allocate,
    write: all(udp, (w) => w.u32(0xfffe, 1)),
  },
  {
    name: 'token and EVEN-PORT',
    code: 400,
    method: Method.allocate,
    write: all(udp, (w) => w.u64(Attribute.reservationToken, 1n).u8(Attribute.evenPort, 0)),
  },
  {
    name: 'token and family',
    code: 400,
    method: Method.allocate,
    write: all(udp, (w) =>
      w.u64(Attribute.reservationToken, 1n).u8WithReserved(Attribute.requestedAddressFamily, 1),
    ),
  },
  {
    name: 'token and additional family',
    code: 400,
    method: Method.allocate,
    write: all(udp, (w) =>
      w.u64(Attribute.reservationToken, 1n).u8WithReserved(Attribute.additionalAddressFamily, 2),
    ),
  },
  {
    name: 'token of a wrong length',
    code: 400,
    method: Method.allocate,
    write: all(udp, (w) => w.u32(Attribute.reservationToken, 1)),
  },
  {
    name: 'an unknown token',
    code: 508,
    method: Method.allocate,
    write: all(udp, (w) => w.u64(Attribute.reservationToken, 1n)),
  },
  {
    name: 'both kinds of family',
    code: 400,
    method: Method.allocate,
    write: all(udp, (w) =>
      w
        .u8WithReserved(Attribute.requestedAddressFamily, 1)
        .u8WithReserved(Attribute.additionalAddressFamily, 2),
    ),
  },
  {
    name: 'family 3',
    code: 440,
    method: Method.allocate,
    write: all(udp, (w) => w.u8WithReserved(Attribute.requestedAddressFamily, 3)),
  },
  {
    name: 'additional family IPv4',
    code: 400,
    method: Method.allocate,
    write: all(udp, (w) => w.u8WithReserved(Attribute.additionalAddressFamily, 1)),
  },
  {
    name: 'additional family and reservation',
    code: 400,
    method: Method.allocate,
    write: all(udp, (w) =>
      w.u8WithReserved(Attribute.additionalAddressFamily, 2).u8(Attribute.evenPort, 0x80),
    ),
  },
  {
    name: 'EVEN-PORT of a wrong length',
    code: 400,
    method: Method.allocate,
    write: all(udp, (w) => w.u32(Attribute.evenPort, 0)),
  },
  {
    name: 'LIFETIME of a wrong length',
    code: 400,
    method: Method.allocate,
    write: all(udp, (w) => w.u8(Attribute.lifetime, 9)),
  },
  {
    name: 'draining',
    code: 508,
    method: Method.allocate,
    write: udp,
    before: (_c, bench) => bench.server.startDrain(),
  },
  // Without an allocation.
  { name: 'Refresh of nothing', code: 437, method: Method.refresh, before: () => {} },
  {
    name: 'CreatePermission for nothing',
    code: 437,
    method: Method.createPermission,
    write: peerAt(PEER),
    before: () => {},
  },
  {
    name: 'ChannelBind for nothing',
    code: 437,
    method: Method.channelBind,
    write: all(channel(0x4000), peerAt(PEER)),
    before: () => {},
  },
  // Refresh: section 8.2.
  {
    name: 'LIFETIME of a wrong length',
    code: 400,
    method: Method.refresh,
    write: (w) => w.u8(Attribute.lifetime, 9),
  },
  {
    name: 'another family',
    code: 443,
    method: Method.refresh,
    write: (w) => w.u8WithReserved(Attribute.requestedAddressFamily, 2),
  },
  {
    name: 'its own family',
    code: 0,
    method: Method.refresh,
    write: (w) => w.u8WithReserved(Attribute.requestedAddressFamily, 1),
  },
  {
    name: 'short family',
    code: 400,
    method: Method.refresh,
    write: (w) => w.u8(Attribute.requestedAddressFamily, 1),
  },
  {
    name: 'while draining',
    code: 0,
    method: Method.refresh,
    before: (c, bench) => (withAllocation(c), bench.server.startDrain()),
  },
  // CreatePermission: section 10.2.
  { name: 'no peer', code: 400, method: Method.createPermission },
  {
    name: 'malformed peer',
    code: 400,
    method: Method.createPermission,
    write: (w) => w.u32(Attribute.xorPeerAddress, 1),
  },
  {
    name: 'one good and one malformed peer',
    code: 400,
    method: Method.createPermission,
    write: all(peerAt(PEER), (w) => w.u32(Attribute.xorPeerAddress, 1)),
  },
  { name: 'peer of another family', code: 443, method: Method.createPermission, write: peerAt(PEER6) },
  { name: 'denied peer', code: 403, method: Method.createPermission, write: peerAt(PRIVATE) },
  {
    name: 'one good and one denied peer',
    code: 403,
    method: Method.createPermission,
    write: all(peerAt(PEER), peerAt(PRIVATE)),
  },
  {
    name: 'port 0 says nothing',
    code: 0,
    method: Method.createPermission,
    write: peerAt(address('203.0.113.77', 0)),
  },
  // ChannelBind: section 12.2.
  { name: 'no number', code: 400, method: Method.channelBind, write: peerAt(PEER) },
  { name: 'no peer', code: 400, method: Method.channelBind, write: channel(0x4000) },
  { name: 'number 0x3fff', code: 400, method: Method.channelBind, write: all(channel(0x3fff), peerAt(PEER)) },
  { name: 'number 0x8000', code: 400, method: Method.channelBind, write: all(channel(0x8000), peerAt(PEER)) },
  { name: 'number 0x7fff', code: 0, method: Method.channelBind, write: all(channel(0x7fff), peerAt(PEER)) },
  {
    name: 'peer of another family',
    code: 443,
    method: Method.channelBind,
    write: all(channel(0x4000), peerAt(PEER6)),
  },
  {
    name: 'denied peer',
    code: 403,
    method: Method.channelBind,
    write: all(channel(0x4000), peerAt(PRIVATE)),
  },
  {
    name: 'port 0',
    code: 403,
    method: Method.channelBind,
    write: all(channel(0x4000), peerAt(address('203.0.113.77', 0))),
  },
  {
    name: 'number of another peer',
    code: 400,
    method: Method.channelBind,
    write: all(channel(0x4000), peerAt(OTHER_PEER)),
    before: withChannel,
  },
  {
    name: 'peer of another number',
    code: 400,
    method: Method.channelBind,
    write: all(channel(0x4001), peerAt(PEER)),
    before: withChannel,
  },
  {
    name: 'the same binding again',
    code: 0,
    method: Method.channelBind,
    write: all(channel(0x4000), peerAt(PEER)),
    before: withChannel,
  },
  // RFC 6062 while it is on.
  {
    name: 'TCP over UDP',
    code: 400,
    method: Method.allocate,
    write: (w) => w.u8WithReserved(Attribute.requestedTransport, 6),
    bench: { features: { tcpRelay: 'on' } },
  },
  {
    name: 'TCP over DTLS',
    code: 400,
    method: Method.allocate,
    write: (w) => w.u8WithReserved(Attribute.requestedTransport, 6),
    bench: { features: { tcpRelay: 'on' } },
    client: { transport: Transport.dtls },
  },
  {
    name: 'TCP with EVEN-PORT',
    code: 400,
    method: Method.allocate,
    write: (w) => w.u8WithReserved(Attribute.requestedTransport, 6).u8(Attribute.evenPort, 0),
    bench: { features: { tcpRelay: 'on' } },
    client: { transport: Transport.tcp },
  },
  {
    name: 'Connect on a UDP allocation',
    code: 400,
    method: Method.connect,
    write: peerAt(PEER),
    bench: { features: { tcpRelay: 'on' } },
  },
];

for (const row of rows) {
  const methodName = Object.entries(Method).find(([, value]) => value === row.method)![0];
  test(`${methodName}, ${row.name}: ${row.code === 0 ? 'success' : row.code}`, () => {
    const bench = new TurnBench(row.bench);
    const client = new TestClient(bench, row.client);
    (row.before ?? (row.method === Method.allocate ? () => {} : withAllocation))(client, bench);
    const allocationsBefore = bench.server.counts().allocations;
    // A client that has been challenged, so that every row meets its own rule and not a 401.
    client.request(Method.refresh);
    const answer = client.request(row.method, row.write);
    assert.equal(answer.code, row.code);
    if (row.code === 420) assert.ok(answer.view.has(Attribute.unknownAttributes));
    if (row.code !== 0) assert.equal(bench.server.counts().allocations, allocationsBefore);
  });
}

for (const code of [440, 486, 508] as const) {
  test(`Allocate, the driver says ${code}`, () => {
    const bench = new TurnBench();
    bench.opening = 'manual';
    const client = new TestClient(bench);
    client.request(Method.refresh);
    const request = client.build(Method.allocate, udp);
    assert.deepEqual(client.sendRaw(request), []);
    const [asked] = bench.host.requests.splice(0);
    bench.server.handleRelayOpened(bench.now, asked!.requestId, { ok: false, code });
    const [answer] = client.takeAnswers();
    assert.equal(answer!.code, code);
    assert.equal(client.longTerm.handleResponse(answer!.view), 'accept');
    // The retransmission gets the very same bytes and asks the driver nothing.
    const [again] = client.sendRaw(request);
    assert.deepEqual(again!.bytes, answer!.bytes);
    assert.equal(bench.host.requests.length, 0);
    assert.deepEqual(new Set(Object.values(bench.books())), new Set([0]));
  });
}

test('a request that fails installs nothing of its good half', () => {
  const bench = new TurnBench();
  const client = new TestClient(bench);
  client.allocated();
  assert.equal(client.permit(PEER, PRIVATE).code, 403);
  assert.deepEqual(client.send(PEER, text('x')), []);
});

test('Send indications that are wrong are dropped for their reason', () => {
  const bench = new TurnBench();
  const client = new TestClient(bench);
  const stranger = new TestClient(bench, { port: 40_001 });
  assert.deepEqual(stranger.send(PEER, text('x')), []);
  assert.equal(bench.dropCount('indication_no_allocation'), 1);
  client.allocated();
  client.permit(PEER);
  client.permit(address('203.0.113.77', 1));
  assert.deepEqual(client.send(OTHER_PEER, text('x')), []);
  assert.deepEqual(client.send(PEER6, text('x')), []);
  assert.equal(bench.dropCount('peer_not_permitted'), 1);
  assert.equal(bench.dropCount('peer_family_mismatch'), 1);
  assert.deepEqual(client.send(address('203.0.113.77', 0), text('x')), []);
  assert.equal(bench.dropCount('peer_address_denied'), 1);
  assert.equal(client.send(PEER, text('x')).length, 1);
});

test('the order of attributes in success responses is that of the RFC, protection last', () => {
  const bench = new TurnBench();
  const client = new TestClient(bench);
  const answer = client.allocate((w) => w.u8(Attribute.evenPort, 0x80));
  assert.deepEqual(answer.attributes, [
    Attribute.xorRelayedAddress,
    Attribute.lifetime,
    Attribute.reservationToken,
    Attribute.xorMappedAddress,
    Attribute.messageIntegritySha256,
  ]);
  assert.deepEqual(client.permit(PEER).attributes, [Attribute.messageIntegritySha256]);
  assert.deepEqual(client.refresh(700).attributes, [Attribute.lifetime, Attribute.messageIntegritySha256]);
});
