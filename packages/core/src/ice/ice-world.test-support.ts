import assert from 'node:assert/strict';
import { testingCrypto } from '../env/testing-crypto.test.js';
import type { Arrival, PathId } from '../path/path.js';
import { NO_PATH } from '../path/path.js';
import { PathTable } from '../path/path-table.js';
import { Transport } from '../path/transport-address.js';
import { Attribute } from '../stun/attributes.js';
import { MessageClass, messageType } from '../stun/message-type.js';
import { StunMessageWriter } from '../stun/message-writer.js';
import { Method } from '../stun/methods.js';
import { StunParseResult } from '../stun/parse-result.js';
import type { Instant } from '../time/instant.js';
import { instant } from '../time/instant.js';
import { ICE_DROP_REASONS } from './ice-drop-reason.js';
import type { IceLiteAgentOptions } from './ice-lite-agent.js';
import { IceLiteAgent } from './ice-lite-agent.js';
import { createIceMessageView } from './ice-messages.js';

/** Credentials by generation, ours and the peer's. */
export const LOCAL = [
  { ufrag: 'srv0', pwd: 'server-password-number-0' },
  { ufrag: 'srv1', pwd: 'server-password-number-1' },
] as const;
export const REMOTE = [
  { ufrag: 'cli0', pwd: 'client-password-number-0' },
  { ufrag: 'cli1', pwd: 'client-password-number-1' },
] as const;

export interface CheckOptions {
  readonly username?: string;
  readonly password?: string;
  /** USE-CANDIDATE; `unprotected`: behind MESSAGE-INTEGRITY. */
  readonly use?: true | 'unprotected';
  readonly priority?: number;
  readonly controlled?: boolean;
  readonly unknown?: number;
  readonly fingerprint?: 'right' | 'none';
  readonly transport?: 'udp' | 'tcp';
}

interface SentCheck {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly at: number;
}

/**
 * An agent and everything around it, told the time. Addresses are named by letters; what the agent does is written down
 * as short sentences.
 */
export class IceWorld {
  now = 0;
  readonly agent: IceLiteAgent;
  readonly paths = new PathTable({ maximumPaths: 100, seed: 1 });
  /** What happened since it was last taken. */
  readonly #log: string[] = [];
  /** All checks the agent has sent. */
  readonly sent: SentCheck[] = [];
  /** Bytes by address. */
  readonly received = new Map<string, number>();
  readonly transmitted = new Map<string, number>();
  readonly #names = new Map<PathId, string>();
  readonly #view = createIceMessageView();
  #counter = 1;
  #replyTo = '';

