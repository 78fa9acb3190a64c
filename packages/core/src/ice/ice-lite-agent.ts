import type { Crypto } from '../env/crypto.js';
import type { Random } from '../env/random.js';
import type { Arrival, PathId } from '../path/path.js';
import { NO_PATH } from '../path/path.js';
import { Transport } from '../path/transport-address.js';
import { Attribute } from '../stun/attributes.js';
import { verifyMessageIntegrity } from '../stun/integrity.js';
import { MessageClass } from '../stun/message-type.js';
import type { StunMessageView } from '../stun/message-view.js';
import type { Instant } from '../time/instant.js';
import { after, NEVER } from '../time/instant.js';
import type { IceCredentials } from './ice-credentials.js';
import { IceGeneration } from './ice-credentials.js';
import { IceDropReason } from './ice-drop-reason.js';
import { IceMessages } from './ice-messages.js';
import { IcePath } from './ice-path.js';

/** Where an agent puts its effects. None of these may call back into the agent. */
export interface IceAgentSink {
  /** Interns the path of a check that was found valid; NO_PATH when it cannot be had. */
  retainPath(arrival: Arrival): PathId;
  /** The agent has done with a path it was given. */
  releasePath(path: PathId): void;
  /** Answers the sender of the message being handled. Bytes are copied. */
  reply(bytes: Uint8Array, offset: number, length: number): void;
  /** Sends to a path. Bytes are copied. */
  send(path: PathId, bytes: Uint8Array, offset: number, length: number): void;
  /** Media goes to this path from now on, or nowhere (NO_PATH). */
  selectedPathChanged(path: PathId): void;
  /** The credentials before the last `restart` are no longer valid. */
  restartCompleted(): void;
  /** Nothing will be sent any more. The owner calls `close`. */
  failed(reason: string): void;
  /** A message was ignored. */
  drop(reason: IceDropReason): void;
}

export interface IceLiteAgentOptions {
  readonly local: IceCredentials;
  readonly crypto: Crypto;
  readonly random: Random;
  readonly sink: IceAgentSink;
  /** How long may pass without an answer to our checks until nothing is sent any more (RFC 7675). Default 15. */
  readonly consentSeconds?: number;
  /** How long the peer has, once its credentials are known, to nominate a path. Default 30. */
  readonly connectSeconds?: number;
}

/** Paths kept per agent; see threat I2. */
export const MAXIMUM_ICE_PATHS = 8;

/**
 * The ICE of one transport in the role of a server with a public address: lite (RFC 8445 section 2.5), always
 * controlled, in that it gathers nothing and begins no checks of its own. Unlike a lite agent it answers every valid
 * check from a new address with a check to it, so that media goes only where somebody has answered (threats I2, I3), and
 * never to an address that did not send first (I5).
 */
export class IceLiteAgent {
  readonly #sink: IceAgentSink;
  readonly #crypto: Crypto;
  readonly #messages: IceMessages;
  readonly #random: Random;
  readonly #consentMs: number;
  readonly #connectMs: number;
  readonly #paths: IcePath[] = [];
  /** The credentials in use, and those before them until the new ones are nominated. */
  #generation: IceGeneration;
  #previous: IceGeneration | undefined;
  #selected: IcePath | undefined;
  #hasConnected: 'no' | 'yes' = 'no';
  #isOver: 'no' | 'yes' = 'no';
  #connectBy = NEVER;
  /** When any of our checks was last answered. */
  #answeredAt = -Infinity as Instant;
  /** When the selected path is checked next, and when it would be if the last check is answered. */
  #consentDueAt = NEVER;
  #consentPeriodEndsAt = NEVER;
  #roundTripMs = 0;
  readonly #transactionId = new Uint8Array(12);
  readonly #randomByte = new Uint8Array(1);

  constructor(options: IceLiteAgentOptions) {
    this.#sink = options.sink;
    this.#crypto = options.crypto;
    this.#random = options.random;
    this.#messages = new IceMessages({ crypto: options.crypto, random: options.random });
    this.#consentMs = 1000 * Math.min(options.consentSeconds ?? 15, MAXIMUM_CONSENT_SECONDS);
    this.#connectMs = 1000 * (options.connectSeconds ?? 30);
    this.#generation = new IceGeneration(0, options.local);
  }

