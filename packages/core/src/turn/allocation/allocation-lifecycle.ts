import type { Instant } from '../../time/instant.js';
import { after } from '../../time/instant.js';
import { setDense } from '../dense-array.js';
import type { RelayOpened, TurnEvent } from '../turn-host.js';
import type { TurnState } from '../turn-state.js';
import { unbindChannel } from './channel.js';
import { closePeerConnection } from './peer-connection.js';
import { releasePeerPath } from './peer-path.js';
import type { PendingAllocation } from './records.js';
import { Allocation, Relay, NO_CHANNEL } from './records.js';

export type DeletionReason = Extract<TurnEvent, { kind: 'allocationDeleted' }>['reason'];

/** Turns a pending allocation whose relays are open into one that relays. */
export function createAllocation(
  turn: TurnState,
  now: Instant,
  pending: PendingAllocation,
  opened: Extract<RelayOpened, { ok: true }>,
): Allocation {
  const id = pending.origin.transactionId;
  const allocation = new Allocation({
    clientPath: pending.clientPath,
    clientTransport: pending.clientTransport,
    protocol: pending.protocol,
    credential: pending.origin.authenticated.credential,
    createdAt: now,
    meter: turn.meters.open(),
    dontFragment: pending.dontFragment,
    transactionWords: [signedWord(id, 0), signedWord(id, 4), signedWord(id, 8)],
  });
  // Mapped, because an array made by pushes has room for seventeen.
  allocation.relays = opened.relays.map(({ socket, address }) => new Relay(allocation, socket, address));
  for (const relay of allocation.relays) {
    setDense(turn.relays, relay.socket, relay);
    turn.relayedAddresses.add(relay);
    turn.wheel.schedule(relay, now, after(now, pending.lifetimeSeconds * 1000));
  }
  allocation.reservationToken = opened.token;
  setDense(turn.allocations, allocation.clientPath, allocation);
  turn.allocationCount++;
  turn.host.event({
    kind: 'allocationCreated',
    path: allocation.clientPath,
    username: allocation.credential.username,
    client: pending.client,
    relayed: opened.relays.map((relay) => relay.address),
  });
  return allocation;
}

/** Whether the Allocate with this transaction id made the allocation. */
export function isCreatedBy(allocation: Allocation, bytes: Uint8Array, offset: number): boolean {
  return (
    allocation.transactionWord0 === signedWord(bytes, offset) &&
    allocation.transactionWord1 === signedWord(bytes, offset + 4) &&
    allocation.transactionWord2 === signedWord(bytes, offset + 8)
  );
}

/** Ends an allocation and gives back everything it held, once. */
export function deleteAllocation(
  turn: TurnState,
  now: Instant,
  allocation: Allocation,
  reason: DeletionReason,
): void {
  for (const relay of allocation.relays) removeRelay(turn, now, allocation, relay);
  for (const permission of allocation.permissions ?? []) turn.wheel.cancel(permission);
  allocation.permissions = null;
  allocation.channels = null;
  allocation.lastChannel = null;
  for (const connection of [...(allocation.connections?.values() ?? [])])
    closePeerConnection(turn, connection);
  turn.allocations[allocation.clientPath] = undefined;
  turn.allocationCount--;
  turn.meters.close(allocation.meter);
  turn.host.releasePath(allocation.clientPath);
  turn.host.event({
    kind: 'allocationDeleted',
    path: allocation.clientPath,
    username: allocation.credential.username,
    reason,
  });
}

/** Ends one relayed address; with the last one goes the allocation. */
export function deleteRelay(turn: TurnState, now: Instant, relay: Relay, reason: DeletionReason): void {
  const allocation = relay.allocation;
  if (allocation.relays.length === 1) return deleteAllocation(turn, now, allocation, reason);
  removeRelay(turn, now, allocation, relay);
}

function removeRelay(turn: TurnState, now: Instant, allocation: Allocation, relay: Relay): void {
  let peerPath = allocation.firstPeerPath;
  while (peerPath !== null) {
    const next = peerPath.next;
    if (peerPath.relay === relay) {
      if (peerPath.channelNumber !== NO_CHANNEL) unbindChannel(turn, now, peerPath);
      // Unbinding forgets the peer by itself when nothing else holds it.
      if (turn.peerPaths[peerPath.path] === peerPath) releasePeerPath(turn, peerPath);
    }
    peerPath = next;
  }
  allocation.relays = allocation.relays.filter((other) => other !== relay);
  turn.wheel.cancel(relay);
  turn.relays[relay.socket] = undefined;
  turn.relayedAddresses.delete(relay);
  turn.host.closeRelay(relay.socket);
}

function signedWord(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}
