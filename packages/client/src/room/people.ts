import type { Participant as ParticipantInfo } from '@madang/wire/room-state';
import { RESUME_SECONDS } from '@madang/wire/limits';
import { RemotePerson } from './remote-person.js';
import type { RoomContext } from './room-context.js';

type LeaveReason = 'left' | 'lost' | 'removed';

/** The others in a room, and a connection to each. */
export class People {
  readonly #context: RoomContext;
  #people: readonly RemotePerson[] = [];
  #isClosed = false;
  /** Those whom a restarted server does not know yet: their connections go on until they had time to come back. */
  readonly #missing = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(context: RoomContext) {
    this.#context = context;
  }

  get all(): readonly RemotePerson[] {
    return this.#people;
  }

  get(participantId: string): RemotePerson | undefined {
    return this.#people.find((one) => one.participantId === participantId);
  }

  /** Somebody was here before this client (`present`), or came after it (`newcomer`); known ones are brought up to date. */
  add(info: ParticipantInfo, role: 'newcomer' | 'present'): void {
    if (this.#isClosed) return;
    const wasMissing = this.#found(info.participantId);
    const known = this.get(info.participantId);
    if (known) {
      known.update(info);
      // What was said to somebody whom the server did not know was not delivered.
      if (wasMissing) this.#context.media.cameBack();
      return;
    }
    const person = new RemotePerson(this.#context, info);
    this.#people = [...this.#people, person];
    this.#context.media.add(info.participantId, role);
    this.#context.emit('participantJoined', person);
    // A listener may have left the room.
    if (this.get(info.participantId) === person) person.update(info);
  }

  remove(participantId: string, reason: LeaveReason): void {
    this.#found(participantId);
    const person = this.get(participantId);
    if (person === undefined) return;
    this.#people = this.#people.filter((one) => one !== person);
    this.#context.media.remove(participantId);
    person.gone();
    this.#context.emit('participantLeft', person, reason);
  }

  /** The server was restarted and knows only `present` so far; the others have as long as a session may be lost. */
  restored(present: readonly ParticipantInfo[]): void {
    for (const { participantId } of this.#people) {
      if (present.some((one) => one.participantId === participantId) || this.#missing.has(participantId))
        continue;
      const giveUp = () => {
        this.remove(participantId, 'lost');
      };
      this.#missing.set(participantId, setTimeout(giveUp, RESUME_SECONDS * 1000));
    }
    for (const info of present) this.add(info, 'present');
  }

  /** The room was left: nobody comes any more. */
  close(): void {
    this.#isClosed = true;
    this.clear('left');
  }

  /** All are gone: the room was entered anew as somebody else. */
  clear(reason: LeaveReason): void {
    for (const { participantId } of this.#people) this.remove(participantId, reason);
  }

  /** Answers whether this one was missing. */
  #found(participantId: string): boolean {
    clearTimeout(this.#missing.get(participantId));
    return this.#missing.delete(participantId);
  }
}