  /** Where media goes: the nominated path that has answered; NO_PATH when there is none. */
  get selectedPath(): PathId {
    return this.#selected?.id ?? NO_PATH;
  }

  /** The selected path, or before there is one the path the last valid check came from. */
  get currentPath(): PathId {
    if (this.#selected !== undefined) return this.#selected.id;
    let latest: IcePath | undefined;
    for (const path of this.#paths) if (latest === undefined || path.heardAt >= latest.heardAt) latest = path;
    return latest?.id ?? NO_PATH;
  }

  /** Smoothed round-trip time of our checks; 0 until one was answered. */
  get roundTripMs(): number {
    return this.#roundTripMs;
  }

  /** The peer's credentials, for the newest of ours. Paths it has checked already are checked now. */
  setRemote(now: Instant, remote: IceCredentials): void {
    if (this.#generation.remoteUfrag === remote.ufrag) return;
    this.#generation.setRemote(remote);
    if (this.#hasConnected === 'no') this.#connectBy = after(now, this.#connectMs);
    for (const path of this.#paths) {
      if (path.generation === this.#generation.number && !this.#isValid(now, path))
        this.#beginValidation(now, path);
    }
  }

  /**
   * ICE restart (RFC 8445 section 9): new credentials beside the ones in use, which stay valid until a path is nominated
   * with the new ones. Media goes on.
   */
  restart(now: Instant, local: IceCredentials, remote?: IceCredentials): void {
    // A restart that never came to its end is replaced: the credentials that work are kept.
    if (this.#previous === undefined || this.#hasPathsOf(this.#generation)) this.#previous = this.#generation;
    this.#generation = new IceGeneration(this.#generation.number + 1, local);
    if (remote !== undefined) this.setRemote(now, remote);
  }

  /** Our user fragment, the newest. */
  get localUfrag(): string {
    return this.#generation.localUfrag;
  }

  /** Whether a check of ours to this path was ever answered. */
  hasAnswered(path: PathId): boolean {
    return (this.#find(path)?.answeredGeneration ?? -1) >= 0;
  }

  /** A Binding request whose USERNAME is `username`. `arrival` is where it came from, `length` its size. */
  handleRequest(now: Instant, view: StunMessageView, username: string, arrival: Arrival): void {
    if (this.#isOver === 'yes') return;
    const generation = this.#generationOf(username);
    if (generation === undefined) return this.#sink.drop(IceDropReason.ice_unknown_username);
    if (!view.hasFingerprint) return this.#sink.drop(IceDropReason.ice_no_fingerprint);
    if (!verifyMessageIntegrity(view, this.#crypto, generation.localKey))
      return this.#sink.drop(IceDropReason.ice_wrong_integrity);
    const refusal = this.#messages.writeRefusal(view, generation.localKey);
    if (refusal > 0) return this.#sink.reply(this.#messages.bytes, 0, refusal);
    const path = this.#take(now, arrival, generation);
    if (path === undefined) return this.#sink.drop(IceDropReason.ice_path_refused);
    path.receivedBytes += view.len;
    path.heardAt = now;
    path.priority = view.readU32(view.find(Attribute.priority)) ?? 0;
    if (view.has(Attribute.useCandidate)) path.nominatedAt = now;
    const isValid = this.#isValid(now, path);
    // Our check goes first: so does the peer's answer, and what follows ours to it may be longer than three times this.
    if (!isValid) this.#beginValidation(now, path);
    this.#answer(path, view, arrival, generation);
    if (isValid && path.nominatedAt === now) this.#consider(now, path);
  }

  /** A Binding success or error response that came from `path`. */
  handleResponse(now: Instant, view: StunMessageView, pathId: PathId): void {
    const path = this.#find(pathId);
    if (path?.hasTransaction(view) !== true) return this.#sink.drop(IceDropReason.ice_unknown_transaction);
    const generation = this.#numbered(path.generation);
    if (generation === undefined || !verifyMessageIntegrity(view, this.#crypto, generation.remoteKey))
      return this.#sink.drop(IceDropReason.ice_wrong_integrity);
    // We never change roles, so a 487 changes nothing either: the check goes unanswered.
    if (view.messageClass !== MessageClass.successResponse)
      return this.#sink.drop(IceDropReason.ice_error_response);
    this.#measure(now - path.endTransaction(view), path);
    path.checkDeadline = NEVER;
    path.answeredAt = now;
    path.answeredGeneration = path.generation;
    this.#answeredAt = now;
    if (path === this.#selected) this.#consentDueAt = this.#consentPeriodEndsAt;
    this.#consider(now, path);
  }

  /** Counts bytes other than STUN that were taken from a path: what may be sent to it before it has answered grows. */
  noteReceived(pathId: PathId, length: number): void {
    const path = this.#find(pathId);
    if (path !== undefined) path.receivedBytes += length;
  }

  /** Whether `length` bytes may be sent to a path now; counts them if so. */
  admitSend(pathId: PathId, length: number): boolean {
    const path = this.#find(pathId);
    return path !== undefined && this.#isOver === 'no' && this.#spend(path, length);
  }

  /** The path is gone (a TCP connection was closed): it is released. */
  forgetPath(path: PathId): void {
    const known = this.#find(path);
    if (known !== undefined) this.#remove(known);
  }

  /** When `handleTimeout` wants to be called. */
  nextDeadline(): Instant {
    if (this.#isOver === 'yes') return NEVER;
    let deadline = this.#hasConnected === 'no' ? this.#connectBy : after(this.#answeredAt, this.#consentMs);
    for (const path of this.#paths) if (path.checkDeadline < deadline) deadline = path.checkDeadline;
    if (this.#selected === undefined) return deadline;
    const expiry = after(this.#selected.answeredAt, this.#consentMs);
    if (expiry < deadline) deadline = expiry;
    return this.#consentDueAt < deadline ? this.#consentDueAt : deadline;
  }

  /** Sends the checks that are due, and ends what has not been answered. */
  handleTimeout(now: Instant): void {
    if (this.#isOver === 'yes' || now < this.nextDeadline()) return;
    if (this.#hasConnected === 'no' ? now >= this.#connectBy : now >= this.#answeredAt + this.#consentMs) {
      this.#fail(
        this.#hasConnected === 'no'
          ? 'ICE: no path was nominated and answered in time'
          : 'ICE: the peer has stopped answering (consent)',
      );
      return;
    }
    for (const path of this.#paths) if (now >= path.checkDeadline) this.#repeatCheck(now, path);
    if (this.#selected !== undefined && now >= this.#selected.answeredAt + this.#consentMs)
      this.#selectAnother(now);
    if (this.#selected !== undefined && now >= this.#consentDueAt) this.#checkConsent(now, this.#selected);
  }

  /** Releases all paths and ends. */
  close(): void {
    this.#isOver = 'yes';
    this.#selected = undefined;
    for (const path of this.#paths) this.#sink.releasePath(path.id);
    this.#paths.length = 0;
  }

  #generationOf(username: string): IceGeneration | undefined {
    if (this.#generation.accepts(username)) return this.#generation;
    return this.#previous?.accepts(username) === true ? this.#previous : undefined;
  }

  #numbered(generation: number): IceGeneration | undefined {
    if (this.#generation.number === generation) return this.#generation;
    return this.#previous?.number === generation ? this.#previous : undefined;
  }

  #hasPathsOf(generation: IceGeneration): boolean {
    return this.#paths.some((path) => path.generation === generation.number);
  }

  #find(path: PathId): IcePath | undefined {
    for (const known of this.#paths) if (known.id === path) return known;
    return undefined;
  }

  /** The path a valid check came from; a new one takes the place of the oldest when there are too many. */
  #take(now: Instant, arrival: Arrival, generation: IceGeneration): IcePath | undefined {
    const known = arrival.path === NO_PATH ? undefined : this.#find(arrival.path);
    if (known !== undefined) {
      if (known.generation < generation.number) {
        // After a restart what was nominated and answered before counts no more.
        known.generation = generation.number;
        known.nominatedAt = -Infinity as Instant;
        known.checkDeadline = NEVER;
      }
      return known;
    }
    if (this.#paths.length === MAXIMUM_ICE_PATHS) this.#evict(now);
    const id = this.#sink.retainPath(arrival);
    if (id === NO_PATH) return undefined;
    const kind = arrival.transport === Transport.udp ? 'datagram' : 'stream';
    const path = new IcePath(id, kind, generation.number, now);
    this.#paths.push(path);
    return path;
  }

  /** Gives up the oldest path that has not answered; if all have, the one not heard of for longest. */
  #evict(now: Instant): void {
    let worst: IcePath | undefined;
    for (const path of this.#paths) {
      if (path !== this.#selected && (worst === undefined || this.#isWorse(now, path, worst))) worst = path;
    }
    if (worst !== undefined) this.#remove(worst);
  }

  #isWorse(now: Instant, path: IcePath, than: IcePath): boolean {
    const valid = this.#isValid(now, path);
    if (valid !== this.#isValid(now, than)) return !valid;
    return valid ? path.heardAt < than.heardAt : path.createdAt < than.createdAt;
  }

  #remove(path: IcePath): void {
    this.#paths.splice(this.#paths.indexOf(path), 1);
    if (path === this.#selected) this.#select(undefined, NEVER);
    this.#sink.releasePath(path.id);
  }

  #answer(path: IcePath, view: StunMessageView, arrival: Arrival, generation: IceGeneration): void {
    const length = this.#messages.writeAnswer(view, arrival, generation.localKey);
    if (this.#spend(path, length)) this.#sink.reply(this.#messages.bytes, 0, length);
  }

  /** Whether our check to this path was answered lately, with the credentials the path uses now. */
  #isValid(now: Instant, path: IcePath): boolean {
    return path.answeredGeneration === path.generation && now < path.answeredAt + this.#consentMs;
  }

  /** Counts bytes to be sent; false when that would be too much for a path that has never answered. */
  #spend(path: IcePath, length: number): boolean {
    const hasAnswered = path.answeredGeneration >= 0;
    if (!hasAnswered && path.sentBytes + length > AMPLIFICATION * path.receivedBytes) {
      this.#sink.drop(IceDropReason.ice_over_budget);
      return false;
    }
    path.sentBytes += length;
    return true;
  }

  #beginValidation(now: Instant, path: IcePath): void {
    if (path.checkDeadline !== NEVER || this.#numbered(path.generation)?.remoteUfrag === undefined) return;
    path.checkSends = 0;
    path.checkRtoMs = INITIAL_RTO_MS;
    this.#random.fillPublic(this.#transactionId);
    path.beginTransaction(now, this.#transactionId);
    this.#repeatCheck(now, path);
  }

  /** Sends the running check, or gives it up: the next valid check from there begins another. */
  #repeatCheck(now: Instant, path: IcePath): void {
    const maximum = path.kind === 'stream' ? 1 : MAXIMUM_SENDS;
    if (path.checkSends >= maximum) {
      path.checkDeadline = NEVER;
      return;
    }
    this.#sendCheck(path);
    path.checkSends++;
    path.checkDeadline = after(now, path.kind === 'stream' ? STREAM_TIMEOUT_MS : path.checkRtoMs);
    path.checkRtoMs = Math.min(2 * path.checkRtoMs, MAXIMUM_RTO_MS);
  }

  #sendCheck(path: IcePath): void {
    const generation = this.#numbered(path.generation);
    if (generation?.remoteUfrag === undefined) return;
    const length = this.#messages.writeCheck(path.transactionIds, path.newestTransactionOffset, generation);
    if (this.#spend(path, length)) this.#sink.send(path.id, this.#messages.bytes, 0, length);
  }

  /**
   * One check of the selected path (RFC 7675 section 5.1), never repeated with the same id. While one is not answered the
   * next comes after a second, so that a few lost packets do not end a call.
   */
  #checkConsent(now: Instant, path: IcePath): void {
    this.#random.fillPublic(this.#transactionId);
    path.beginTransaction(now, this.#transactionId);
    path.checkSends = 1;
    this.#sendCheck(path);
    this.#scheduleConsent(now);
    this.#consentDueAt = after(now, UNANSWERED_INTERVAL_MS);
  }

  #scheduleConsent(now: Instant): void {
    this.#random.fillPublic(this.#randomByte);
    const factor = 0.8 + (0.4 * this.#randomByte[0]!) / 255;
    this.#consentPeriodEndsAt = after(now, CONSENT_INTERVAL_MS * factor);
    this.#consentDueAt = this.#consentPeriodEndsAt;
  }

  /** Only of checks that were sent once: it is not known which of several was answered. */
  #measure(milliseconds: number, path: IcePath): void {
    if (path.checkSends > 1) return;
    // The clock is read once per turn of the driver: on the same machine no time seems to pass.
    const sample = Math.max(milliseconds, SHORTEST_ROUND_TRIP_MS);
    this.#roundTripMs =
      this.#roundTripMs === 0 ? sample : this.#roundTripMs + (sample - this.#roundTripMs) / 8;
  }

  /** Selects a path that is both nominated and valid, if it is better than the one in use. */
  #consider(now: Instant, path: IcePath): void {
    if (path.nominatedAt === -Infinity || !this.#isValid(now, path)) return;
    if (path !== this.#selected && (this.#selected === undefined || isBetter(path, this.#selected)))
      this.#select(path, now);
    if (path === this.#selected && path.generation === this.#generation.number) this.#completeRestart();
  }

  #selectAnother(now: Instant): void {
    this.#select(undefined, now);
    for (const path of this.#paths) this.#consider(now, path);
  }

  #select(path: IcePath | undefined, now: Instant): void {
    this.#selected = path;
    if (path !== undefined) {
      this.#hasConnected = 'yes';
      this.#scheduleConsent(now);
    } else this.#consentDueAt = NEVER;
    this.#sink.selectedPathChanged(path?.id ?? NO_PATH);
  }

  #completeRestart(): void {
    if (this.#previous === undefined) return;
    this.#previous = undefined;
    const old = this.#paths.filter((path) => path.generation < this.#generation.number);
    for (const path of old) this.#remove(path);
    this.#sink.restartCompleted();
  }

  #fail(reason: string): void {
    this.#isOver = 'yes';
    this.#select(undefined, NEVER);
    this.#sink.failed(reason);
  }
}

/**
 * Whether a path is to be used instead of the selected one. A peer that nominates every pair (RFC 5245) means the one of
 * highest priority; one that nominates another pair later means that one. The two are told apart by time.
 */
function isBetter(path: IcePath, selected: IcePath): boolean {
  if (path.generation !== selected.generation) return path.generation > selected.generation;
  const later = path.nominatedAt - selected.nominatedAt;
  if (path.priority > selected.priority) return later > -NOMINATION_HOLD_MS;
  return later >= (path.priority === selected.priority ? 0 : NOMINATION_HOLD_MS);
}

const MAXIMUM_CONSENT_SECONDS = 30;
/** RFC 7675 section 5.1. */
const CONSENT_INTERVAL_MS = 5000;
const UNANSWERED_INTERVAL_MS = 1000;
/** RFC 8489 section 6.2.1, the doubling capped: the peer is waiting for media. */
const INITIAL_RTO_MS = 500;
const MAXIMUM_RTO_MS = 2000;
const MAXIMUM_SENDS = 7;
const STREAM_TIMEOUT_MS = 10_000;
/** Times the bytes received that may be sent to an address that has not answered (RFC 9000 section 8 has the same). */
const AMPLIFICATION = 3;
const NOMINATION_HOLD_MS = 500;
const SHORTEST_ROUND_TRIP_MS = 0.1;