  constructor(options: Partial<IceLiteAgentOptions> & { randomByte?: number } = {}) {
    this.agent = new IceLiteAgent({
      local: LOCAL[0],
      crypto: testingCrypto,
      random: {
        // One byte is the jitter of consent; longer ones are transaction ids, all different.
        fillPublic: (into) => {
          if (into.length === 1) into[0] = options.randomByte ?? 128;
          else new DataView(into.buffer, into.byteOffset).setUint32(0, this.#counter++);
        },
        fillSecret: () => undefined,
      },
      ...options,
      sink: {
        retainPath: (arrival) => {
          const path = this.paths.intern(arrival);
          this.#names.set(path, this.#replyTo);
          return path;
        },
        releasePath: (path) => {
          this.#log.push(`release ${this.#names.get(path)}`);
          this.paths.release(path);
        },
        reply: (bytes, offset, length) => {
          this.#note(this.#replyTo, bytes.slice(offset, offset + length));
        },
        send: (path, bytes, offset, length) => {
          this.#note(this.#names.get(path)!, bytes.slice(offset, offset + length));
        },
        selectedPathChanged: (path) =>
          this.#log.push(path === NO_PATH ? 'selected none' : `selected ${this.#names.get(path)}`),
        restartCompleted: () => this.#log.push('restarted'),
        failed: (reason) => this.#log.push(`failed: ${reason}`),
        drop: (reason) => this.#log.push(`drop ${ICE_DROP_REASONS[reason]}`),
      },
    });
  }

  /** What the agent did since this was asked last. */
  take(): string[] {
    return this.#log.splice(0);
  }

  pathOf(name: string): PathId {
    return this.paths.lookup(this.arrival(name));
  }

  arrival(name: string, transport: 'udp' | 'tcp' = 'udp'): Arrival {
    const words = new Uint32Array(8);
    words[0] = 0x0a000000 + name.charCodeAt(0);
    const arrival: Arrival = {
      path: NO_PATH,
      socket: 0,
      transport: Transport[transport],
      family: 4,
      port: 5000 + name.charCodeAt(name.length - 1),
      words,
    };
    arrival.path = this.paths.lookup(arrival);
    return arrival;
  }

  /** The peer's check, as a browser sends it unless told otherwise. */
  check(from: string, options: CheckOptions = {}): void {
    const writer = new StunMessageWriter({ buffer: new Uint8Array(600) });
    const id = new Uint8Array(12);
    new DataView(id.buffer).setUint32(4, this.#counter++);
    writer.begin(messageType(Method.binding, MessageClass.request), id, 0);
    if (options.username !== '')
      writer.text(Attribute.username, options.username ?? `${LOCAL[0].ufrag}:${REMOTE[0].ufrag}`);
    writer.u32(Attribute.priority, options.priority ?? 100);
    writer.u64(options.controlled === true ? Attribute.iceControlled : Attribute.iceControlling, 7n);
    if (options.use === true) writer.flag(Attribute.useCandidate);
    if (options.unknown !== undefined) writer.u32(options.unknown, 0);
    writer.messageIntegrity(testingCrypto, Buffer.from(options.password ?? LOCAL[0].pwd));
    if (options.use === 'unprotected') writer.flag(Attribute.useCandidate);
    if (options.fingerprint !== 'none') writer.fingerprint();
    this.handleRequest(from, writer.buffer.slice(0, writer.length), options.transport);
  }

  handleRequest(from: string, bytes: Uint8Array, transport: 'udp' | 'tcp' = 'udp'): void {
    assert.equal(this.#view.parse(bytes, 0, bytes.length), StunParseResult.ok);
    const username = this.#view.readText(this.#view.find(Attribute.username), 600) ?? '';
    this.#replyTo = from;
    this.received.set(from, (this.received.get(from) ?? 0) + bytes.length);
    this.agent.handleRequest(this.at, this.#view, username, this.arrival(from, transport));
  }

  /** Answers one of the agent's checks (the last one to `to` unless told), from `from`. */
  answer(
    to: string,
    options: { from?: string; check?: SentCheck; password?: string; error?: number; id?: Uint8Array } = {},
  ): void {
    const check = options.check ?? this.sent.filter((sent) => sent.path === to).at(-1)!;
    const writer = new StunMessageWriter({ buffer: new Uint8Array(300) });
    const kind = options.error === undefined ? MessageClass.successResponse : MessageClass.errorResponse;
    writer.begin(messageType(Method.binding, kind), options.id ?? check.bytes, options.id ? 0 : 8);
    if (options.error === undefined)
      writer.xorAddress(Attribute.xorMappedAddress, {
        family: 4,
        bytes: new Uint8Array([1, 2, 3, 4]),
        port: 5,
      });
    else writer.errorCode(options.error);
    writer.messageIntegrity(testingCrypto, Buffer.from(options.password ?? REMOTE[0].pwd)).fingerprint();
    assert.equal(this.#view.parse(writer.buffer, 0, writer.length), StunParseResult.ok);
    this.agent.handleResponse(this.at, this.#view, this.pathOf(options.from ?? to));
  }

  /** Lets time pass, waking the agent whenever it asks for it. `each` is called after every wake-up. */
  wait(milliseconds: number, each: () => void = () => undefined): void {
    const end = this.now + milliseconds;
    while (this.agent.nextDeadline() <= end) {
      this.now = Math.max(this.now, this.agent.nextDeadline());
      this.agent.handleTimeout(this.at);
      each();
    }
    this.now = end;
  }

  /** A peer that has nominated and answers: the usual beginning. */
  connect(from: string, options: CheckOptions = {}): void {
    this.check(from, { use: true, ...options });
    this.answer(from);
    this.take();
  }

  get at(): Instant {
    return instant(this.now);
  }

  #note(to: string, bytes: Uint8Array): void {
    const view = createIceMessageView();
    assert.equal(view.parse(bytes, 0, bytes.length), StunParseResult.ok);
    assert.ok(view.hasFingerprint && view.integrityIndex >= 0);
    this.transmitted.set(to, (this.transmitted.get(to) ?? 0) + bytes.length);
    if (view.messageClass === MessageClass.request) {
      this.sent.push({ path: to, bytes, at: this.now });
      this.#log.push(`check ${to}`);
    } else if (view.messageClass === MessageClass.successResponse) this.#log.push(`success ${to}`);
    else this.#log.push(`error ${view.readErrorCode(view.find(Attribute.errorCode))} ${to}`);
  }
}
