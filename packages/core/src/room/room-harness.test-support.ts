import assert from 'node:assert/strict';
import { isPosted } from '@madang/wire/client-messages';
import type { RequestMessage } from '@madang/wire/client-messages';
import { decodeServerMessage } from '@madang/wire/decode';
import type { Role, Topology } from '@madang/wire/room-state';
import { applyToView } from '@madang/wire/room-view';
import type { RoomView } from '@madang/wire/room-view';
import type { ServerMessage } from '@madang/wire/server-messages';
import { PROTOCOL_VERSION } from '@madang/wire/version';
import { after, instant } from '../time/instant.js';
import type { Instant, WallClockSeconds } from '../time/instant.js';
import type { HostRule, RenewedAccess, ResumeClaims, RoomEffect, RoomLimits } from './room-contract.js';
import { DEFAULT_ROOM_LIMITS } from './room-contract.js';
import type { RegistryCommand } from './room-registry.js';
import { RoomRegistry } from './room-registry.js';

type Without<M, K extends string> = M extends unknown ? Omit<M, K> : never;

/** A client that believes only what it is told, and checks that nothing it is told is out of order. */
export class TestClient {
  readonly yard: Yard;
  connection: number;
  participantId = '';
  resumeToken = '';
  state: 'online' | 'cut' | 'over' = 'online';
  view: RoomView | undefined;
  lastSeq = 0;
  nextId = 1;
  closeCode: number | undefined;
  readonly received: ServerMessage[] = [];

  constructor(yard: Yard, connection: number) {
    this.yard = yard;
    this.connection = connection;
  }

  /** The last message of a type. */
  last<T extends ServerMessage['type']>(type: T): Extract<ServerMessage, { type: T }> | undefined {
    return this.received.findLast((one) => one.type === type) as
      Extract<ServerMessage, { type: T }> | undefined;
  }

  receive(text: string): void {
    if (this.state !== 'online') return;
    const decoded = decodeServerMessage(text);
    assert.ok(decoded.ok, text);
    const { message } = decoded;
    this.received.push(message);
    const isAnew = (message.type === 'joined' || message.type === 'waiting') && message.restored;
    if ('seq' in message && message.seq !== undefined) {
      if (!isAnew) assert.equal(message.seq, this.lastSeq + 1, `a gap or a repetition before ${text}`);
      this.lastSeq = message.seq;
    }
    if ('resumeToken' in message) this.resumeToken = message.resumeToken;
    if ('participantId' in message && (message.type === 'joined' || message.type === 'waiting')) {
      this.participantId = message.participantId;
    }
    if (message.type === 'ended') this.state = 'over';
    this.view = applyToView(this.view, message);
  }

  /** Sends a request; the answer's code, `ok` too where a ping says that it was handled and no refusal came. */
  ask(request: Without<RequestMessage, 'id' | 'ack'>): string {
    const id = this.nextId++;
    const message = { ...request, id, ack: this.lastSeq } as RequestMessage;
    const { connection, participantId } = this;
    this.yard.do({ kind: 'request', connection, participantId, message, wallClockMs: 1000 });
    const answer = this.received.findLast(
      (one) => (one.type === 'ok' || one.type === 'error') && one.re === id,
    );
    if (answer === undefined && isPosted(message.type)) {
      this.yard.do({ kind: 'ping', connection, participantId, ack: this.lastSeq });
      if (this.last('pong')?.lastRequestId === id) return 'ok';
    }
    if (answer === undefined) return this.state === 'over' ? 'ended' : 'silence';
    return answer.type === 'error' ? answer.code : 'ok';
  }

  /** The socket dies; the server may not know yet. */
  cut(): void {
    if (this.state === 'online') this.state = 'cut';
  }

  noticed(): void {
    this.yard.do({ kind: 'connectionLost', connection: this.connection, participantId: this.participantId });
  }

  /** Comes back with a new socket. */
  resume(resumeToken = this.resumeToken): void {
    this.state = 'online';
    this.connection = this.yard.connect(this);
    const claims = JSON.parse(resumeToken) as ResumeClaims;
    this.yard.do({
      kind: 'resume',
      connection: this.connection,
      claims,
      ...(claims.access && {
        access: { ...claims.access, endsAt: instant(1000 * claims.access.expiresAt) },
      }),
      message: { type: 'resume', version: PROTOCOL_VERSION, resumeToken, ack: this.lastSeq },
    });
  }
}

