import type { PathId } from '../../path/path.js';
import { Transport } from '../../path/transport-address.js';
import { Attribute } from '../../stun/attributes.js';
import { BindingServer } from '../../stun/binding-server.js';
import { MessageClass, messageType } from '../../stun/message-type.js';
import { StunMessageWriter } from '../../stun/message-writer.js';
import { Method } from '../../stun/methods.js';
import type { Instant, WallClockSeconds } from '../../time/instant.js';
import { Credentials } from '../credentials.js';
import type { RelayRequest } from '../turn-host.js';
import { TurnServer } from '../turn-server.js';
import { address, CountingRandom, nodeCrypto, RecordingHost } from './recording-host.test-support.js';
import {
  Answer,
  arrivalOf,
  channelDataMessage,
  REALM,
  relaySocketOf,
  SECRET,
  TestClient,
  TurnBench,
} from './turn-harness.test-support.js';

/** A host that counts packets and keeps nothing. */
class CountingHost extends RecordingHost {
  packets = 0;

  override forward(): void {
    this.packets++;
  }

  override forwardChannelData(): void {
    this.packets++;
  }

  override forwardWithPrefix(): void {
    this.packets++;
  }
}

/** Measures and prints; run by budget.test.ts with --expose-gc. */
function measure(): void {
  console.log(JSON.stringify({ ...measureHotPaths(), ...measureMemory() }));
}

const PACKETS = 1_000_000;

function measureHotPaths(): Record<string, number> {
  const bench = new TurnBench({ limits: { allocationBytesPerSecond: 1e9 } });
  const client = new TestClient(bench);
  const peer = address('203.0.113.77', 7777);
  const sentTo = address('203.0.113.77', 7778);
  const stranger = address('203.0.113.77', 7779);
  const relay = relaySocketOf(bench, client.allocated());
  client.bind(0x4000, peer);
  client.send(sentTo, new Uint8Array(1));
  const host = bench.host as RecordingHost;
  const counting = new CountingHost();
  host.forward = () => counting.forward();
  host.forwardChannelData = () => counting.forwardChannelData();
  host.forwardWithPrefix = () => counting.forwardWithPrefix();

  const { server } = bench;
  const wallClock = bench.wallClock as WallClockSeconds;
  // Whole milliseconds, many packets each: a driver asks its clock once per batch.
  const start = Math.ceil(bench.now) | 0;
  let count = 0;
  const step = (): Instant => ((start + (count++ >> 6)) | 0) as Instant;
  const clientArrival = client.arrival;
  const channelData = channelDataMessage(0x4000, new Uint8Array(1000));
  const bound = arrivalOf(relay, peer, Transport.udp);
  bound.path = host.paths.lookup(bound);
  const unbound = arrivalOf(relay, stranger, Transport.udp);
  const payload = new Uint8Array(1000);
  const writer = new StunMessageWriter({ buffer: new Uint8Array(4096) });
  writer
    .begin(messageType(Method.send, MessageClass.indication), new Uint8Array(12), 0)
    .xorAddress(Attribute.xorPeerAddress, sentTo)
    .bytes(Attribute.data, payload);
  const figures = {
    channelDataGrowth: growthOf(() =>
      server.handleClientDatagram(step(), wallClock, clientArrival, channelData, 0, channelData.length),
    ),
    peerDatagramGrowth: growthOf(() => server.handlePeerDatagram(step(), bound, payload, 0, 1000)),
    dataIndicationGrowth: growthOf(() => server.handlePeerDatagram(step(), unbound, payload, 0, 1000)),
    sendIndicationGrowth: growthOf(() =>
      server.handleClientDatagram(step(), wallClock, clientArrival, writer.buffer, 0, writer.length),
    ),
  };
  // Each figure is worth something only if the packets went through.
  const expected = 4 * (PACKETS + WARM_UP);
  if (counting.packets !== expected) throw new Error(`${counting.packets} packets of ${expected}`);
  return figures;
}

const WARM_UP = 50_000;

