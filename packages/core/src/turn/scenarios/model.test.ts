import fc from 'fast-check';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TransportAddress } from '../../path/transport-address.js';
import { Attribute } from '../../stun/attributes.js';
import { Method } from '../../stun/methods.js';
import { address } from './recording-host.test-support.js';
import { relaySocketOf, TestClient, text, TurnBench } from './turn-harness.test-support.js';

/** What one client should have, by the plainest reading of RFC 8656: names and end times, nothing else. */
interface ModelAllocation {
  relayed: TransportAddress;
  expiresAt: number;
  permissions: Map<string, number>;
  channels: Map<number, { peer: number; expiresAt: number }>;
}

interface ModelClient {
  client: TestClient;
  transport: number;
  isConnected: boolean;
  allocation: ModelAllocation | undefined;
}

const CLIENTS = 4;
const PEERS = [
  address('203.0.113.77', 7001),
  address('203.0.113.77', 7002),
  address('203.0.113.78', 7001),
  address('203.0.113.79', 7001),
];
const ipOf = (peer: number): string => PEERS[peer]!.bytes.join('.');

const operation = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constant('allocate' as const),
      who: fc.nat(CLIENTS - 1),
      lifetime: fc.integer({ min: 0, max: 4000 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant('allocateFails' as const),
      who: fc.nat(CLIENTS - 1),
      code: fc.constantFrom(486 as const, 508 as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant('refresh' as const),
      who: fc.nat(CLIENTS - 1),
      lifetime: fc.constantFrom(0, 1, 900, 3600),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ op: fc.constant('permit' as const), who: fc.nat(CLIENTS - 1), peer: fc.nat(3) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constant('bind' as const),
      who: fc.nat(CLIENTS - 1),
      peer: fc.nat(3),
      channel: fc.nat(2),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ op: fc.constant('send' as const), who: fc.nat(CLIENTS - 1), peer: fc.nat(3) }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('closePath' as const), who: fc.nat(CLIENTS - 1) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('revoke' as const), who: fc.nat(CLIENTS - 1) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      op: fc.constant('pass' as const),
      seconds: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 250, max: 700 })),
    }),
  },
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

class Model {
  readonly bench = new TurnBench();
  readonly clients: ModelClient[];

  constructor() {
    this.clients = Array.from({ length: CLIENTS }, (_, i) => this.#connect(i, i % 2));
  }

  #connect(i: number, transport: number): ModelClient {
    const client = new TestClient(this.bench, {
      port: 40_000 + i,
      identity: `user${i}`,
      transport: transport as 0 | 1,
      ttlSeconds: 86_400,
    });
    return { client, transport, isConnected: true, allocation: undefined };
  }

