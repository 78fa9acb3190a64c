import type { Arrival, PathId } from '../../path/path.js';
import { arrivalSource, NO_PATH } from '../../path/path.js';
import type { AddressFamily } from '../../path/transport-address.js';
import { Transport } from '../../path/transport-address.js';
import { Attribute } from '../../stun/attributes.js';
import type { StunMessageView } from '../../stun/message-view.js';
import type { Instant } from '../../time/instant.js';
import { after } from '../../time/instant.js';
import { createAllocation, isCreatedBy } from '../allocation/allocation-lifecycle.js';
import { forgetPending } from '../allocation/pending-allocation.js';
import type { Allocation } from '../allocation/records.js';
import { RelayProtocol, Reservation, PendingAllocation } from '../allocation/records.js';
import { addReservation, claimReservation } from '../allocation/reservation.js';
import { answerKey } from '../answer-cache.js';
import type { Rejection } from '../rejection.js';
import { reject, rejectUnknown } from '../rejection.js';
import type { RequestOrigin } from '../reply-writer.js';
import type { RelayOpened, RelayRequest } from '../turn-host.js';
import type { RequestOutcome, TurnRequest } from '../turn-request.js';
import { answerSender, repeatAnswer } from '../turn-request.js';
import type { TurnState } from '../turn-state.js';
import { grantedLifetime } from './lifetime.js';

/** Receiving an Allocate request: RFC 8656 section 7.2 (dual allocation included), RFC 6062 section 5.1. */
export function handleAllocate(turn: TurnState, request: TurnRequest): RequestOutcome {
  const { now, arrival, view, allocation } = request;
  // 2. The 5-tuple is in use: repeat the answer to a retransmission, refuse anything else.
  const idAt = view.transactionIdOffset;
  if (allocation !== undefined) {
    return isCreatedBy(allocation, view.buf, idAt) ? repeatSuccess(turn, request, allocation) : reject(437);
  }
  const pendingBefore = turn.pendingByPath.get(arrival.path);
  if (pendingBefore !== undefined) {
    return view.hasTransactionId(pendingBefore.origin.transactionId, 0) ? 'pending' : reject(437);
  }
  const key = answerKey(view, arrival);
  const earlier = turn.answers.find(now, key);
  if (earlier !== undefined) return repeatAnswer(turn, earlier);
  // A client behind one of our own relays would build a chain.
  if (isFromRelay(turn, arrival)) return reject(403);
  if (turn.mode === 'draining' || turn.pending.size >= turn.limits.maximumPendingAllocations)
    return reject(508);
  // 3.-10. What is asked for.
  const wish = readWish(turn, request);
  if ('code' in wish) return wish;
  const lifetimeSeconds = grantedLifetime(view, turn.limits);
  if (lifetimeSeconds === 'malformed') return reject(400);
  const port = choosePort(turn, request, wish);
  if ('code' in port) return port;

  const clientPath = turn.host.retainClientPath(arrival);
  if (clientPath === NO_PATH) return reject(508);
  const pending = new PendingAllocation({
    requestId: turn.nextRequestId++,
    clientPath,
    clientTransport: arrival.transport,
    client: arrivalSource(arrival),
    protocol: wish.protocol,
    families: port.families,
    origin: request.origin,
    answerKey: key,
    lifetimeSeconds: lifetimeSeconds || turn.limits.defaultLifetimeSeconds,
    dontFragment: wish.dontFragment,
    reservationToken: wish.reservationToken,
  });
  turn.pending.set(pending.requestId, pending);
  turn.pendingByPath.set(clientPath, pending);
  turn.wheel.schedule(pending, now, after(now, turn.limits.openRelayTimeoutSeconds * 1000));
  turn.host.openRelay({
    requestId: pending.requestId,
    username: pending.origin.authenticated.credential.username,
    client: pending.client,
    families: pending.families,
    port: port.port,
    dontFragment: pending.dontFragment,
    protocol: pending.protocol,
  });
  return 'pending';
}

