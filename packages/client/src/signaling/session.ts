import { isPosted } from '@madang/wire/client-messages';
import type { RequestMessage } from '@madang/wire/client-messages';
import { decodeServerMessage } from '@madang/wire/decode';
import { encodeClientMessage } from '@madang/wire/encode';
import type { EndReason, ErrorCode } from '@madang/wire/error-codes';
import { utf8Length } from '@madang/wire/json-shape';
import { WireLimit } from '@madang/wire/limits';
import type { Topology, TrackInfo } from '@madang/wire/room-state';
import type {
  JoinedMessage,
  SequencedMessage,
  ServerMessage,
  WaitingMessage,
} from '@madang/wire/server-messages';
import { PROTOCOL_VERSION } from '@madang/wire/version';
import type { RequestBody } from './request-body.js';
import { SendPace } from './send-pace.js';

/** Whom to be, and where. */
export interface JoinFields {
  readonly room: string;
  readonly name?: string;
  readonly token?: string;
  readonly role?: 'viewer';
  /** Of the room, should it be made by this join. */
  readonly topology?: Topology;
}

/** What a server that was restarted is told along with the resume. */
export interface Snapshot {
  readonly tracks: readonly TrackInfo[];
  readonly handRaised: boolean;
}

/** What came of a text from the server. */
export type Outcome =
  | { readonly kind: 'nothing' }
  /** Part of the session's story, in order and new. */
  | { readonly kind: 'message'; readonly message: SequencedMessage }
  /** `join` or `resume` was answered; a `joined` or `waiting` that answered it has begun the numbers anew. */
  | { readonly kind: 'entered'; readonly message: JoinedMessage | WaitingMessage | undefined }
  /** `join` or `resume` was refused, or the access token of a session has ended. */
  | { readonly kind: 'refused'; readonly code: ErrorCode }
  /** A request was carried out, or refused with `code`. */
  | { readonly kind: 'answered'; readonly id: number; readonly code: ErrorCode | undefined }
  | { readonly kind: 'ended'; readonly reason: EndReason }
  /** A number is missing: only a resume brings what was lost. */
  | { readonly kind: 'gap' };

/**
 * One session with the server: numbers of messages and requests, acknowledgements, resume tokens, and what has to be
 * said again on another socket (docs/signaling-protocol.md, "Numbers"). Knows no socket, timer or clock. For each
 * socket: send `entry()`, give every text to `receive`, and once one answered `entered` send what `due` says.
 */
export class Session {
  readonly #fields: JoinFields;
  #participantId: string | undefined;
  #resumeToken: string | undefined;
  #isEntered = false;
  #lastSeq = 0;
  #lastId = 0;
  /** Up to which id requests were sent on this socket, or are known to have arrived. */
  #sentId = 0;
  /** Requests without an answer, and posted ones not known to have arrived, by id, in the order of ids. */
  readonly #unanswered = new Map<number, RequestMessage>();
  #pace = new SendPace();
  #messagesToAcknowledge = 0;
  #unitsToAcknowledge = 0;

  constructor(fields: JoinFields) {
    this.#fields = fields;
  }

  /** Known once the server has answered the join. */
  get participantId(): string | undefined {
    return this.#participantId;
  }

  /** Whether so much came without an acknowledgement that the server should hear of it before the next ping. */
  get wantsToAcknowledge(): boolean {
    return (
      this.#messagesToAcknowledge >= ACKNOWLEDGE_MESSAGES || this.#unitsToAcknowledge >= ACKNOWLEDGE_UNITS
    );
  }

