import type { DatagramOutput } from '../path/datagram-output.js';
import type { Arrival, PathId, SocketId } from '../path/path.js';
import type { AddressFamily, TransportAddress } from '../path/transport-address.js';

/**
 * Everything the TURN core asks of its driver. Commands return at once; what takes time is answered later by a
 * `handle...` call with the same request number, never from inside the command.
 */
export interface TurnHost extends DatagramOutput {
  /** Interns (or confirms) the path of the message being handled; NO_PATH when the table is full. */
  retainClientPath(arrival: Arrival): PathId;
  /** Interns the path from a relay socket to a peer; NO_PATH when the table is full. */
  retainPeerPath(relay: SocketId, peer: TransportAddress): PathId;
  /** The interned path from a relay socket to the peer address at `offset` (network order), or NO_PATH. No allocation. */
  lookupPeerPath(
    relay: SocketId,
    family: AddressFamily,
    bytes: Uint8Array,
    offset: number,
    port: number,
  ): PathId;
  /** Gives a path back. Stream and DTLS client paths stay usable until their connection ends. */
  releasePath(path: PathId): void;
  /** Opens relay socket(s): quota is asked and ports are bound. Answered by `handleRelayOpened`. */
  openRelay(request: RelayRequest): void;
  /** Closes a relay socket and frees its port. Quota is returned when the last socket of the request is closed. */
  closeRelay(relay: SocketId): void;
  /** Frees a reserved port nobody claimed; harmless when it is not reserved any more. */
  cancelReservation(token: bigint): void;
  /**
   * Sends one message made of `prefixLength` bytes of `prefix` (copied before the call returns), `length` bytes of
   * the lent receive buffer (zero-copy) and `padding` (0 to 3) zero bytes. Data indications go this way.
   */
  forwardWithPrefix(
    path: PathId,
    prefix: Uint8Array,
    prefixOffset: number,
    prefixLength: number,
    received: Uint8Array,
    offset: number,
    length: number,
    padding: number,
  ): void;
  /**
   * RFC 6062: opens a TCP connection from the relayed address to `peer`. Answered by `handlePeerConnected`, unless the
   * relay is closed first; a connection that succeeds after that is closed by the driver.
   */
  connectPeer(requestId: number, relay: SocketId, peer: TransportAddress): void;
  /** RFC 6062: ends a peer connection, and the client's data connection it is joined to. Idempotent. */
  closePeerConnection(connection: PeerConnectionId): void;
  /**
   * RFC 6062: joins a client's data connection to a peer connection, both ways, after the answer already given to
   * `reply`. Bytes that came from the peer before (at most 64 KiB, then stop reading) go first. What follows on the
   * client's connection is payload: the driver stops deframing it.
   */
  bindConnections(clientPath: PathId, connection: PeerConnectionId): void;
  /** Rare happenings for logs, metrics and services. */
  event(event: TurnEvent): void;
}

/** Number by which driver and core name a TCP connection between a relayed address and a peer (RFC 6062). */
export type PeerConnectionId = number;

/** How `connectPeer` ended. */
export type PeerConnected =
  { readonly ok: true; readonly connection: PeerConnectionId } | { readonly ok: false };

export interface RelayRequest {
  readonly requestId: number;
  readonly username: string;
  readonly client: TransportAddress;
  /** One or both families (dual allocation); none for a reserved port whose token this core does not know. */
  readonly families: readonly AddressFamily[];
  /**
   * any: any port. even: an even port (EVEN-PORT, R=0). evenAndReserve: an even port and the next higher one kept
   * under a fresh token (R=1). reserved: the port kept under `token`.
   */
  readonly port:
    { kind: 'any' } | { kind: 'even' } | { kind: 'evenAndReserve' } | { kind: 'reserved'; token: bigint };
  /** Every datagram leaving the relay carries DF. */
  readonly dontFragment: boolean;
  /** UDP relay (17) or TCP relay (6, RFC 6062). */
  readonly protocol: 17 | 6;
}

export type RelayOpened =
  | {
      readonly ok: true;
      readonly relays: readonly { socket: SocketId; address: TransportAddress }[];
      /** Present for evenAndReserve: the RESERVATION-TOKEN. */
      readonly token?: bigint;
      /** Why a dual allocation got only one relay: the ADDRESS-ERROR-CODE of the missing family. */
      readonly additionalFamilyCode?: 440 | 508;
    }
  /** 486 allocation quota, 508 insufficient capacity or unknown token, 440 family not served here. */
  | { readonly ok: false; readonly code: 486 | 508 | 440 };

export type TurnEvent =
  | {
      kind: 'allocationCreated';
      path: PathId;
      username: string;
      client: TransportAddress;
      relayed: readonly TransportAddress[];
    }
  | {
      kind: 'allocationDeleted';
      path: PathId;
      username: string;
      reason: 'expired' | 'refreshZero' | 'pathClosed' | 'revoked' | 'drained';
    }
  | { kind: 'limitHit'; limit: string; username: string };
