import assert from 'node:assert/strict';
import type { Arrival, PathId } from '@madang/core/path/path';
import { NO_PATH } from '@madang/core/path/path';
import { Transport } from '@madang/core/path/transport-address';
import { Attribute, STUN_ATTRIBUTES } from '@madang/core/stun/attributes';
import { BindingServer } from '@madang/core/stun/binding-server';
import { longTermKeyMd5 } from '@madang/core/stun/integrity';
import { KnownAttributes } from '@madang/core/stun/known-attributes';
import { StunMessageView } from '@madang/core/stun/message-view';
import { StunMessageWriter } from '@madang/core/stun/message-writer';
import type { Instant, WallClockSeconds } from '@madang/core/time/instant';
import { instant, NEVER } from '@madang/core/time/instant';
import { Credentials } from '@madang/core/turn/credentials';
import { TurnServer } from '@madang/core/turn/turn-server';
import { BookkeepingHost, fuzzCrypto } from './turn-fixture.js';

const REALM = 'fuzz';
const USERS = ['ann', 'bea'];
const KEYS = USERS.map((username) => longTermKeyMd5(fuzzCrypto, { username, realm: REALM, password: 'x' })!);
const CREDENTIALS = new Credentials({
  crypto: fuzzCrypto,
  realm: REALM,
  secrets: ['fuzz'],
  fixedUsers: USERS.map((name) => ({ name, password: 'x' })),
});
const NONCE_KEY = new Uint8Array(32);
const BINDING = new BindingServer();
const WALL_CLOCK = 1_800_000_000 as WallClockSeconds;

let host: BookkeepingHost;
let server: TurnServer;
let randomState: number;
let now: Instant;
let nextConnection: number;
let tcpPath: PathId;

/** Three clients: two over UDP, one over TCP. */
const arrivals: Arrival[] = [Transport.udp, Transport.udp, Transport.tcp].map((transport, i) => ({
  path: NO_PATH,
  socket: transport === Transport.udp ? 0 : 1,
  transport,
  family: 4,
  port: 1000 + i,
  words: new Uint32Array([0xcb007105, 0, 0, 0, 0, 0, 0, 0]),
}));

const view = new StunMessageView(new KnownAttributes(STUN_ATTRIBUTES));
const writer = new StunMessageWriter({ buffer: new Uint8Array(4096) });
startAll();
/** They depend on key, time and source only, so they serve every play. */
const nonces = arrivals.map((arrival) => fetchNonce(arrival));

/**
 * One input is a play: steps of an opcode, a length and that many bytes. A step sends bytes as they are, signs them
 * as the attributes of a request, lets a peer speak, lets time pass, or lets the driver answer. Whatever happens, nothing throws,
 * nothing is used after its release, and when all is over nothing is left.
 */
