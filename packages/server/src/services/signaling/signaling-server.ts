import { randomBytes } from 'node:crypto';
import type { AccessTerm, RenewedAccess, RoomLimits, RunningTerm } from '@madang/core/room/room-contract';
import { RoomRegistry } from '@madang/core/room/room-registry';
import type { RegistryCommand } from '@madang/core/room/room-registry';
import type { Instant } from '@madang/core/time/instant';
import { after } from '@madang/core/time/instant';
import type { ClientMessage, JoinMessage, RequestMessage, ResumeMessage } from '@madang/wire/client-messages';
import { decodeClientMessage } from '@madang/wire/decode';
import { CloseCode } from '@madang/wire/error-codes';
import type { ErrorCode } from '@madang/wire/error-codes';
import type { Role, RoomState, Topology } from '@madang/wire/room-state';
import type { IceConfiguration, Unnumbered } from '@madang/wire/server-messages';
import { OLDEST_SPOKEN_VERSION, PROTOCOL_VERSION } from '@madang/wire/version';
import type { Clock } from '../../drivers/clock.js';
import type { Log } from '../../observe/log.js';
import { verifyAccessToken } from '../auth/access-token.js';
import { ResumeTokens } from '../auth/resume-token.js';
import { AddressBook } from './address-book.js';
import { execute } from './executor.js';
import type { ExecutorPorts } from './executor.js';
import type { MediaService } from './media-service.js';
import { RandomIds } from './random-ids.js';
import { Session } from './session.js';
import type { SignalingSocket } from './session.js';
import type { SignalingLimits } from './signaling-limits.js';

export interface SignalingOptions {
  /** `open`: a name is enough; `token`: an access token is asked for. */
  readonly access: 'open' | 'token';
  /** Signs access and resume tokens. */
  readonly secret: string;
  readonly rooms: number;
  readonly roomLimits: RoomLimits;
  readonly limits: SignalingLimits;
  readonly clock: Clock;
  readonly log: Log;
  /** Whether new participants are taken: not while the server drains. */
  readonly isReady: () => boolean;
  /** What the server can carry. */
  readonly topologies: readonly Topology[];
  /** Where media goes that is not browser to browser. */
  readonly media: MediaService | undefined;
  readonly iceConfiguration: (room: string, participantId: string) => IceConfiguration;
  /** A participant is gone: its TURN allocations go with it, and it does not come back. */
  readonly onGone: (room: string, participantId: string) => void;
  /** Whether `onGone` was called for it, maybe in a run before this one. */
  readonly isGone: (room: string, participantId: string) => boolean;
  /** How late the event loop is. */
  readonly loopLagMs: () => number;
}

/** Signaling: sockets on one side, rooms on the other. */
export class SignalingServer {
  readonly #options: SignalingOptions;
  readonly #registry: RoomRegistry;
  readonly #tokens: ResumeTokens;
  readonly #ids = new RandomIds();
  readonly #sessions = new Map<number, Session>();
  readonly #addresses: AddressBook;
  readonly #ports: ExecutorPorts;
  readonly #timer: NodeJS.Timeout;
  #connections = 0;
  #ticks = 0;

