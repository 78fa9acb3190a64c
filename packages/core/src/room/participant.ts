import type { Participant, Role, TrackInfo } from '@madang/wire/room-state';
import type { Instant } from '../time/instant.js';
import { Outbox } from './outbox.js';
import type { OutboxLimits } from './outbox.js';
import type { Standing } from './permissions.js';
import type { ConnectionId, ResumeClaims, RunningTerm } from './room-contract.js';

/** Whether the participant has a socket. */
export type Link =
  | { readonly kind: 'connected'; readonly connection: ConnectionId }
  | { readonly kind: 'lost'; readonly deadline: Instant };

/** Somebody in a room or its lobby, with or without a socket for the moment. */
export class RoomParticipant {
  readonly participantId: string;
  readonly name: string;
  readonly permissions: readonly string[] | undefined;
  role: Role;
  /** Of the access token the session lives by; undefined where a name was enough. */
  access: RunningTerm | undefined;
  place: 'room' | 'lobby';
  link: Link;
  outbox: Outbox;
  lastRequestId = 0;
  /** Up to which request the client has been told that it was handled. */
  toldRequestId = 0;
  handRaised = false;
  /** In the order they were published; most of the time of most participants it does not change. */
  tracks: readonly TrackInfo[] = NO_TRACKS;
  generation = 0;
  /**
   * The token the session was last resumed with. It stays good until the client was heard on the new socket: else
   * a client that lost the answer would be locked out.
   */
  spentToken: { readonly epoch: string; readonly generation: number } | undefined;

  constructor(options: {
    participantId: string;
    name: string;
    role: Role;
    permissions: readonly string[] | undefined;
    access: RunningTerm | undefined;
    place: 'room' | 'lobby';
    connection: ConnectionId;
    outbox: OutboxLimits;
  }) {
    this.participantId = options.participantId;
    this.name = options.name;
    this.role = options.role;
    this.permissions = options.permissions;
    this.access = options.access;
    this.place = options.place;
    this.link = { kind: 'connected', connection: options.connection };
    this.outbox = new Outbox(options.outbox);
  }

  get standing(): Standing {
    return this.place === 'lobby' ? 'waiting' : this.role;
  }

  get connection(): ConnectionId | undefined {
    return this.link.kind === 'connected' ? this.link.connection : undefined;
  }

  /** The last request handled where the client has not been told so yet; from now on it has. */
  takeNewsOfRequests(): number | undefined {
    if (this.lastRequestId === this.toldRequestId) return undefined;
    this.toldRequestId = this.lastRequestId;
    return this.lastRequestId;
  }

  /** What the others see. */
  describe(): Participant {
    const { participantId, name, role, handRaised, tracks } = this;
    return { participantId, name, role, handRaised, tracks };
  }

  hasTrack(trackId: string): boolean {
    return this.tracks.some((one) => one.trackId === trackId);
  }

  /** Adds a track, or changes the one of its id. */
  putTrack(track: TrackInfo): void {
    const isKnown = this.hasTrack(track.trackId);
    this.tracks = isKnown
      ? this.tracks.map((one) => (one.trackId === track.trackId ? track : one))
      : [...this.tracks, track];
  }

  /** Takes a track away, if there is one of that id. */
  dropTrack(trackId: string): void {
    this.tracks = this.tracks.filter((one) => one.trackId !== trackId);
  }

  /** Whether a token resumes this session. */
  accepts(token: ResumeClaims, epoch: string): boolean {
    const isCurrent = token.epoch === epoch && token.generation === this.generation;
    return isCurrent || this.isSpent(token);
  }

  isSpent(token: ResumeClaims): boolean {
    return this.spentToken?.epoch === token.epoch && this.spentToken.generation === token.generation;
  }
}

/** One list for all who send nothing. */
const NO_TRACKS: readonly TrackInfo[] = [];
