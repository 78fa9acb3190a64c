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
  lookupPeerPath(relay: SocketId, family: AddressFamily, bytes: Uint8Array, offset: number, port: number): PathId;
  /** Gives a path back. Stream and DTLS client paths stay usable until their connection ends. */
  releasePath(path: PathId): void;
  /** Opens relay socket(s): quota is asked and ports are bound. Answered by `handleRelayOpened`. */
  openRelay(request: RelayRequest): void;
  /** Closes a relay socket and frees its port. Quota is returned when the last socket of the request is closed. */
  closeRelay(relay: SocketId): void;
  /** Frees a reserved port nobody claimed. */
  cancelReservation(token: bigint): void;
  /** Rare happenings for logs, metrics and services. */
  event(event: TurnEvent): void;
}

export interface RelayRequest {
  readonly requestId: number;
  readonly username: string;
  readonly client: TransportAddress;
  /** One or both families (dual allocation). */
  readonly families: readonly AddressFamily[];
  /**
   * any: any port. even: an even port (EVEN-PORT, R=0). evenAndReserve: an even port and the next higher one kept
   * under a fresh token (R=1). reserved: the port kept under `token`.
   */
  readonly port: { kind: 'any' } | { kind: 'even' } | { kind: 'evenAndReserve' } | { kind: 'reserved'; token: bigint };
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
    }
  /** 486 allocation quota, 508 insufficient capacity or unknown token, 440 family not served here. */
  | { readonly ok: false; readonly code: 486 | 508 | 440 };

export type TurnEvent =
  | { kind: 'allocationCreated'; path: PathId; username: string; client: TransportAddress; relayed: readonly TransportAddress[] }
  | { kind: 'allocationDeleted'; path: PathId; username: string; reason: 'expired' | 'refreshZero' | 'pathClosed' | 'revoked' | 'drained' }
  | { kind: 'limitHit'; limit: string; username: string };
