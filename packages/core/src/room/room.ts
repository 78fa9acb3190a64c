import type { RoomState } from '@madang/wire/room-state';
import { CloseCode } from '@madang/wire/error-codes';
import type { ErrorCode } from '@madang/wire/error-codes';
import { PROTOCOL_VERSION } from '@madang/wire/version';
import type { Instant } from '../time/instant.js';
import { after } from '../time/instant.js';
import { TokenBucket } from '../limits/token-bucket.js';
import { Floor } from './floor.js';
import { RoomParticipant } from './participant.js';
import { mayRequest } from './permissions.js';
import { carryOut } from './requests.js';
import type { RenewedAccess, ResumeClaims, RoomCommand, RoomEffect, RoomOptions } from './room-contract.js';

type Command<K extends RoomCommand['kind']> = Extract<RoomCommand, { kind: K }>;

/**
 * A room: who is in it, who waits, what may be done, and what each of them has been told. It is told the time and
 * what happens, and answers with what is to be done.
 */
export class Room {
  readonly #floor: Floor;
  readonly #joins: TokenBucket;
  #tokensDueAt: Instant;

  constructor(now: Instant, options: RoomOptions) {
    this.#floor = new Floor(options);
    this.#joins = new TokenBucket({ ratePerSecond: options.limits.joinsPerSecond });
    this.#tokensDueAt = after(now, options.limits.tokenRefreshMs);
  }

  /** Whether nobody is in the room or could come back to it. */
  get isEmpty(): boolean {
    return this.#floor.people.size === 0;
  }

  get participantIds(): Iterable<string> {
    return this.#floor.people.keys();
  }

  /** The state as hosts see it. */
  state(): RoomState {
    return this.#floor.stateFor('host');
  }

  /** Messages kept for those who are away or slow, in all. */
  get outboxMessages(): number {
    let sum = 0;
    for (const one of this.#floor.people.values()) sum += one.outbox.size;
    return sum;
  }

  /** When `timeout` has something to do. */
  nextDeadline(): Instant {
    let deadline = this.#tokensDueAt;
    for (const { link, access } of this.#floor.people.values()) {
      if (link.kind === 'lost' && link.deadline < deadline) deadline = link.deadline;
      if (access !== undefined && access.endsAt < deadline) deadline = access.endsAt;
    }
    return deadline;
  }

  handle(now: Instant, command: RoomCommand): RoomEffect[] {
    switch (command.kind) {
      case 'join':
        this.#join(now, command);
        break;
      case 'resume':
        this.#resume(now, command);
        break;
      case 'request':
        this.#request(command);
        break;
      case 'reject':
        this.#reject(command);
        break;
      case 'tokenChecked':
        this.#tokenChecked(command);
        break;
      case 'ping':
        this.#ping(command);
        break;
      case 'tell':
        this.#tell(command);
        break;
      case 'connectionLost':
        this.#connectionLost(now, command);
        break;
      case 'timeout':
        this.#timeout(now);
        break;
    }
    return this.#floor.takeEffects();
  }

  #join(now: Instant, newcomer: Command<'join'>): void {
    const floor = this.#floor;
    const { connection } = newcomer;
    const { limits, hostRule } = floor.options;
    if (!this.#joins.take(now)) {
      floor.refuse(connection, 'rateLimited');
      return;
    }
    if (floor.people.size >= limits.participants) {
      floor.refuse(connection, 'roomFull');
      return;
    }
    const becomesHost = hostRule === 'firstIsHost' && newcomer.role === 'member' && this.isEmpty;
    const role = becomesHost ? 'host' : newcomer.role;
    if (floor.settings.locked && role !== 'host') {
      floor.refuse(connection, 'roomLocked');
      return;
    }
    const place = floor.settings.lobby && role !== 'host' ? 'lobby' : 'room';
    const { topology } = newcomer;
    if (topology !== undefined && this.isEmpty && floor.options.topologies.includes(topology)) {
      floor.settings = { ...floor.settings, topology };
      // Otherwise a room that is restored after a restart would take it for the default.
      floor.settingsVersion++;
    }
    const one = new RoomParticipant({
      participantId: newcomer.participantId,
      name: newcomer.name,
      role,
      permissions: newcomer.permissions,
      access: newcomer.access,
      place,
      connection,
      outbox: limits.outbox,
    });
    this.#enter(one, 'new');
  }