/** A token that grants what the one before granted. */
export const SAME = 'same';

/** A registry with a clock and clients. */
export class Yard {
  now = instant(1000);
  readonly clients = new Map<number, TestClient>();
  readonly gone: string[] = [];
  /** What the media server was told: `changed`, or who said what. */
  readonly media: string[] = [];
  /** What the access token of each participant grants. */
  readonly granted = new Map<string, RenewedAccess>();
  registry: RoomRegistry;
  #connections = 0;
  #participants = 0;
  #runs = 0;
  readonly #options: { hostRule: HostRule; limits: RoomLimits; rooms: number };

  constructor(options: { hostRule?: HostRule; limits?: Partial<RoomLimits>; rooms?: number } = {}) {
    const limits = { ...DEFAULT_ROOM_LIMITS, ...options.limits };
    this.#options = { hostRule: options.hostRule ?? 'asGiven', limits, rooms: options.rooms ?? 10 };
    this.registry = this.#start();
  }

  #start(): RoomRegistry {
    return new RoomRegistry({
      ...this.#options,
      epoch: `run${++this.#runs}`,
      topologies: ['mesh', 'sfu'],
      host: {
        iceConfiguration: (room, id) => ({
          iceServers: [{ urls: ['stun:x'], username: `${room}:${id}` }],
          iceServersExpireAt: 1,
        }),
        resumeToken: (claims) => JSON.stringify(claims),
      },
    });
  }

  /** kill -9 and a new start: nothing is remembered, every socket is cut. */
  restart(): void {
    for (const client of this.clients.values()) client.cut();
    this.registry = this.#start();
  }

  connect(client: TestClient): number {
    const connection = ++this.#connections;
    this.clients.set(connection, client);
    return connection;
  }

  do(command: RegistryCommand): RoomEffect[] {
    const effects = this.registry.handle(this.now, command);
    for (const effect of effects) {
      if (effect.kind === 'gone') this.gone.push(effect.participantId);
      else if (effect.kind === 'checkToken') this.#checkToken(effect);
      else if (effect.kind === 'mediaChanged') this.media.push('changed');
      else if (effect.kind === 'mediaMessage') {
        const { name } = this.granted.get(effect.participantId)!;
        this.media.push(`${name}: ${effect.message.type}`);
      }
      if (!('connection' in effect)) continue;
      const client = this.clients.get(effect.connection);
      if (client?.connection !== effect.connection) continue;
      if (effect.kind === 'send') client.receive(effect.text);
      else if (effect.kind === 'close' && client.state === 'online') {
        client.closeCode = effect.closeCode;
        client.state = 'over';
      }
    }
    return effects;
  }

  /** Tokens other than `SAME` are what they grant, as JSON. */
  #checkToken({ participantId, id, token }: Extract<RoomEffect, { kind: 'checkToken' }>): void {
    const result =
      token === SAME
        ? this.granted.get(participantId)!
        : (JSON.parse(token) as RenewedAccess | 'tokenExpired');
    this.do({ kind: 'tokenChecked', participantId, id, result });
  }

  join(
    name: string,
    role: Role = 'member',
    room = 'tea',
    permissions?: readonly string[],
    { topology, endsAt = instant(1e12) }: { topology?: Topology; endsAt?: Instant } = {},
  ): TestClient {
    const client = new TestClient(this, 0);
    client.connection = this.connect(client);
    const participantId = `p${++this.#participants}`;
    const rights = permissions && { permissions };
    const term = { role, expiresAt: (endsAt / 1000) as WallClockSeconds, endsAt };
    this.granted.set(participantId, { room, name, term, ...rights });
    const { connection } = client;
    this.do({
      kind: 'join',
      connection,
      participantId,
      room,
      name,
      role,
      access: term,
      ...rights,
      ...(topology && { topology }),
    });
    return client;
  }

  /** Time goes by, looked at every second. */
  wait(milliseconds: number): void {
    const end = after(this.now, milliseconds);
    while (this.now < end) {
      this.now = after(this.now, Math.min(1000, end - this.now));
      this.do({ kind: 'timeout' });
    }
  }
}
