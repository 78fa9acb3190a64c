import type { Participant as ParticipantInfo } from '@madang/wire/room-state';
import type { Participant, Role } from '../api/participant.js';
import type { RoomContext } from './room-context.js';

/** What is the same for everybody in a room: what the server says of them, and how loud they are. */
export abstract class Person implements Participant {
  speaking = false;
  audioLevel = 0;
  protected readonly context: RoomContext;
  #info: ParticipantInfo;

  constructor(context: RoomContext, info: ParticipantInfo) {
    this.context = context;
    this.#info = info;
  }

  get participantId(): string {
    return this.#info.participantId;
  }

  get name(): string {
    return this.#info.name;
  }

  get role(): Role {
    return this.#info.role;
  }

  get handRaised(): boolean {
    return this.#info.handRaised;
  }

  /** Takes what the server says now, has `applyTracks` do what follows from it, and tells of name, role and hand. */
  protected take(info: ParticipantInfo, applyTracks: () => void): void {
    const before = this.#info;
    this.#info = info;
    applyTracks();
    const { name, role, handRaised } = info;
    if (name !== before.name || role !== before.role || handRaised !== before.handRaised) {
      this.context.emit('participantChanged', this);
    }
  }
}