  #enter(one: RoomParticipant, how: 'new' | 'restored'): void {
    const floor = this.#floor;
    floor.people.set(one.participantId, one);
    floor.effect({ kind: 'attach', connection: one.connection!, participantId: one.participantId });
    if (one.place === 'lobby') {
      floor.tellWaiting(one, how);
      floor.tellLobbyChanged();
      return;
    }
    floor.noteMediaChanged();
    floor.broadcast({ type: 'participantJoined', participant: one.describe() }, one);
    floor.tellJoined(one, how);
  }

  #resume(now: Instant, command: Command<'resume'>): void {
    const floor = this.#floor;
    const { connection, claims, message } = command;
    const one = floor.people.get(claims.participantId);
    if (one === undefined) {
      if (claims.epoch === floor.options.epoch) floor.refuse(connection, 'resumeRefused');
      else this.#restore(now, command);
      return;
    }
    if (!one.accepts(claims, floor.options.epoch)) {
      floor.refuse(connection, 'resumeRefused');
      return;
    }
    // The same restoration once more: its answer did not arrive, so the client counts by the old numbers.
    const isRestoredAgain = claims.epoch !== floor.options.epoch;
    const missed = isRestoredAgain ? [] : one.outbox.since(message.ack);
    if (missed === undefined) {
      floor.refuse(connection, 'resumeRefused');
      floor.remove(one, 'lost', 'replaced');
      return;
    }
    this.#takeOver(one, command);
    if (isRestoredAgain) {
      one.outbox.acknowledge(one.outbox.lastSeq);
      if (one.place === 'room') floor.tellJoined(one, 'restored');
      else floor.tellWaiting(one, 'restored');
      return;
    }
    one.outbox.acknowledge(message.ack);
    one.toldRequestId = one.lastRequestId;
    floor.tellNow(connection, {
      type: 'resumed',
      version: PROTOCOL_VERSION,
      participantId: one.participantId,
      resumeToken: floor.resumeTokenOf(one),
      lastRequestId: one.lastRequestId,
    });
    for (const text of missed) floor.effect({ kind: 'send', connection, text });
  }

  /** Gives the session to the new socket and the old one, should it still be there, its leave. */
  #takeOver(one: RoomParticipant, { connection, claims }: Command<'resume'>): void {
    const floor = this.#floor;
    const old = one.connection;
    if (old !== undefined) {
      floor.tellNow(old, { type: 'ended', reason: 'replaced' });
      floor.effect({ kind: 'close', connection: old, closeCode: CloseCode.replaced });
    }
    one.link = { kind: 'connected', connection };
    if (!one.isSpent(claims)) {
      one.spentToken = { epoch: claims.epoch, generation: claims.generation };
      one.generation++;
    }
    floor.effect({ kind: 'attach', connection, participantId: one.participantId });
  }

  /** After a restart: believes the signed token, and the client for what only concerns itself. */
  #restore(now: Instant, { connection, claims, access, message }: Command<'resume'>): void {
    const floor = this.#floor;
    const { limits } = floor.options;
    if (access !== undefined && access.endsAt <= now) {
      floor.refuse(connection, 'tokenExpired');
      return;
    }
    if (floor.people.size >= limits.participants) {
      floor.refuse(connection, 'roomFull');
      return;
    }
    this.#adoptSettings(claims);
    const one = new RoomParticipant({
      participantId: claims.participantId,
      name: claims.name,
      role: claims.role,
      permissions: claims.permissions,
      access,
      place: claims.place,
      connection,
      outbox: limits.outbox,
    });
    one.spentToken = { epoch: claims.epoch, generation: claims.generation };
    one.handRaised = message.handRaised ?? false;
    if (one.place === 'room' && mayRequest(one.role, 'publish', one.permissions)) {
      for (const track of message.tracks ?? []) one.putTrack(track);
    }
    this.#enter(one, 'restored');
  }

  #adoptSettings({ locked, lobby, topology, settingsVersion }: ResumeClaims): void {
    const floor = this.#floor;
    if (settingsVersion <= floor.settingsVersion) return;
    floor.settingsVersion = settingsVersion - 1;
    floor.change({ locked, lobby, topology });
  }

  #request({ connection, participantId, message, wallClockMs }: Command<'request'>): void {
    const floor = this.#floor;
    const one = this.#heard(connection, participantId, message.ack);
    if (one === undefined || message.id <= one.lastRequestId) return;
    one.lastRequestId = message.id;
    const outcome = mayRequest(one.standing, message.type, one.permissions)
      ? carryOut({ floor, one, wallClockMs }, message)
      : 'forbidden';
    if (outcome !== 'silent') this.#answer(one, message.id, outcome);
  }

  #reject({ connection, participantId, id, code }: Command<'reject'>): void {
    const one = this.#heard(connection, participantId, undefined);
    if (one === undefined || id <= one.lastRequestId) return;
    one.lastRequestId = id;
    this.#answer(one, id, code);
  }

  /** Answers a request just handled; the answer says of all before that they were. */
  #answer(one: RoomParticipant, re: number, outcome: 'ok' | ErrorCode): void {
    one.toldRequestId = re;
    if (outcome === 'ok') this.#floor.tell(one, { type: 'ok', re });
    else this.#floor.tell(one, { type: 'error', code: outcome, message: outcome, re });
  }

  #tokenChecked({ participantId, id, result }: Command<'tokenChecked'>): void {
    const floor = this.#floor;
    const one = floor.people.get(participantId);
    // Gone while the token was read.
    if (one === undefined) return;
    const code = typeof result === 'string' ? result : this.#isOf(one, result) ? undefined : 'unauthorized';
    if (code !== undefined) {
      floor.tell(one, { type: 'error', code, message: code, re: id });
      return;
    }
    one.access = (result as RenewedAccess).term;
    floor.tell(one, { type: 'ok', re: id });
    floor.renewToken(one);
  }

  /** Whether a token grants what the session was granted: one that grants anything else asks for a new session. */
  #isOf(one: RoomParticipant, { room, name, permissions, term }: RenewedAccess): boolean {
    return (
      room === this.#floor.options.name &&
      (name === undefined || name === one.name) &&
      term.role === one.access?.role &&
      sorted(permissions) === sorted(one.permissions)
    );
  }

  #tell({ participantId, message }: Command<'tell'>): void {
    const one = this.#floor.findPresent(participantId);
    if (one !== undefined) this.#floor.tell(one, message);
  }

  #ping({ connection, participantId, ack }: Command<'ping'>): void {
    const one = this.#heard(connection, participantId, ack);
    if (one === undefined) return;
    one.toldRequestId = one.lastRequestId;
    this.#floor.tellNow(connection, { type: 'pong', lastRequestId: one.lastRequestId });
  }

  /** The participant, if the connection speaks for it; notes what it has received. */
  #heard(connection: number, participantId: string, ack: number | undefined): RoomParticipant | undefined {
    const one = this.#floor.people.get(participantId);
    if (one?.connection !== connection) return undefined;
    one.spentToken = undefined;
    if (ack !== undefined) one.outbox.acknowledge(ack);
    return one;
  }

  #connectionLost(now: Instant, { connection, participantId }: Command<'connectionLost'>): void {
    const one = this.#floor.people.get(participantId);
    if (one?.connection !== connection) return;
    one.link = { kind: 'lost', deadline: after(now, this.#floor.options.limits.resumeMs) };
  }

  #timeout(now: Instant): void {
    const floor = this.#floor;
    for (const one of [...floor.people.values()]) {
      if (one.access !== undefined && one.access.endsAt <= now) {
        if (one.connection !== undefined) floor.refuse(one.connection, 'tokenExpired');
        floor.remove(one, 'left');
      } else if (one.link.kind === 'lost' && one.link.deadline <= now) floor.remove(one, 'lost');
    }
    if (now < this.#tokensDueAt) return;
    this.#tokensDueAt = after(now, floor.options.limits.tokenRefreshMs);
    floor.keepHost();
    for (const one of floor.people.values()) floor.renewToken(one);
  }
}

function sorted(permissions: readonly string[] | undefined): string {
  return permissions === undefined ? 'all' : JSON.stringify([...permissions].sort());
}
