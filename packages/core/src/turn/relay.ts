import { readU16 } from '../bytes/big-endian.js';
import { DropReason } from '../path/drop-reason.js';
import type { Arrival, PathId } from '../path/path.js';
import type { Instant } from '../time/instant.js';
import { Direction } from './allocation/allocation-meters.js';
import { findChannel } from './allocation/channel.js';
import { findPermission } from './allocation/permission.js';
import type { PeerPath } from './allocation/records.js';
import { RelayProtocol, NO_CHANNEL } from './allocation/records.js';
import type { DataIndicationWriter } from './data-indication.js';
import type { TurnState } from './turn-state.js';

/**
 * The two functions every relayed packet runs through, and nothing else. Both are O(1) and allocate nothing: ids
 * index arrays, addresses are compared as words, payload stays where it was received.
 */
export class PacketRelay {
  readonly #turn: TurnState;
  readonly #indications: DataIndicationWriter;

  constructor(options: { turn: TurnState; indications: DataIndicationWriter }) {
    this.#turn = options.turn;
    this.#indications = options.indications;
  }

  /** Client to peer: a ChannelData message of `length` bytes from `clientPath` (RFC 8656 section 12.6). */
  relayChannelData(
    now: Instant,
    clientPath: PathId,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): void {
    const turn = this.#turn;
    const allocations = turn.allocations;
    const allocation =
      clientPath >= 0 && clientPath < allocations.length ? allocations[clientPath] : undefined;
    if (allocation === undefined) return turn.host.drop(DropReason.channel_data_no_allocation);
    if (length < CHANNEL_DATA_HEADER) return turn.host.drop(DropReason.channel_data_truncated);
    const channelNumber = readU16(bytes, offset);
    const payloadLength = readU16(bytes, offset + 2);
    // Over UDP bytes may follow the payload: padding, which is not relayed (RFC 8656 section 12.5).
    if (payloadLength > length - CHANNEL_DATA_HEADER)
      return turn.host.drop(DropReason.channel_data_truncated);
    let channel = allocation.lastChannel;
    if (channel === null || channel.channelNumber !== channelNumber) {
      channel = findChannel(allocation, channelNumber);
      allocation.lastChannel = channel;
    }
    if (channel === null || now >= channel.channelExpiresAt)
      return turn.host.drop(DropReason.channel_not_bound);
    if (!turn.meters.admit(allocation.meter, Direction.toPeer, now, payloadLength)) {
      return turn.host.drop(DropReason.bandwidth_exceeded);
    }
    turn.host.forward(channel.path, bytes, offset + CHANNEL_DATA_HEADER, payloadLength);
  }

  /** Peer to client: a datagram that arrived at a relay socket (RFC 8656 sections 11.3 and 12.7). */
  relayPeerDatagram(now: Instant, arrival: Arrival, bytes: Uint8Array, offset: number, length: number): void {
    const path = arrival.path;
    const peerPaths = this.#turn.peerPaths;
    const peerPath = path >= 0 && path < peerPaths.length ? peerPaths[path] : undefined;
    if (peerPath === undefined) return this.#relayFromUnknownPath(now, arrival, bytes, offset, length);
    this.#relayFromPeer(now, peerPath, arrival, bytes, offset, length);
  }

  #relayFromPeer(
    now: Instant,
    peerPath: PeerPath,
    arrival: Arrival,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): void {
    const turn = this.#turn;
    if (now >= peerPath.permission.expiresAt) return turn.host.drop(DropReason.peer_not_permitted);
    if (!turn.meters.admit(peerPath.allocation.meter, Direction.toClient, now, length)) {
      return turn.host.drop(DropReason.bandwidth_exceeded);
    }
    if (peerPath.channelNumber !== NO_CHANNEL && now < peerPath.channelExpiresAt) {
      turn.host.forwardChannelData(peerPath.clientPath, peerPath.channelNumber, bytes, offset, length);
    } else {
      this.#indications.forward(peerPath.clientPath, arrival, bytes, offset, length);
    }
  }

  #relayFromUnknownPath(
    now: Instant,
    arrival: Arrival,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): void {
    const turn = this.#turn;
    const socket = arrival.socket;
    const relay = socket >= 0 && socket < turn.relays.length ? turn.relays[socket] : undefined;
    if (relay === undefined || relay.allocation.protocol !== RelayProtocol.udp) {
      return turn.host.drop(DropReason.peer_datagram_no_allocation);
    }
    const permission = findPermission(relay.allocation, arrival.family, arrival.words);
    if (permission === undefined || now >= permission.expiresAt) {
      return turn.host.drop(DropReason.peer_not_permitted);
    }
    if (!turn.meters.admit(relay.allocation.meter, Direction.toClient, now, length)) {
      return turn.host.drop(DropReason.bandwidth_exceeded);
    }
    this.#indications.forward(relay.allocation.clientPath, arrival, bytes, offset, length);
  }
}

const CHANNEL_DATA_HEADER = 4;
