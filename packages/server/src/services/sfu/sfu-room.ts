import type { MediaServerMessage } from '@madang/core/room/room-contract';
import type { ReceivePreference } from '@madang/wire/media-server';
import type { RoomState } from '@madang/wire/room-state';
import type { Unnumbered } from '@madang/wire/server-messages';
import type { Clock } from '../../drivers/clock.js';
import type { DownPreference } from './carried-choice.js';
import { keyOf, publicationOf } from './publication.js';
import type { Publication } from './publication.js';
import { SfuParticipant } from './sfu-participant.js';
import type { Transports } from './transports.js';

export interface SfuRoomOptions {
  readonly name: string;
  readonly transports: Transports;
  readonly clock: Clock;
  /** Most videos of cameras one participant is sent. */
  readonly lastN: number;
  readonly tell: (participantId: string, message: Unnumbered) => void;
}

/** A room whose media goes through the server: everybody receives what the others publish. */
export class SfuRoom {
  readonly #options: SfuRoomOptions;
  readonly #participants = new Map<string, SfuParticipant>();
  /** Keys of all tracks people say they have, whether they are received or not. */
  #published: ReadonlySet<string> = new Set();
  #worker: number | undefined;
  /** By participant: 0 for who spoke last; those who have spoken. */
  #spoken: ReadonlyMap<string, number> = new Map();
  /** What subscribers were told last, in a text. */
  #told = '';

  constructor(options: SfuRoomOptions) {
    this.#options = options;
  }

  /** The worker the room is pinned to, from its first transport on. */
  get worker(): number | undefined {
    return this.#worker;
  }

  /** People and their tracks, as they are now. */
  update({ participants }: RoomState): void {
    const present = new Set(participants.map(({ participantId }) => participantId));
    for (const [participantId, participant] of this.#participants) {
      if (present.has(participantId)) continue;
      participant.close();
      this.#participants.delete(participantId);
    }
    const published = new Set<string>();
    for (const info of participants) {
      const { participantId } = info;
      const known = this.#participants.get(participantId);
      if (known === undefined) this.#participants.set(participantId, this.#create(info));
      else known.update(info);
      for (const { trackId } of info.tracks) published.add(keyOf({ participantId, trackId }));
    }
    this.#published = published;
    this.#distribute();
  }

  handleMessage(participantId: string, message: MediaServerMessage): void {
    const participant = this.#participants.get(participantId);
    if (participant === undefined) return;
    switch (message.type) {
      case 'offer':
        participant.handleOffer(message.connection, message.sdp);
        this.#distribute();
        return;
      case 'answer':
        participant.handleAnswer(message.connection, message.sdp);
        return;
      case 'receive':
        participant.prefer(this.#readPreferences(participantId, message.tracks), message.lastN);
        return;
      case 'candidate':
        // ICE-lite: the client's addresses are learnt from its checks.
        return;
      default:
        message satisfies never;
    }
  }

  /** Who has spoken, the last first. */
  orderBySpeech(participantIds: readonly string[]): void {
    this.#spoken = new Map(participantIds.map((participantId, place) => [participantId, place]));
    for (const participant of this.#participants.values()) participant.orderBySpeech(this.#spoken);
  }

  participant(participantId: string): SfuParticipant | undefined {
    return this.#participants.get(participantId);
  }

  workerReplaced(): void {
    for (const participant of this.#participants.values()) participant.workerReplaced();
  }

  close(): void {
    for (const participant of this.#participants.values()) participant.close();
  }

  #create(info: RoomState['participants'][number]): SfuParticipant {
    const { name: room, transports, clock, lastN, tell } = this.#options;
    const { participantId } = info;
    const participant = new SfuParticipant(
      {
        room,
        participantId,
        transports,
        clock,
        lastN,
        worker: () => (this.#worker ??= transports.leastLoaded()),
        tell: (message) => {
          tell(participantId, message);
        },
      },
      info,
    );
    participant.orderBySpeech(this.#spoken);
    return participant;
  }

  /** Tells the worker what to receive, and everybody what the others publish, where that is something new. */
  #distribute(): void {
    const publications = [...this.#participants.values()].flatMap((one) => one.publish().map(publicationOf));
    const told = JSON.stringify([publications, [...this.#participants.keys()], [...this.#published]]);
    if (told === this.#told) return;
    this.#told = told;
    const isPublished = (key: string) => this.#published.has(key);
    for (const [participantId, participant] of this.#participants) {
      const wanted = new Map<string, Publication>();
      for (const one of publications) {
        if (one.participantId !== participantId) wanted.set(keyOf(one), one);
      }
      participant.subscribe(wanted, isPublished);
    }
  }

  /** Tracks of others in this room alone (threat M8). */
  #readPreferences(participantId: string, tracks: readonly ReceivePreference[]): readonly DownPreference[] {
    return tracks
      .filter((track) => track.participantId !== participantId && this.#published.has(keyOf(track)))
      .map(({ participantId: owner, trackId, paused = false, width = 0, height = 0, pinned = false }) => ({
        participantId: owner,
        trackId,
        paused,
        width,
        height,
        pinned,
      }));
  }
}