/** The driver has opened the relay sockets of a pending Allocate, or could not: the client is told. */
export function finishAllocate(
  turn: TurnState,
  now: Instant,
  pending: PendingAllocation,
  opened: RelayOpened,
): void {
  forgetPending(turn, pending);
  const { clientPath, origin } = pending;
  if (!opened.ok) {
    turn.replies.writeError(origin, reject(opened.code));
    sendToClient(turn, clientPath);
    keepAnswer(turn, now, pending.answerKey);
    turn.host.releasePath(clientPath);
    turn.host.event({
      kind: 'limitHit',
      limit: LIMIT_NAMES[opened.code],
      username: origin.authenticated.credential.username,
    });
    return;
  }
  const allocation = createAllocation(turn, now, pending, opened);
  const { username } = allocation.credential;
  if (pending.reservationToken !== undefined) claimReservation(turn, pending.reservationToken, username);
  if (opened.token !== undefined) {
    addReservation(turn, now, new Reservation(opened.token, username, opened.relays[0]!.address.family));
  }
  const writer = beginAllocateSuccess(turn, now, origin, allocation);
  if (opened.additionalFamilyCode !== undefined) {
    writeAddressErrorCode(turn, opened.additionalFamilyCode);
  }
  writer.xorAddress(Attribute.xorMappedAddress, pending.client);
  turn.replies.finish(origin);
  sendToClient(turn, clientPath);
}

/** The same answer again, with the time that is left. */
function repeatSuccess(turn: TurnState, request: TurnRequest, allocation: Allocation): RequestOutcome {
  const writer = beginAllocateSuccess(turn, request.now, request.origin, allocation);
  writer.xorAddressFromArrival(Attribute.xorMappedAddress, request.arrival);
  return answerSender(turn, request);
}

/** RFC 8656 section 7.2: XOR-RELAYED-ADDRESS, LIFETIME, RESERVATION-TOKEN; XOR-MAPPED-ADDRESS follows. */
function beginAllocateSuccess(turn: TurnState, now: Instant, origin: RequestOrigin, allocation: Allocation) {
  const writer = turn.replies.beginSuccess(origin);
  let lifetimeSeconds = 0;
  for (const relay of allocation.relays) {
    writer.xorAddress(Attribute.xorRelayedAddress, relay.address);
    lifetimeSeconds = Math.max(lifetimeSeconds, Math.ceil((relay.timerDeadline - now) / 1000));
  }
  writer.u32(Attribute.lifetime, lifetimeSeconds);
  if (allocation.reservationToken !== undefined) {
    writer.u64(Attribute.reservationToken, allocation.reservationToken);
  }
  return writer;
}

interface AllocateWish {
  readonly protocol: RelayProtocol;
  readonly families: readonly AddressFamily[];
  readonly dontFragment: boolean;
  readonly evenPort: 'no' | 'even' | 'evenAndReserve';
  readonly reservationToken: bigint | undefined;
}

/** Steps 3 to 9 of RFC 8656 section 7.2. */
function readWish(turn: TurnState, request: TurnRequest): AllocateWish | Rejection {
  const { view } = request;
  const protocol = readProtocol(turn, request);
  if (typeof protocol === 'object') return protocol;
  // 4. DONT-FRAGMENT we cannot honour counts as an attribute we do not know.
  const dontFragment = view.has(Attribute.dontFragment);
  if (dontFragment && turn.features.dontFragment === 'unsupported')
    return rejectUnknown([Attribute.dontFragment]);

  const hasToken = view.has(Attribute.reservationToken);
  const hasEvenPort = view.has(Attribute.evenPort);
  const hasFamily = view.has(Attribute.requestedAddressFamily);
  const hasAdditional = view.has(Attribute.additionalAddressFamily);
  // RFC 6062 section 5.1: none of these with TCP.
  if (protocol === RelayProtocol.tcp && (hasToken || hasEvenPort || dontFragment)) return reject(400);
  // 5. A token says everything about port and family.
  if (hasToken && (hasEvenPort || hasFamily || hasAdditional)) return reject(400);
  const reservationToken = hasToken ? view.readU64(view.find(Attribute.reservationToken)) : undefined;
  if (hasToken && reservationToken === undefined) return reject(400);
  // 6. One way of asking for families at a time.
  if (hasFamily && hasAdditional) return reject(400);
  const families = readFamilies(view);
  if ('code' in families) return families;
  // 8. EVEN-PORT, and 9. no reservation for two families at once.
  const evenPort = readEvenPort(view);
  if (typeof evenPort === 'object') return evenPort;
  if (evenPort === 'evenAndReserve' && hasAdditional) return reject(400);
  return { protocol, families, dontFragment, evenPort, reservationToken };
}