export default function turnClientDatagram(bytes: Uint8Array): void {
  startAll();
  let at = 0;
  while (at + 2 <= bytes.length) {
    const opcode = bytes[at]!;
    const length = Math.min(bytes[at + 1]!, bytes.length - at - 2);
    step(opcode, bytes.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  endAll();
}

function step(opcode: number, payload: Uint8Array): void {
  const who = ((opcode >> 4) & 3) % 3;
  const user = opcode >> 7;
  switch (opcode & 15) {
    case 0:
      return deliver(who, payload);
    case 1:
      return fromPeer(payload);
    case 2:
      return pass((payload[0] ?? 0) * 20);
    case 3:
      return answerDriver(payload[0] ?? 0);
    case 4:
      server.handlePathClosed(now, tcpPath);
      return;
    case 5:
      server.deleteAllocationsOfIdentity(now, USERS[user]!);
      return;
    case 6:
      return peerConnects(payload);
    case 7:
      return indicate(who, payload);
    default:
      // Requests by method: 8 to 15 stand for 0x003 to 0x00b, roughly.
      return request(who, user, METHODS[(opcode & 15) - 8]!, payload);
  }
}

const METHODS = [0x003, 0x004, 0x008, 0x009, 0x00a, 0x00b, 0x003, 0x001];

function deliver(who: number, message: Uint8Array): void {
  const arrival = arrivals[who]!;
  arrival.path = host.paths.lookup(arrival);
  server.handleClientDatagram(now, WALL_CLOCK, arrival, message, 0, message.length);
}

/** A signed request of one of the two users; the payload is its attributes. */
function request(who: number, user: number, method: number, attributes: Uint8Array): void {
  const id = new Uint8Array(12).fill(attributes.length & 3);
  writer.begin(((method & 0xf80) << 2) | ((method & 0x70) << 1) | (method & 15), id, 0);
  let at = 0;
  // Attributes as the play has them: type, length, value, cut where the bytes end.
  while (at + 4 <= attributes.length) {
    const length = Math.min((attributes[at + 2]! << 8) | attributes[at + 3]!, attributes.length - at - 4);
    writer.bytes((attributes[at]! << 8) | attributes[at + 1]!, attributes, at + 4, length);
    at += 4 + ((length + 3) & ~3);
  }
  writer
    .text(Attribute.username, USERS[user]!)
    .text(Attribute.realm, REALM)
    .bytes(Attribute.nonce, nonces[who]!)
    .messageIntegrity(fuzzCrypto, KEYS[user]!);
  deliver(who, writer.buffer.slice(0, writer.length));
}

function indicate(who: number, attributes: Uint8Array): void {
  const message = new Uint8Array(20 + (attributes.length & ~3));
  message.set([0x00, 0x16, 0, attributes.length & ~3, 0x21, 0x12, 0xa4, 0x42]);
  message.set(attributes.subarray(0, attributes.length & ~3), 20);
  deliver(who, message);
}

function fromPeer(payload: Uint8Array): void {
  const relays = [...host.relays];
  const socket = relays[(payload[0] ?? 0) % Math.max(1, relays.length)] ?? 5000;
  const arrival: Arrival = {
    path: NO_PATH,
    socket,
    transport: Transport.udp,
    family: 4,
    port: 7000 + ((payload[1] ?? 0) & 3),
    words: new Uint32Array([0xcb00714d + ((payload[1] ?? 0) >> 6), 0, 0, 0, 0, 0, 0, 0]),
  };
  arrival.path = host.paths.lookup(arrival);
  server.handlePeerDatagram(now, arrival, payload, 0, payload.length);
  server.handlePeerIcmp(now, {
    relay: socket,
    peer: { family: 4, bytes: new Uint8Array([203, 0, 113, 77]), port: arrival.port },
    type: payload[0] ?? 3,
    code: payload[1] ?? 4,
    errorData: payload.length,
  });
}

function pass(seconds: number): void {
  const end = (now + seconds * 1000) as Instant;
  for (let next = server.nextDeadline(); next <= end && next !== NEVER; next = server.nextDeadline()) {
    now = Math.max(now, next) as Instant;
    server.handleTimeout(now);
  }
  now = end;
}

function answerDriver(choice: number): void {
  const asked = host.requests.shift();
  if (asked !== undefined) {
    const code = choice % 5 === 1 ? 486 : choice % 5 === 2 ? 508 : 0;
    server.handleRelayOpened(now, asked.requestId, host.open(asked, code));
  }
  const connect = host.connects.shift();
  if (connect === undefined) return;
  if (choice % 3 === 0) return server.handlePeerConnected(now, connect, { ok: false });
  host.connections.add(nextConnection);
  server.handlePeerConnected(now, connect, { ok: true, connection: nextConnection++ });
}

function peerConnects(payload: Uint8Array): void {
  const [first] = host.connections;
  if (payload.length === 0 && first !== undefined) {
    host.connections.delete(first);
    return server.handlePeerConnectionClosed(first);
  }
  const relays = [...host.relays];
  const relay = relays[(payload[0] ?? 0) % Math.max(1, relays.length)] ?? 5000;
  host.connections.add(nextConnection);
  const peer = {
    family: 4 as const,
    bytes: new Uint8Array([203, 0, 113, 77]),
    port: 7000 + (payload[1] ?? 0),
  };
  server.handlePeerIncoming(now, relay, nextConnection++, peer);
}

function endAll(): void {
  while (host.requests.length + host.connects.length > 0) answerDriver(0);
  server.deleteAll(now);
  const counts = server.counts();
  assert.equal(
    counts.allocations + counts.pendingAllocations + counts.reservations + counts.peerConnections,
    0,
  );
  assert.equal(host.relays.size, 0, 'relays');
  assert.equal(host.connections.size, 0, 'connections');
  assert.equal(host.paths.size, 1, 'paths');
  assert.equal(host.tokens.size, 0, 'reservations');
  assert.equal(server.nextDeadline(), NEVER, 'timers');
}

/** Every play has a stage of its own, so that an input that fails fails again alone. */
function startAll(): void {
  host = new BookkeepingHost();
  randomState = 1;
  now = instant(0);
  nextConnection = 1;
  server = new TurnServer({
    host,
    crypto: fuzzCrypto,
    random: {
      fillPublic(into) {
        for (let i = 0; i < into.length; i++) into[i] = (randomState = (randomState * 5 + 3) & 0xffff) >> 4;
      },
      fillSecret() {},
    },
    credentials: CREDENTIALS,
    nonceKey: NONCE_KEY,
    peerPolicy: { decide: (peer) => (peer.bytes[0] === 10 ? 'private' : 'allowed') },
    binding: BINDING,
    admitUnauthenticatedReply: () => 'admitted',
    features: { dontFragment: 'supported', icmpReporting: 'on', tcpRelay: 'on' },
    limits: {
      maximumPermissionsPerAllocation: 4,
      maximumChannelsPerAllocation: 4,
      maximumUnboundPeersPerAllocation: 2,
    },
  });
  tcpPath = host.paths.intern(arrivals[2]!);
  host.connectionPaths.add(tcpPath);
}

function fetchNonce(arrival: Arrival): Uint8Array {
  writer.begin(0x0003, new Uint8Array(12), 0).u8WithReserved(Attribute.requestedTransport, 17);
  arrival.path = host.paths.lookup(arrival);
  server.handleClientDatagram(instant(0), WALL_CLOCK, arrival, writer.buffer, 0, writer.length);
  view.parse(host.lastReply, 0, host.lastReply.length);
  return view.readBytes(view.find(Attribute.nonce))!;
}
