import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatIpAddress, formatTransportAddress, parseTransportAddress } from '../path/address-text.js';
import type { TransportAddress } from '../path/transport-address.js';
import { type Instant, instant, NEVER } from '../time/instant.js';
import { Attribute } from './attributes.js';
import { BindingServer } from './binding-server.js';
import { MessageClass } from './message-type.js';
import { StunMessageWriter } from './message-writer.js';
import type { FilteringBehaviour, MappingBehaviour } from './nat-behaviour.js';
import { NatDiscoveryClient } from './nat-discovery-client.js';
import type { SocketRole } from './nat-discovery-server.js';
import { NatDiscoveryServer } from './nat-discovery-server.js';
import { arrivalFrom, newPlainView, newView, parsed } from './test-messages.test.js';

const address = (text: string): TransportAddress => parseTransportAddress(text)!;
const serverNames = ['192.0.2.1:3478', '192.0.2.1:3479', '192.0.2.2:3478', '192.0.2.2:3479'];
const serverAddresses = serverNames.map(address) as [
  TransportAddress,
  TransportAddress,
  TransportAddress,
  TransportAddress,
];
const LOCAL = '10.0.0.5:4000';

interface World {
  readonly mapping: 'none' | 'endpointIndependent' | 'addressDependent' | 'addressAndPortDependent';
  readonly filtering: 'endpointIndependent' | 'addressDependent' | 'addressAndPortDependent' | 'blocked';
  /**
   * discovery: RFC 5780. plain: no alternate address. stubborn: ignores CHANGE-REQUEST. portOnly, addressOnly: changes
   * just that. halfDead: its second address is not reachable.
   */
  readonly server?: 'discovery' | 'plain' | 'stubborn' | 'portOnly' | 'addressOnly' | 'halfDead';
  /** Every how many datagrams one is lost; 0: none. */
  readonly lossEvery?: number;
}

/** Which bits of the socket role each kind of server does change. */
const CHANGEABLE = { discovery: 3, plain: 0, stubborn: 0, portOnly: 1, addressOnly: 2, halfDead: 3 } as const;

/** A NAT between one client socket and the four server sockets, obeying RFC 4787's definitions. */
class NatWorld {
  readonly #world: World;
  readonly #discovery = new NatDiscoveryServer({ addresses: serverAddresses });
  readonly #plain = new BindingServer();
  readonly #contacted = new Set<string>();
  readonly #mappings = new Map<string, number>();
  readonly inbox: { source: TransportAddress; bytes: Uint8Array }[] = [];
  sent = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** The client sends. */
  sendTo(destination: TransportAddress, bytes: Uint8Array, offset: number, length: number): void {
    this.sent++;
    this.#contacted.add(formatIpAddress(destination)).add(formatTransportAddress(destination));
    const { lossEvery = 0, filtering, server = 'discovery' } = this.#world;
    if (filtering === 'blocked' || (lossEvery > 0 && this.sent % lossEvery === 0)) return;
    const role = serverNames.indexOf(formatTransportAddress(destination));
    if (role < 0 || (server === 'halfDead' && role >= 2)) return;
    const [host, port] = this.#mappedTo(destination).split(':');
    const arrival = arrivalFrom(host!, Number(port));
    const request = bytes.slice(offset, offset + length);
    if (server === 'plain') {
      const reply = (b: Uint8Array, o: number, l: number) => this.#deliver(role, b.slice(o, o + l));
      this.#plain.handleBinding(parsed(request, newPlainView()), arrival, { reply, drop: () => {} });
      return;
    }
    this.#discovery.handleBinding(parsed(request, newView()), arrival, role as SocketRole, {
      replyFrom: (from, _port, b, o, l) =>
        this.#deliver(role ^ ((from ^ role) & CHANGEABLE[server]), b.slice(o, o + l)),
      drop: () => {},
    });
  }

  #mappedTo(destination: TransportAddress): string {
    const { mapping } = this.#world;
    if (mapping === 'none') return LOCAL;
    const key =
      mapping === 'endpointIndependent'
        ? ''
        : mapping === 'addressDependent'
          ? formatIpAddress(destination)
          : formatTransportAddress(destination);
    if (!this.#mappings.has(key)) this.#mappings.set(key, 50000 + this.#mappings.size);
    return `198.51.100.7:${this.#mappings.get(key)}`;
  }

  #deliver(fromRole: number, bytes: Uint8Array): void {
    const source = serverAddresses[fromRole]!;
    const { filtering } = this.#world;
    if (filtering === 'addressDependent' && !this.#contacted.has(formatIpAddress(source))) return;
    if (filtering === 'addressAndPortDependent' && !this.#contacted.has(formatTransportAddress(source)))
      return;
    this.inbox.push({ source, bytes });
  }
}