/** 3. REQUESTED-TRANSPORT: missing or malformed 400, unknown protocol 442, TCP only over a stream. */
function readProtocol(turn: TurnState, request: TurnRequest): RelayProtocol | Rejection {
  const protocol = request.view.readU8WithReserved(request.view.find(Attribute.requestedTransport));
  if (protocol === undefined) return reject(400);
  if (protocol === RelayProtocol.udp) return RelayProtocol.udp;
  if (protocol !== RelayProtocol.tcp || turn.features.tcpRelay === 'off') return reject(442);
  const { transport } = request.arrival;
  return transport === Transport.tcp || transport === Transport.tls ? RelayProtocol.tcp : reject(400);
}

/** 7. Families: IPv4 unless the request says otherwise; unknown ones 440. The driver knows which of them it serves. */
function readFamilies(view: StunMessageView): readonly AddressFamily[] | Rejection {
  const additional = view.find(Attribute.additionalAddressFamily);
  if (additional >= 0) {
    // ADDITIONAL-ADDRESS-FAMILY always means IPv6 on top of IPv4.
    return view.readU8WithReserved(additional) === FAMILY_IPV6 ? [4, 6] : reject(400);
  }
  const requested = view.find(Attribute.requestedAddressFamily);
  if (requested < 0) return [4];
  const family = view.readU8WithReserved(requested);
  if (family === undefined) return reject(400);
  if (family === FAMILY_IPV4) return [4];
  return family === FAMILY_IPV6 ? [6] : reject(440);
}

function readEvenPort(view: StunMessageView): AllocateWish['evenPort'] | Rejection {
  const index = view.find(Attribute.evenPort);
  if (index < 0) return 'no';
  const value = view.readU8(index);
  if (value === undefined) return reject(400);
  return (value & RESERVE_NEXT) !== 0 ? 'evenAndReserve' : 'even';
}

/** The port to ask the driver for. A reservation stays in the book until its port is open. */
function choosePort(
  turn: TurnState,
  request: TurnRequest,
  wish: AllocateWish,
): { port: RelayRequest['port']; families: readonly AddressFamily[] } | Rejection {
  const token = wish.reservationToken;
  if (token !== undefined) {
    const reservation = turn.reservations.get(token);
    const { username } = request.origin.authenticated.credential;
    if (reservation !== undefined && reservation.username !== username) return reject(508);
    // A token that is not in this book may be in that of another process; the driver finds out, and the family then.
    return {
      port: { kind: 'reserved', token },
      families: reservation === undefined ? [] : [reservation.family],
    };
  }
  const kind = wish.evenPort === 'no' ? 'any' : wish.evenPort;
  return { port: { kind }, families: wish.families };
}

/** RFC 8656 section 18.9: the family that could not be served, and why. The missing one is always IPv6 or IPv4. */
function writeAddressErrorCode(turn: TurnState, code: 440 | 508): void {
  const hundreds = Math.trunc(code / 100);
  turn.replies.writer.u32(Attribute.addressErrorCode, (FAMILY_IPV6 << 24) | (hundreds << 8) | (code % 100));
}

function isFromRelay(turn: TurnState, arrival: Arrival): boolean {
  if (turn.relayedAddresses.findSource(arrival) !== undefined) return true;
  return turn.isRelayedAddress(arrivalSource(arrival));
}

function sendToClient(turn: TurnState, clientPath: PathId): void {
  const { buffer, offset, length } = turn.replies.writer;
  turn.host.send(clientPath, buffer, offset, length);
}

function keepAnswer(turn: TurnState, now: Instant, key: string): void {
  const { buffer, offset, length } = turn.replies.writer;
  turn.answers.store(now, key, buffer, offset, length);
}

const FAMILY_IPV4 = 1;
const FAMILY_IPV6 = 2;
/** The R bit of EVEN-PORT. */
const RESERVE_NEXT = 0x80;
const LIMIT_NAMES = {
  440: 'address family not served',
  486: 'allocation quota',
  508: 'capacity',
} as const;