  constructor(options: SignalingOptions) {
    this.#options = options;
    this.#addresses = new AddressBook(options.limits);
    this.#tokens = new ResumeTokens({ secret: options.secret, wallClock: () => options.clock.wallClock() });
    this.#registry = new RoomRegistry({
      epoch: randomBytes(9).toString('base64url'),
      hostRule: options.access === 'open' ? 'firstIsHost' : 'asGiven',
      rooms: options.rooms,
      limits: options.roomLimits,
      topologies: options.topologies,
      host: {
        iceConfiguration: options.iceConfiguration,
        resumeToken: (claims) => this.#tokens.sign(claims),
      },
    });
    this.#ports = {
      session: (connection) => this.#sessions.get(connection),
      onCheckToken: ({ participantId, id, token }) => {
        this.#checkToken(participantId, id, token);
      },
      onGone: options.onGone,
      onMediaMessage: ({ room, participantId, message }) => {
        options.media?.handleMessage(room, participantId, message);
      },
      onMediaChanged: (room) => {
        options.media?.roomChanged(room, this.#registry.room(room)?.state());
      },
    };
    this.#timer = setInterval(() => {
      this.#tend();
    }, TEND_MS);
    this.#timer.unref();
  }

  /** Figures for health and metrics. */
  figures(): { sessions: number; rooms: number; participants: number } {
    const { size: rooms, participants } = this.#registry;
    return { sessions: this.#sessions.size, rooms, participants };
  }

  /** Whether an address may open a socket now. What is admitted has to be released. */
  admit(address: string): boolean {
    return this.#addresses.admit(this.#now(), address);
  }

  release(address: string): void {
    this.#addresses.release(address);
  }

  /** Whether an address may ask for the state of a room now. */
  mayLook(address: string): boolean {
    return this.#addresses.mayLook(this.#now(), address);
  }

  /** The state of a room as its hosts see it; nothing while nobody is there. */
  roomState(name: string): RoomState | undefined {
    return this.#registry.room(name)?.state();
  }

  /** Sends a participant what the media server has to say; nothing when it is not in its room (any more). */
  tell(participantId: string, message: Unnumbered): void {
    this.#do({ kind: 'tell', participantId, message });
  }

  /** Takes an admitted socket. Its session stands for it in the four below, and `handleClose` ends it. */
  accept(socket: SignalingSocket, address: string): Session {
    const connection = ++this.#connections;
    const { limits } = this.#options;
    const session = new Session({ now: this.#now(), connection, address, socket, limits });
    this.#sessions.set(connection, session);
    return session;
  }

  handleText(session: Session, text: string): void {
    try {
      this.#handleText(session, text);
    } catch (error) {
      this.#cut(session, error);
    }
  }

  handleBinary(session: Session): void {
    session.sendError('malformed');
    session.strike(this.#now());
  }

  /** A sign of life that says nothing else: a pong, a ping. */
  handleSign(session: Session): void {
    session.heard(this.#now());
  }

  /** The client has broken the protocol of the socket. */
  handleViolation(session: Session, closeCode: number): void {
    session.close(this.#now(), closeCode);
  }

  handleClose(session: Session): void {
    try {
      this.#handleClose(session);
    } catch (error) {
      this.#cut(session, error);
    }
  }

  /** Closes all sockets: clients resume with whoever comes next. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    const now = this.#now();
    for (const session of this.#sessions.values()) session.close(now, CloseCode.goingAway);
    const deadline = performance.now() + STOP_MS;
    while (this.#sessions.size > 0 && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    for (const session of [...this.#sessions.values()]) session.terminate();
  }

  #now(): Instant {
    return this.#options.clock.now();
  }

  #do(command: RegistryCommand): void {
    const now = this.#now();
    execute(now, this.#registry.handle(now, command), this.#ports);
  }

  /** What throws is a defect of ours; it costs one socket, not everybody's call. */
  #cut(session: Session, error: unknown): void {
    this.#options.log('error', 'Signaling failed; the socket is cut', { reason: describe(error) });
    session.terminate();
  }

  #handleText(session: Session, text: string): void {
    const now = this.#now();
    session.heard(now);
    if (session.state.kind === 'closing') return;
    const decoded = decodeClientMessage(text);
    if (!decoded.ok) {
      // The unreadable counts as much as the readable.
      session.mayHandle(now, 'other');
      this.#reject(session, decoded.code, decoded.id);
      return;
    }
    const { message } = decoded;
    if (!session.mayHandle(now, isNegotiation(message) ? 'negotiation' : 'other')) {
      this.#reject(session, 'rateLimited', 'id' in message ? message.id : undefined);
      return;
    }
    this.#handleMessage(session, message);
  }

  #handleMessage(session: Session, message: ClientMessage): void {
    const { connection, state } = session;
    if (message.type === 'join' || message.type === 'resume') {
      if (state.kind !== 'new') this.#reject(session, 'alreadyJoined', undefined);
      else this.#enter(session, message);
      return;
    }
    if (state.kind !== 'joined') {
      this.#reject(session, 'notJoined', undefined);
      return;
    }
    const { participantId } = state;
    if (message.type === 'ping') {
      const ack = message.ack === undefined ? {} : { ack: message.ack };
      this.#do({ kind: 'ping', connection, participantId, ...ack });
    } else this.#do(this.#requestOf(session, participantId, message));
  }

  #requestOf(session: Session, participantId: string, message: RequestMessage): RegistryCommand {
    return {
      kind: 'request',
      connection: session.connection,
      participantId,
      message,
      wallClockMs: Date.now(),
    };
  }

  /** Answers what is not carried out: as part of the session where it was a request, and counts it. */
  #reject(session: Session, code: ErrorCode, id: number | undefined): void {
    const { connection, state } = session;
    if (state.kind === 'joined' && id !== undefined) {
      this.#do({ kind: 'reject', connection, participantId: state.participantId, id, code });
    } else session.sendError(code);
    session.strike(this.#now());
  }

  #enter(session: Session, message: JoinMessage | ResumeMessage): void {
    if (message.version < OLDEST_SPOKEN_VERSION || message.version > PROTOCOL_VERSION) {
      session.refuse(this.#now(), 'versionUnsupported');
      return;
    }
    if (message.type === 'resume') {
      this.#resume(session, message);
      return;
    }
    const { overloadLagMs } = this.#options.limits;
    if (overloadLagMs > 0 && this.#options.loopLagMs() > overloadLagMs) {
      session.refuse(this.#now(), 'serverFull');
      return;
    }
    session.state = { kind: 'joining' };
    this.#join(session, message).catch((error: unknown) => {
      this.#options.log('error', 'A join failed; the socket is cut', { reason: describe(error) });
      session.terminate();
    });
  }

  #resume(session: Session, message: ResumeMessage): void {
    const { connection } = session;
    const claims = this.#tokens.verify(message.resumeToken);
    if (claims === undefined || this.#options.isGone(claims.room, claims.participantId)) {
      session.refuse(this.#now(), 'resumeRefused');
      return;
    }
    const access = claims.access && { access: this.#running(claims.access) };
    this.#do({ kind: 'resume', connection, claims, ...access, message });
  }

  async #join(session: Session, message: JoinMessage): Promise<void> {
    const who = await this.#authenticate(message);
    // The socket may have gone while the token was checked.
    if (session.state.kind !== 'joining' || !this.#sessions.has(session.connection)) return;
    const now = this.#now();
    if (typeof who === 'string') {
      session.refuse(now, who);
      return;
    }
    if (!this.#options.isReady()) {
      session.refuse(now, 'serverStopping');
      return;
    }
    const isNewRoom = this.#registry.room(who.room) === undefined;
    if (isNewRoom && !this.#addresses.mayMakeRoom(now, session.address)) {
      session.refuse(now, 'rateLimited');
      return;
    }
    const participantId = this.#ids.next();
    const topology = message.topology && { topology: message.topology };
    this.#do({ kind: 'join', connection: session.connection, participantId, ...who, ...topology });
  }

  async #authenticate(message: JoinMessage): Promise<Identity | ErrorCode> {
    const { access, secret } = this.#options;
    const wantsLess = message.role === 'viewer';
    if (message.token !== undefined) {
      const result = await verifyAccessToken(message.token, secret);
      if (!result.ok) return result.code;
      const { grant } = result;
      if (grant.room !== message.room) return 'unauthorized';
      const name = grant.name ?? message.name;
      if (name === undefined) return 'nameRequired';
      const access = this.#running({ role: grant.role, expiresAt: result.expiresAt });
      return { ...grant, name, role: wantsLess ? 'viewer' : grant.role, access };
    }
    if (access === 'token') return 'unauthorized';
    if (message.name === undefined) return 'nameRequired';
    return { room: message.room, name: message.name, role: wantsLess ? 'viewer' : 'member' };
  }

  /** Reads an access token that shall take the place of the one before; the room decides whether it may. */
  #checkToken(participantId: string, id: number, token: string): void {
    this.#readAccess(token).then(
      (result) => {
        this.#do({ kind: 'tokenChecked', participantId, id, result });
      },
      (error: unknown) => {
        this.#options.log('error', 'Reading a token failed', { reason: describe(error) });
      },
    );
  }

  async #readAccess(token: string): Promise<RenewedAccess | ErrorCode> {
    const read = await verifyAccessToken(token, this.#options.secret);
    if (!read.ok) return read.code;
    const { role, ...grant } = read.grant;
    return { ...grant, term: this.#running({ role, expiresAt: read.expiresAt }) };
  }

  /** When a term ends, on the clock of the rooms. */
  #running(term: AccessTerm): RunningTerm {
    const leftSeconds = term.expiresAt - this.#options.clock.wallClock();
    return { ...term, endsAt: after(this.#now(), 1000 * leftSeconds) };
  }

  #handleClose(session: Session): void {
    if (!this.#sessions.delete(session.connection)) return;
    // A session that was closed by us may have been resumed or ended: the room knows.
    const { participantId } = session;
    if (participantId !== undefined) {
      this.#do({ kind: 'connectionLost', connection: session.connection, participantId });
    }
  }

  #tend(): void {
    const now = this.#now();
    for (const session of this.#sessions.values()) session.tend(now);
    this.#do({ kind: 'timeout' });
    if (++this.#ticks % 30 === 0) this.#addresses.forgetIdle(now);
  }
}

interface Identity {
  readonly room: string;
  readonly name: string;
  readonly role: Role;
  readonly permissions?: readonly string[];
  readonly access?: RunningTerm;
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function isNegotiation({ type }: ClientMessage): boolean {
  return type === 'offer' || type === 'answer' || type === 'candidate';
}

const TEND_MS = 1000;
const STOP_MS = 300;
