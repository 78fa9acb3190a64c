import type { IceServer } from '@madang/wire/room-state';
import type { SentTrack } from '../mesh/mesh-host.js';

/** What brings the media of a room from one to the other: connections between all, or to a server that forwards. */
export interface MediaCarrier {
  /** Somebody else is in the room: `newcomer` came after this client, `present` was there before. */
  add(participantId: string, role: 'newcomer' | 'present'): void;
  remove(participantId: string): void;
  /** Sends a track to everybody, also to those who come later. */
  publish(track: SentTrack): void;
  unpublish(trackId: string): void;
  /** Sends other media (a device was changed) or none (it was freed) as a published track; no negotiation. */
  replace(trackId: string, track: MediaStreamTrack | null): Promise<void>;
  /** Takes effect for each connection with its next ICE restart, and at once for those to come. */
  setIceServers(iceServers: readonly IceServer[]): void;
  /** This machine is in another network: looks for new paths at once. */
  networkChanged(): void;
  /** Until signaling is restored nothing that is broken can be mended, and nothing is tried. */
  signalingLost(): void;
  signalingRestored(): void;
  /** Ends all connections. */
  close(): void;
}
