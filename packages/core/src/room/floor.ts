import { encodeServerMessage, encodeUnnumbered } from '@madang/wire/encode';
import type { EndReason, ErrorCode } from '@madang/wire/error-codes';
import { CloseCode } from '@madang/wire/error-codes';
import type { RoomSettings, RoomState, WaitingPerson } from '@madang/wire/room-state';
import type { UnsequencedMessage, Unnumbered } from '@madang/wire/server-messages';
import { PROTOCOL_VERSION } from '@madang/wire/version';
import { ChatHistory } from './chat-history.js';
import type { RoomParticipant } from './participant.js';
import type { ConnectionId, RoomEffect, RoomOptions } from './room-contract.js';

/** The state of a room and the ways to tell its participants about it. */
export class Floor {
  readonly options: RoomOptions;
  /** In the order they came. */
  readonly people = new Map<string, RoomParticipant>();
  readonly chat: ChatHistory;
  settings: RoomSettings = { locked: false, lobby: false, topology: 'mesh' };
  settingsVersion = 0;
  #effects: RoomEffect[] = [];
  /** The media server has to look at the room again. */
  #mediaChanged = false;

  constructor(options: RoomOptions) {
    this.options = options;
    this.chat = new ChatHistory(options.limits.chat);
  }

  /** Those in the room, not in the lobby. */
  *present(): Iterable<RoomParticipant> {
    for (const one of this.people.values()) if (one.place === 'room') yield one;
  }

  /** Somebody in the room, not in the lobby. */
  findPresent(participantId: string): RoomParticipant | undefined {
    const one = this.people.get(participantId);
    return one?.place === 'room' ? one : undefined;
  }

  waiting(): WaitingPerson[] {
    return [...this.people.values()]
      .filter((one) => one.place === 'lobby')
      .map(({ participantId, name }) => ({ participantId, name }));
  }

  get hasHost(): boolean {
    for (const one of this.present()) if (one.role === 'host') return true;
    return false;
  }

  /** The state as a participant of that role sees it. */
  stateFor(role: RoomParticipant['role']): RoomState {
    return {
      name: this.options.name,
      ...this.settings,
      participants: [...this.present()].map((one) => one.describe()),
      waiting: role === 'host' ? this.waiting() : [],
    };
  }

  effect(effect: RoomEffect): void {
    this.#effects.push(effect);
  }

  takeEffects(): RoomEffect[] {
    const effects = this.#effects;
    this.#effects = [];
    if (this.#mediaChanged) {
      this.#mediaChanged = false;
      // First, so that what participants say to the media server finds it up to date.
      effects.unshift({ kind: 'mediaChanged', room: this.options.name });
    }
    return effects;
  }

  /** Sends a sequenced message: at once where there is a socket, with the resume where there is none. */
  tell(one: RoomParticipant, message: Unnumbered): void {
    this.#deliver(one, encodeUnnumbered(message));
  }

  /** Tells all in the room, `except` one; the text is made once. */
  broadcast(message: Unnumbered, except?: RoomParticipant): void {
    const text = encodeUnnumbered(message);
    for (const one of this.present()) if (one !== except) this.#deliver(one, text);
  }

  tellHosts(message: Unnumbered): void {
    const text = encodeUnnumbered(message);
    for (const one of this.present()) if (one.role === 'host') this.#deliver(one, text);
  }

  /** Sends a message of the moment. */
  tellNow(connection: ConnectionId | undefined, message: UnsequencedMessage): void {
    if (connection !== undefined)
      this.effect({ kind: 'send', connection, text: encodeServerMessage(message) });
  }

  tellChanged(one: RoomParticipant): void {
    this.noteMediaChanged();
    this.broadcast({ type: 'participantChanged', participant: one.describe() });
  }

  /** Who is here, or what they send, is different now. */
  noteMediaChanged(): void {
    if (this.settings.topology !== 'mesh') this.#mediaChanged = true;
  }

  tellLobbyChanged(): void {
    this.tellHosts({ type: 'lobbyChanged', waiting: this.waiting() });
  }

  /** Changes the settings, tells all, and gives out tokens that carry them. */
  change(settings: Partial<RoomSettings>): void {
    if (settings.topology !== undefined) this.#mediaChanged = true;
    this.settings = { ...this.settings, ...settings };
    this.settingsVersion++;
    this.broadcast({ type: 'roomChanged', ...this.settings });
    for (const one of this.people.values()) this.renewToken(one);
  }

