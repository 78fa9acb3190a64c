import { encodeServerMessage } from '@madang/wire/encode';
import type { ErrorCode } from '@madang/wire/error-codes';
import type { Topology } from '@madang/wire/room-state';
import { CloseCode } from '@madang/wire/error-codes';
import type { Instant } from '../time/instant.js';
import { Room } from './room.js';
import type {
  ConnectionId,
  HostRule,
  Newcomer,
  RoomCommand,
  RoomEffect,
  RoomHost,
  RoomLimits,
} from './room-contract.js';

export interface RegistryOptions {
  /** Names this run of the server; differs from that of every other run. */
  readonly epoch: string;
  readonly hostRule: HostRule;
  readonly rooms: number;
  readonly limits: RoomLimits;
  readonly host: RoomHost;
  readonly topologies: readonly Topology[];
}

/** What happens to rooms: `join` names one, `resume` carries its name, the rest finds it by the participant. */
export type RegistryCommand =
  | (Exclude<RoomCommand, { kind: 'join' | 'timeout' }> & object)
  | ({ readonly kind: 'join'; readonly room: string } & Newcomer)
  | { readonly kind: 'timeout' };

/** All rooms of a server: makes them when somebody joins, drops them when nobody is left. */
export class RoomRegistry {
  readonly #options: RegistryOptions;
  readonly #rooms = new Map<string, Room>();
  readonly #roomOf = new Map<string, string>();

  constructor(options: RegistryOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#rooms.size;
  }

  /** Participants of all rooms, lobbies and lost ones included. */
  get participants(): number {
    return this.#roomOf.size;
  }

  room(name: string): Room | undefined {
    return this.#rooms.get(name);
  }

  handle(now: Instant, command: RegistryCommand): RoomEffect[] {
    switch (command.kind) {
      case 'join':
        return this.#enter(now, command.room, command);
      case 'resume':
        return this.#resume(now, command);
      case 'timeout':
        return this.#timeout(now);
      default: {
        const name = this.#roomOf.get(command.participantId);
        return name === undefined ? [] : this.#pass(now, name, command);
      }
    }
  }

  #resume(now: Instant, command: Extract<RegistryCommand, { kind: 'resume' }>): RoomEffect[] {
    const { claims, connection } = command;
    const isOfThisRun = claims.epoch === this.#options.epoch;
    // Nobody of this run can be in a room that is no more; another run's participant makes the room anew.
    if (isOfThisRun && !this.#rooms.has(claims.room)) return refuse(connection, 'resumeRefused');
    return this.#enter(now, claims.room, command);
  }

  #enter(now: Instant, name: string, command: RoomCommand & { connection: ConnectionId }): RoomEffect[] {
    if (!this.#rooms.has(name)) {
      if (this.#rooms.size >= this.#options.rooms) return refuse(command.connection, 'serverFull');
      const { epoch, hostRule, limits, host, topologies } = this.#options;
      this.#rooms.set(name, new Room(now, { name, epoch, hostRule, limits, host, topologies }));
    }
    return this.#pass(now, name, command);
  }

  /** Gives a command to a room and keeps the books by what comes of it. */
  #pass(now: Instant, name: string, command: RoomCommand): RoomEffect[] {
    const room = this.#rooms.get(name)!;
    const effects = room.handle(now, command);
    for (const effect of effects) {
      if (effect.kind === 'attach') this.#roomOf.set(effect.participantId, name);
      else if (effect.kind === 'gone') this.#roomOf.delete(effect.participantId);
    }
    if (room.isEmpty) this.#rooms.delete(name);
    return effects;
  }

  #timeout(now: Instant): RoomEffect[] {
    const effects: RoomEffect[] = [];
    for (const [name, room] of this.#rooms) {
      if (room.nextDeadline() <= now) effects.push(...this.#pass(now, name, { kind: 'timeout' }));
    }
    return effects;
  }
}

function refuse(connection: ConnectionId, code: ErrorCode): RoomEffect[] {
  const text = encodeServerMessage({ type: 'error', code, message: code });
  return [
    { kind: 'send', connection, text },
    { kind: 'close', connection, closeCode: CloseCode.refused },
  ];
}
