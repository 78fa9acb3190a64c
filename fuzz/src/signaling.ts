import assert from 'node:assert/strict';
import { DEFAULT_ROOM_LIMITS } from '@madang/core/room/room-contract';
import type { ResumeClaims, RoomEffect } from '@madang/core/room/room-contract';
import { RoomRegistry } from '@madang/core/room/room-registry';
import type { RegistryCommand } from '@madang/core/room/room-registry';
import { after, instant } from '@madang/core/time/instant';
import type { Instant, WallClockSeconds } from '@madang/core/time/instant';
import { decodeClientMessage, decodeServerMessage } from '@madang/wire/decode';
import { encodeClientMessage } from '@madang/wire/encode';
import type { ClientMessage, RequestMessage } from '@madang/wire/client-messages';
import type { ServerMessage } from '@madang/wire/server-messages';

/**
 * One input of signaling, lines of text: `N JSON` is a message of client N (0 to 7), `xN` cuts its socket, `tN` lets N + 1
 * times 11 s go by. Participants are called p1, p2, ... as they come. Nothing throws; what a client said is the same
 * when it is written and read again; what it is told can be read, has no gap in its numbers and ends after its end;
 * when all sockets are gone and time has passed, nothing is left.
 */
export default function signaling(bytes: Uint8Array): void {
  const lines = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString().split('\n', MOST_LINES);
  const yard = new Yard();
  for (const line of lines) yard.play(line);
  yard.endAll();
}

interface Client {
  readonly connection: number;
  participantId: string | undefined;
  lastSeq: number;
  isOver: boolean;
}

class Yard {
  #now: Instant = instant(0);
  readonly #clients = new Map<string, Client>();
  readonly #byConnection = new Map<number, Client>();
  /** Highest number each session has been told, across its sockets. */
  readonly #lastSeq = new Map<string, number>();
  #connections = 0;
  #participants = 0;
  readonly #registry = new RoomRegistry({
    epoch: 'run',
    hostRule: 'firstIsHost',
    rooms: 3,
    topologies: ['mesh', 'sfu'],
    limits: { ...DEFAULT_ROOM_LIMITS, participants: 5, outbox: { messages: 20, units: 100_000 } },
    host: {
      iceConfiguration: () => ({ iceServers: [{ urls: ['stun:192.0.2.1'] }], iceServersExpireAt: 1 }),
      resumeToken: (claims) => Buffer.from(JSON.stringify(claims)).toString('base64url'),
    },
  });

  play(line: string): void {
    const [kind = '', place = ''] = line;
    if (kind === 't') this.#wait(1 + (Number(place) || 0));
    else if (kind === 'x') this.#cut(place);
    else if (kind >= '0' && kind <= '7') this.#say(kind, line.slice(2));
    // What a server says is read by the same rules.
    assert.equal(typeof decodeServerMessage(line.slice(2)).ok, 'boolean');
  }

  endAll(): void {
    for (const place of [...this.#clients.keys()]) this.#cut(place);
    this.#wait(6);
    assert.equal(this.#registry.size, 0);
    assert.equal(this.#registry.participants, 0);
  }

  #say(place: string, text: string): void {
    const decoded = decodeClientMessage(text);
    if (!decoded.ok) return;
    const { message } = decoded;
    assert.deepEqual(decodeClientMessage(encodeClientMessage(message)), decoded);
    const client = this.#clientAt(place);
    const { connection, participantId } = client;
    if (client.isOver) return;
    if (message.type === 'join' || message.type === 'resume') {
      if (participantId === undefined) this.#enter(client, message);
    } else if (participantId !== undefined) {
      if (message.type === 'ping') {
        this.#do({
          kind: 'ping',
          connection,
          participantId,
          ...(message.ack !== undefined && { ack: message.ack }),
        });
      } else this.#request(connection, participantId, message);
    }
  }

  #enter(client: Client, message: Extract<ClientMessage, { type: 'join' | 'resume' }>): void {
    const { connection } = client;
    if (message.type === 'resume') {
      const claims = readClaims(message.resumeToken, this.#lastSeq);
      if (claims === undefined) return;
      client.lastSeq = message.ack;
      this.#do({ kind: 'resume', connection, claims, message });
      return;
    }
    const participantId = `p${++this.#participants}`;
    const { room, name = 'nobody', role = 'member' } = message;
    const endsAt = after(this.#now, 60_000);
    const access = { role, expiresAt: 60 as WallClockSeconds, endsAt };
    const term = message.token === undefined ? {} : { access };
    this.#do({ kind: 'join', connection, participantId, room, name, role, ...term });
  }

  #request(connection: number, participantId: string, message: RequestMessage): void {
    this.#do({ kind: 'request', connection, participantId, message, wallClockMs: 1 });
  }

  #cut(place: string): void {
    const client = this.#clients.get(place);
    if (client === undefined) return;
    this.#clients.delete(place);
    this.#byConnection.delete(client.connection);
    const { connection, participantId } = client;
    if (participantId !== undefined) this.#do({ kind: 'connectionLost', connection, participantId });
  }

  #wait(times: number): void {
    for (let i = 0; i < times; i++) {
      this.#now = after(this.#now, 11_000);
      this.#do({ kind: 'timeout' });
    }
  }

  #clientAt(place: string): Client {
    const known = this.#clients.get(place);
    if (known !== undefined) return known;
    const client: Client = {
      connection: ++this.#connections,
      participantId: undefined,
      lastSeq: 0,
      isOver: false,
    };
    this.#clients.set(place, client);
    this.#byConnection.set(client.connection, client);
    return client;
  }

  #do(command: RegistryCommand): void {
    for (const effect of this.#registry.handle(this.#now, command)) this.#apply(effect);
  }

  #apply(effect: RoomEffect): void {
    if (effect.kind === 'checkToken') {
      const { participantId, id } = effect;
      this.#do({ kind: 'tokenChecked', participantId, id, result: 'unauthorized' });
      return;
    }
    if (effect.kind === 'gone' || effect.kind === 'mediaMessage' || effect.kind === 'mediaChanged') return;
    const client = this.#byConnection.get(effect.connection);
    assert.ok(client, 'a socket that is gone was addressed');
    if (effect.kind === 'attach') client.participantId = effect.participantId;
    else if (effect.kind === 'close') client.isOver = true;
    else this.#receive(client, effect.text);
  }

  #receive(client: Client, text: string): void {
    assert.ok(!client.isOver, 'something was said after the end');
    const decoded = decodeServerMessage(text);
    assert.ok(decoded.ok, text);
    const message: ServerMessage = decoded.message;
    if (!('seq' in message) || message.seq === undefined) return;
    assert.equal(message.seq, client.lastSeq + 1, 'a gap or a repetition');
    client.lastSeq = message.seq;
    if (client.participantId !== undefined) this.#lastSeq.set(client.participantId, message.seq);
  }
}

/** A token a server of this run could have signed: of a session there was. */
function readClaims(token: string, sessions: ReadonlyMap<string, number>): ResumeClaims | undefined {
  const [participantId = '', generation = ''] = token.split(' ');
  if (!sessions.has(participantId)) return undefined;
  return {
    room: 'tea',
    participantId,
    name: 'n',
    role: 'member',
    place: 'room',
    epoch: 'run',
    generation: Number(generation) || 0,
    locked: false,
    lobby: false,
    topology: 'mesh',
    settingsVersion: 0,
  };
}

const MOST_LINES = 200;