  renewToken(one: RoomParticipant): void {
    this.tellNow(one.connection, { type: 'resumeToken', resumeToken: this.resumeTokenOf(one) });
  }

  resumeTokenOf(one: RoomParticipant): string {
    const { participantId, name, role, place, generation, permissions, access } = one;
    return this.options.host.resumeToken({
      room: this.options.name,
      participantId,
      name,
      role,
      place,
      ...(permissions && { permissions }),
      ...(access && { access: { role: access.role, expiresAt: access.expiresAt } }),
      epoch: this.options.epoch,
      generation,
      locked: this.settings.locked,
      lobby: this.settings.lobby,
      topology: this.settings.topology,
      settingsVersion: this.settingsVersion,
    });
  }

  /** Tells a participant in the room everything. */
  tellJoined(one: RoomParticipant, how: 'new' | 'restored'): void {
    this.tell(one, {
      type: 'joined',
      version: PROTOCOL_VERSION,
      participantId: one.participantId,
      resumeToken: this.resumeTokenOf(one),
      room: this.stateFor(one.role),
      chat: this.chat.messages,
      restored: how === 'restored',
      ...this.options.host.iceConfiguration(this.options.name, one.participantId),
    });
  }

  tellWaiting(one: RoomParticipant, how: 'new' | 'restored'): void {
    this.tell(one, {
      type: 'waiting',
      version: PROTOCOL_VERSION,
      participantId: one.participantId,
      resumeToken: this.resumeTokenOf(one),
      roomName: this.options.name,
      restored: how === 'restored',
    });
  }

  /** Takes somebody out of the lobby into the room. */
  admit(one: RoomParticipant): void {
    one.place = 'room';
    // Order of arrival in the room, not in the lobby: views append.
    this.people.delete(one.participantId);
    this.people.set(one.participantId, one);
    this.noteMediaChanged();
    this.broadcast({ type: 'participantJoined', participant: one.describe() }, one);
    this.tellJoined(one, 'new');
  }

  /** Ends the session of a participant for good and tells the others. */
  remove(one: RoomParticipant, why: 'left' | 'lost' | 'removed', reason?: EndReason): void {
    this.people.delete(one.participantId);
    this.noteMediaChanged();
    const { connection } = one;
    if (connection !== undefined && reason !== undefined) {
      this.tellNow(connection, { type: 'ended', reason });
      this.effect({ kind: 'close', connection, closeCode: CloseCode.ended });
    }
    this.effect({ kind: 'gone', room: this.options.name, participantId: one.participantId });
    if (one.place === 'lobby') this.tellLobbyChanged();
    else this.broadcast({ type: 'participantLeft', participantId: one.participantId, reason: why });
    this.keepHost();
    this.#emptyLobbyOfEmptyRoom();
  }

  refuse(connection: ConnectionId, code: ErrorCode): void {
    this.tellNow(connection, { type: 'error', code, message: code });
    this.effect({ kind: 'close', connection, closeCode: CloseCode.refused });
  }

  /** In open rooms somebody has to be host: the one who has been there longest. */
  keepHost(): void {
    if (this.options.hostRule !== 'firstIsHost' || this.hasHost) return;
    for (const one of this.present()) {
      if (one.role === 'viewer') continue;
      one.role = 'host';
      this.tellChanged(one);
      this.tell(one, { type: 'lobbyChanged', waiting: this.waiting() });
      this.renewToken(one);
      return;
    }
  }

  #deliver(one: RoomParticipant, unnumbered: string): void {
    const text = one.outbox.append(unnumbered, one.takeNewsOfRequests());
    if (one.link.kind !== 'connected') return;
    this.effect({ kind: 'send', connection: one.link.connection, text });
  }

  /** Nobody is left who could admit: waiting on would be in vain, and walking in would pass the lobby by. */
  #emptyLobbyOfEmptyRoom(): void {
    for (const _ of this.present()) return;
    for (const one of [...this.people.values()]) {
      this.people.delete(one.participantId);
      this.tellNow(one.connection, { type: 'ended', reason: 'denied' });
      if (one.connection !== undefined)
        this.effect({ kind: 'close', connection: one.connection, closeCode: CloseCode.ended });
      this.effect({ kind: 'gone', room: this.options.name, participantId: one.participantId });
    }
  }
}