function discover(world: World, localAddress: TransportAddress | undefined = address(LOCAL)) {
  const nat = new NatWorld(world);
  let counter = 0;
  const random = {
    fillPublic: (into: Uint8Array) => void into.fill(0).set([++counter]),
    fillSecret: () => assert.fail('no secrets needed'),
  };
  const client = new NatDiscoveryClient({ server: serverAddresses[0], localAddress, random });
  let now: Instant = instant(0);
  client.start(now, nat);
  for (let steps = 0; client.result === undefined; steps++) {
    assert.ok(steps < 100, 'it ends');
    const next = nat.inbox.shift();
    if (next !== undefined) {
      client.handleDatagram(now, next.source, next.bytes, 0, next.bytes.length, nat);
    } else {
      now = client.nextDeadline();
      assert.notEqual(now, NEVER);
      client.handleTimeout(now, nat);
    }
  }
  assert.equal(client.nextDeadline(), NEVER);
  return { result: client.result, milliseconds: Number(now) };
}

for (const mapping of [
  'none',
  'endpointIndependent',
  'addressDependent',
  'addressAndPortDependent',
] as const) {
  for (const filtering of ['endpointIndependent', 'addressDependent', 'addressAndPortDependent'] as const) {
    test(`a NAT with ${mapping} mapping and ${filtering} filtering is recognised, also with loss`, () => {
      for (const lossEvery of [0, 2, 3]) {
        const { result } = discover({ mapping, filtering, lossEvery });
        assert.equal(result.kind, 'discovered');
        const found = result as { mapping: MappingBehaviour; filtering: FilteringBehaviour };
        assert.deepEqual([found.mapping, found.filtering], [mapping, filtering], `loss ${lossEvery}`);
      }
    });
  }
}

test('no answer at all is blocked, after the full 39.5 s', () => {
  const { result, milliseconds } = discover({ mapping: 'none', filtering: 'blocked' });
  assert.deepEqual(result, { kind: 'blocked' });
  assert.equal(milliseconds, 39_500);
});

test('silence in the two filtering tests costs 11 s', () => {
  const { milliseconds } = discover({ mapping: 'endpointIndependent', filtering: 'addressAndPortDependent' });
  assert.equal(milliseconds, 11_000);
});

test('a server without a second address tells the mapped address only', () => {
  const { result } = discover({
    mapping: 'endpointIndependent',
    filtering: 'addressDependent',
    server: 'plain',
  });
  assert.deepEqual(result, { kind: 'plainServer', mappedAddress: address('198.51.100.7:50000') });
});

for (const server of ['stubborn', 'portOnly', 'addressOnly'] as const) {
  test(`a server that does not do what CHANGE-REQUEST says (${server}) does not make the filter look open`, () => {
    const { result } = discover({ mapping: 'addressDependent', filtering: 'endpointIndependent', server });
    assert.equal(result.kind === 'discovered' && result.filtering, 'unknown');
    assert.equal(result.kind === 'discovered' && result.mapping, 'addressDependent');
  });
}

test('an OTHER-ADDRESS with the same address or the same port proves nothing and is not used', () => {
  for (const other of ['192.0.2.1:3479', '192.0.2.2:3478', '[2001:db8::1]:3479']) {
    const sent: Uint8Array[] = [];
    const output = { sendTo: (_to: TransportAddress, b: Uint8Array) => void sent.push(b.slice()) };
    const random = { fillPublic: () => {}, fillSecret: () => {} };
    const client = new NatDiscoveryClient({ server: serverAddresses[0], localAddress: undefined, random });
    client.start(instant(0), output);
    const writer = new StunMessageWriter({ buffer: new Uint8Array(200) });
    writer.beginAnswer(parsed(sent[0]!), MessageClass.successResponse);
    writer.xorAddress(Attribute.xorMappedAddress, address('198.51.100.7:1'));
    writer.address(Attribute.otherAddress, address(other));
    client.handleDatagram(instant(0), serverAddresses[0], writer.buffer, 0, writer.length, output);
    assert.equal(client.result?.kind, 'plainServer', other);
  }
});

test('an alternate address that cannot be reached leaves the mapping unknown', () => {
  const { result } = discover({
    mapping: 'addressDependent',
    filtering: 'addressDependent',
    server: 'halfDead',
  });
  assert.equal(result.kind === 'discovered' && result.mapping, 'unknown');
});

test('without the local address nobody claims that there is no NAT', () => {
  const nat = new NatWorld({ mapping: 'none', filtering: 'endpointIndependent' });
  const random = { fillPublic: () => {}, fillSecret: () => {} };
  const client = new NatDiscoveryClient({ server: serverAddresses[0], localAddress: undefined, random });
  client.start(instant(0), nat);
  for (let next = nat.inbox.shift(); next !== undefined; next = nat.inbox.shift()) {
    client.handleDatagram(instant(0), next.source, next.bytes, 0, next.bytes.length, nat);
  }
  assert.equal(client.result?.kind === 'discovered' && client.result.mapping, 'endpointIndependent');
});

test('foreign datagrams are not ours', () => {
  const nat = new NatWorld({ mapping: 'none', filtering: 'blocked' });
  const random = { fillPublic: () => {}, fillSecret: () => {} };
  const client = new NatDiscoveryClient({ server: serverAddresses[0], localAddress: undefined, random });
  const junk = new Uint8Array(40).fill(7);
  assert.equal(client.handleDatagram(instant(0), serverAddresses[0], junk, 0, 40, nat), false);
  client.start(instant(0), nat);
  assert.equal(client.handleDatagram(instant(0), serverAddresses[0], junk, 0, 40, nat), false);
  assert.equal(client.result, undefined);
});