  get #seconds(): number {
    return this.bench.now / 1000;
  }

  apply(operation: Operation): void {
    if (operation.op === 'pass') {
      this.bench.advance(operation.seconds);
      this.#expire();
    } else {
      this.#act(this.clients[operation.who]!, operation);
    }
    this.checkBooks();
  }

  #act(one: ModelClient, operation: Exclude<Operation, { op: 'pass' }>): void {
    switch (operation.op) {
      case 'allocate':
        return this.#allocate(one, operation.lifetime);
      case 'allocateFails':
        return this.#allocateFails(one, operation.code);
      case 'refresh':
        return this.#refresh(one, operation.lifetime);
      case 'permit': {
        const code = one.client.permit(PEERS[operation.peer]!).code;
        assert.equal(code, one.allocation === undefined ? 437 : 0);
        one.allocation?.permissions.set(ipOf(operation.peer), this.#seconds + 300);
        return;
      }
      case 'bind':
        return this.#bind(one, operation.peer, 0x4000 + operation.channel);
      case 'send': {
        const expected = (one.allocation?.permissions.get(ipOf(operation.peer)) ?? 0) > this.#seconds;
        assert.equal(one.client.send(PEERS[operation.peer]!, text('x')).length, expected ? 1 : 0);
        return;
      }
      case 'closePath': {
        if (one.transport === 0) return;
        one.client.disconnect();
        this.clients[this.clients.indexOf(one)] = this.#connect(operation.who, one.transport);
        return;
      }
      case 'revoke': {
        const count = this.bench.server.deleteAllocationsOfIdentity(this.bench.now, `user${operation.who}`);
        assert.equal(count, one.allocation === undefined ? 0 : 1);
        one.allocation = undefined;
      }
    }
  }

  #allocate(one: ModelClient, lifetime: number): void {
    const answer = one.client.allocate((w) => w.u32(Attribute.lifetime, lifetime));
    assert.equal(answer.code, one.allocation === undefined ? 0 : 437);
    if (answer.code !== 0) return;
    const granted = Math.max(600, Math.min(lifetime, 3600));
    assert.equal(answer.u32(Attribute.lifetime), granted);
    const relayed = answer.xorAddress(Attribute.xorRelayedAddress)!;
    one.allocation = {
      relayed,
      expiresAt: this.#seconds + granted,
      permissions: new Map(),
      channels: new Map(),
    };
  }

  #allocateFails(one: ModelClient, code: 486 | 508): void {
    if (one.allocation !== undefined) return;
    one.client.request(Method.refresh);
    this.bench.opening = 'manual';
    one.client.sendRaw(
      one.client.build(Method.allocate, (w) => w.u8WithReserved(Attribute.requestedTransport, 17)),
    );
    this.bench.opening = 'automatic';
    for (const request of this.bench.host.requests.splice(0)) {
      this.bench.server.handleRelayOpened(this.bench.now, request.requestId, { ok: false, code });
    }
    assert.equal(one.client.takeAnswers()[0]!.code, code);
  }

  #refresh(one: ModelClient, lifetime: number): void {
    const answer = one.client.refresh(lifetime);
    assert.equal(answer.code, one.allocation === undefined ? 437 : 0);
    if (one.allocation === undefined) return;
    if (lifetime === 0) one.allocation = undefined;
    else one.allocation.expiresAt = this.#seconds + Math.max(600, Math.min(lifetime, 3600));
  }

  #bind(one: ModelClient, peer: number, channel: number): void {
    const { allocation } = one;
    const code = one.client.bind(channel, PEERS[peer]!).code;
    if (allocation === undefined) return assert.equal(code, 437);
    const other = [...allocation.channels].find(
      ([number, bound]) => bound.peer === peer && number !== channel,
    );
    const isTaken = (allocation.channels.get(channel)?.peer ?? peer) !== peer;
    assert.equal(code, other !== undefined || isTaken ? 400 : 0);
    if (code !== 0) return;
    allocation.channels.set(channel, { peer, expiresAt: this.#seconds + 600 });
    allocation.permissions.set(ipOf(peer), this.#seconds + 300);
  }

  /** Ends what is over. The wheel may be up to a second late: time moves on until nothing has just ended. */
  #expire(): void {
    const justEnded = (end: number): boolean => end <= this.#seconds && end > this.#seconds - 1;
    while (
      this.clients.some(
        ({ allocation }) =>
          allocation !== undefined &&
          (justEnded(allocation.expiresAt) ||
            [...allocation.channels.values()].some((bound) => justEnded(bound.expiresAt))),
      )
    ) {
      this.bench.advance(0.5);
    }
    for (const one of this.clients) {
      if (one.allocation === undefined) continue;
      if (one.allocation.expiresAt <= this.#seconds) one.allocation = undefined;
      else {
        for (const [number, bound] of one.allocation.channels) {
          if (bound.expiresAt <= this.#seconds) one.allocation.channels.delete(number);
        }
      }
    }
  }

  /** What the outside can see: allocations, relays, and what traffic passes. */
  checkBooks(): void {
    const { bench } = this;
    const live = this.clients.filter((one) => one.allocation !== undefined);
    assert.equal(bench.server.counts().allocations, live.length);
    assert.equal(bench.host.relays.size, live.length);
    assert.equal(bench.server.counts().pendingAllocations, 0);
    for (const { client, allocation } of live) {
      for (let i = 0; i < 3; i++) {
        const bound = allocation!.channels.get(0x4000 + i);
        const expected = bound !== undefined && bound.expiresAt > this.#seconds;
        const sent = client.channelData(0x4000 + i, text('c'));
        assert.equal(sent.length, expected ? 1 : 0, `channel ${i}`);
        if (sent[0]?.kind === 'forward') {
          assert.deepEqual(bench.host.paths.remoteOf(sent[0].path), PEERS[bound!.peer]);
        }
      }
      const relay = relaySocketOf(bench, allocation!.relayed);
      PEERS.forEach((peer, i) => {
        bench.takeSent();
        bench.deliverFromPeer(relay, peer, text('p'));
        const expected = (allocation!.permissions.get(ipOf(i)) ?? 0) > this.#seconds;
        assert.equal(bench.takeSent().length, expected ? 1 : 0, `peer ${i}`);
      });
    }
  }

  finish(): void {
    this.bench.advance(4000);
    const books = this.bench.books();
    assert.deepEqual(new Set(Object.values(books)), new Set([0]), JSON.stringify(books));
  }
}

test('random operations: the server agrees with the model, and nothing leaks', () => {
  fc.assert(
    fc.property(fc.array(operation, { minLength: 1, maxLength: 60, size: 'max' }), (operations) => {
      const model = new Model();
      for (const operation of operations) model.apply(operation);
      model.finish();
    }),
    { numRuns: 200 },
  );
});