  /** Whether something was posted on this socket of which is not known that it has arrived: a ping would tell. */
  get hasPosted(): boolean {
    for (const [id, { type }] of this.#unanswered) if (id <= this.#sentId && isPosted(type)) return true;
    return false;
  }

  /** The first text of a new socket: `join`, or `resume` where there is something to resume. */
  entry(snapshot: Snapshot): string {
    this.#isEntered = false;
    const version = PROTOCOL_VERSION;
    if (this.#resumeToken === undefined) {
      return encodeClientMessage({ type: 'join', version, ...this.#fields });
    }
    const resumeToken = this.#resumeToken;
    return encodeClientMessage({
      type: 'resume',
      version,
      resumeToken,
      ack: this.#acknowledge(),
      ...snapshot,
    });
  }

  ping(): string {
    return encodeClientMessage({ type: 'ping', ack: this.#acknowledge() });
  }

  /** Numbers and keeps a request; answers its id, or why it cannot be sent. */
  request(body: RequestBody): number | 'tooLarge' | 'tooMany' {
    const limit =
      body.type === 'offer' || body.type === 'answer' ? WireLimit.sdpMessageBytes : WireLimit.messageBytes;
    // Too large a message would cost the socket, and again after each resume.
    if (utf8Length(JSON.stringify(body), limit) > limit - NUMBERS_BYTES) return 'tooLarge';
    if (this.#unanswered.size >= UNANSWERED_REQUESTS) return 'tooMany';
    const id = ++this.#lastId;
    this.#unanswered.set(id, { ...body, id });
    return id;
  }

  /** A `leave` for the very last moment, outside the order of requests. */
  lastWord(): string {
    return encodeClientMessage({ type: 'leave', id: ++this.#lastId, ack: this.#acknowledge() });
  }

  /** The requests to send now, and after how many milliseconds to ask again (undefined: nothing waits). */
  due(nowMs: number): { readonly texts: readonly string[]; readonly waitMs: number | undefined } {
    const texts: string[] = [];
    if (!this.#isEntered || this.#sentId === this.#lastId) return { texts, waitMs: undefined };
    for (const [id, message] of this.#unanswered) {
      if (id <= this.#sentId) continue;
      const waitMs = this.#pace.take(message.type, nowMs);
      if (waitMs > 0) return { texts, waitMs };
      texts.push(encodeClientMessage({ ...message, ack: this.#acknowledge() }));
      this.#sentId = id;
    }
    return { texts, waitMs: undefined };
  }

  /** Takes a text from the server. Never throws. */
  receive(text: string): Outcome {
    const decoded = decodeServerMessage(text);
    if (!decoded.ok) return this.#receiveUnknown(text);
    const { message } = decoded;
    this.#unitsToAcknowledge += text.length;
    if ('resumeToken' in message) this.#resumeToken = message.resumeToken;
    if ('lastRequestId' in message) this.#settlePosted(message.lastRequestId ?? 0);
    switch (message.type) {
      case 'pong':
      case 'resumeToken':
        return NOTHING;
      case 'ended':
        return { kind: 'ended', reason: message.reason };
      case 'resumed':
        if (this.#isEntered) return NOTHING;
        this.#enter(message.participantId, message.lastRequestId);
        return { kind: 'entered', message: undefined };
      case 'error':
        return this.#receiveError(message);
      case 'ok':
        return this.#count(message.seq) ?? this.#settle(message.re, undefined);
      case 'joined':
      case 'waiting':
        if (!this.#isEntered) return this.#enterAnew(message);
        break;
      default:
    }
    return this.#count(message.seq) ?? { kind: 'message', message };
  }

  #enter(participantId: string, lastRequestId: number): void {
    this.#isEntered = true;
    this.#participantId = participantId;
    this.#sentId = lastRequestId;
    this.#pace = new SendPace();
  }

  #enterAnew(message: JoinedMessage | WaitingMessage): Outcome {
    this.#enter(message.participantId, 0);
    this.#lastSeq = message.seq;
    this.#messagesToAcknowledge = 1;
    return { kind: 'entered', message };
  }

  #receiveError({ code, re, seq }: Extract<ServerMessage, { type: 'error' }>): Outcome {
    // Without `re` it is about something that was no request: of a socket that is in, nobody waits for it, unless it
    // says why the server is about to close the session.
    if (re === undefined) {
      return this.#isEntered && code !== 'tokenExpired' ? NOTHING : { kind: 'refused', code };
    }
    return this.#count(seq) ?? this.#settle(re, code);
  }

  /** A message of a newer server that is of no known shape must look neither like a gap nor like no answer. */
  #receiveUnknown(text: string): Outcome {
    const fields = recordOf(text);
    const seq = fields['seq'];
    const re = fields['re'];
    const uncounted = this.#count(Number.isSafeInteger(seq) ? (seq as number) : undefined);
    return uncounted ?? (typeof re === 'number' ? this.#settle(re, 'malformed') : NOTHING);
  }

  /** Up to there requests have arrived, and those that were refused have been answered. */
  #settlePosted(lastRequestId: number): void {
    for (const [id, { type }] of this.#unanswered) {
      if (id > lastRequestId) return;
      if (isPosted(type)) this.#unanswered.delete(id);
    }
  }

  #settle(id: number, code: ErrorCode | undefined): Outcome {
    this.#settlePosted(id - 1);
    return this.#unanswered.delete(id) ? { kind: 'answered', id, code } : NOTHING;
  }

  /** Counts a message; answers what comes of it where it is not the next one. */
  #count(seq: number | undefined): Outcome | undefined {
    if (seq === undefined) return undefined;
    if (seq <= this.#lastSeq) return NOTHING;
    if (seq !== this.#lastSeq + 1) return { kind: 'gap' };
    this.#lastSeq = seq;
    this.#messagesToAcknowledge++;
    return undefined;
  }

  #acknowledge(): number {
    this.#messagesToAcknowledge = 0;
    this.#unitsToAcknowledge = 0;
    return this.#lastSeq;
  }
}

function recordOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

const NOTHING: Outcome = { kind: 'nothing' };

/** What `id` and `ack` take in a message, at most. */
const NUMBERS_BYTES = 64;

/** More than any application has under way; reached only by a loop that does not look at the answers. */
const UNANSWERED_REQUESTS = 4000;

/** Well below what the server keeps: 2000 messages or 512 Ki characters. */
const ACKNOWLEDGE_MESSAGES = 200;
const ACKNOWLEDGE_UNITS = 128 * 1024;