function growthOf(packet: () => void): number {
  for (let i = 0; i < WARM_UP; i++) packet();
  globalThis.gc!();
  const before = process.memoryUsage().heapUsed;
  const started = process.hrtime.bigint();
  for (let i = 0; i < PACKETS; i++) packet();
  const nanoseconds = Number(process.hrtime.bigint() - started) / PACKETS;
  if (process.argv.includes('verbose')) console.error(`${nanoseconds.toFixed(0)} ns per packet`);
  return process.memoryUsage().heapUsed - before;
}

/** Heap of 10,000 allocations, each of its own user, with a host that keeps only what the core gave it to keep. */
function measureMemory(): Record<string, number> {
  const count = 10_000;
  const bench = new TurnBench();
  const host = bench.host;
  const server = new TurnServer({
    host,
    crypto: nodeCrypto,
    random: new CountingRandom(),
    credentials: new Credentials({ crypto: nodeCrypto, realm: REALM, secrets: [SECRET] }),
    nonceKey: new Uint8Array(32).fill(9),
    peerPolicy: { decide: () => 'allowed' },
    binding: new BindingServer(),
    admitUnauthenticatedReply: () => 'admitted',
  });
  let nextPath = 0;
  let lastPath = 0;
  let nextRelay = 0;
  const free: PathId[] = [];
  // The books of this host are integers; relayed addresses belong to the core's price.
  host.retainClientPath = () => (lastPath = free.pop() ?? nextPath++);
  host.retainPeerPath = () => free.pop() ?? nextPath++;
  host.lookupPeerPath = () => -1;
  host.releasePath = (path) => void free.push(path);
  host.closeRelay = () => {};
  host.event = () => {};
  host.send = () => {};
  host.reply = (bytes, offset, length) => {
    lastReply = bytes.slice(offset, offset + length);
  };
  let request: RelayRequest | undefined;
  host.openRelay = (asked) => void (request = asked);
  let lastReply: Uint8Array | undefined;
  Object.assign(bench, { server });

  const now = bench.now;
  const makeOne = (i: number): void => {
    const client = new TestClient(bench, { port: 1024 + i, identity: `user-${i}` });
    const arrival = arrivalOf(0, client.source, Transport.udp);
    const deliver = (method: number, write: (w: StunMessageWriter) => void): void => {
      const bytes = client.build(method, write);
      server.handleClientDatagram(now, bench.wallClock as WallClockSeconds, arrival, bytes, 0, bytes.length);
    };
    deliver(Method.refresh, () => {});
    client.longTerm.handleResponse(new Answer(lastReply!).view);
    deliver(Method.allocate, (w) => w.u8WithReserved(Attribute.requestedTransport, 17));
    const path = lastPath;
    const relayed = address('198.18.0.1', 1024 + i);
    server.handleRelayOpened(now, request!.requestId, {
      ok: true,
      relays: [{ socket: nextRelay++, address: relayed }],
    });
    arrival.path = path;
    deliver(Method.channelBind, (w) => {
      w.u16WithReserved(Attribute.channelNumber, 0x4000).xorAddress(
        Attribute.xorPeerAddress,
        address('203.0.113.7', 7),
      );
    });
  };
  makeOne(0);
  const heapAfter = (work: () => void): number => {
    work();
    request = undefined;
    globalThis.gc!();
    return process.memoryUsage().heapUsed;
  };
  const makeAll = (): void => {
    for (let i = 1; i <= count; i++) makeOne(i);
    if (server.counts().allocations < count) throw new Error('not all were made');
  };
  const deleteAll = (): void => void server.deleteAll(now);
  const before = heapAfter(() => {});
  const full = heapAfter(makeAll);
  // The arrays and maps that grew keep their room: a second round must need no more.
  const emptied = heapAfter(deleteAll);
  nextRelay = 0;
  makeAll();
  const emptiedAgain = heapAfter(deleteAll);
  return {
    bytesPerAllocation: (full - before) / count,
    bytesPerAllocationAfter: (emptiedAgain - emptied) / count,
  };
}

if (process.argv[2] === 'measure') measure();
