import type { EndReason, ErrorCode } from '@madang/wire/error-codes';
import { CloseCode } from '@madang/wire/error-codes';
import type { JoinedMessage, SequencedMessage, WaitingMessage } from '@madang/wire/server-messages';
import { ReconnectPlan } from './reconnect-plan.js';
import { refusedError } from './refusal.js';
import { aborted, errorOf, notConnected, unreachable } from './session-errors.js';
import type { AnsweredBody, PostedBody, RequestBody } from './request-body.js';
import { Session } from './session.js';
import type { JoinFields, Outcome, Snapshot } from './session.js';
import { SignalSocket } from './signal-socket.js';
import { signalUrl } from './signal-url.js';
import { onWake } from './wake-events.js';

export type { AnsweredBody, JoinFields, PostedBody, Snapshot };

/** Whom a session tells what happens. Errors of its methods are reported (`reportError`) and change nothing. */
export interface SignalingListener {
  /**
   * Every numbered message, in order, without a gap, each once: `joined` too, the first one and one with `restored`.
   * `ok` and `error` are not among them: they settle requests.
   */
  onMessage(message: SequencedMessage): void;
  /** The socket was lost / the session goes on. Not called for the first join. */
  onConnection(state: 'connected' | 'reconnecting'): void;
  /**
   * The session could not be resumed and the client has joined anew: another participantId, another room state, numbers
   * from the start, and no request of before is under way (they were rejected).
   */
  onRejoined(joined: JoinedMessage): void;
  /**
   * Over for good, told once, and the last thing told. Not called before `join` has resolved. `lost`: the server was out
   * of reach for too long or did not let the client in again; `error` says which.
   */
  onEnded(reason: EndReason | 'lost', error?: Error): void;
  /** What to restore on a server that was restarted. */
  snapshot(): Snapshot;
}

interface Waiter {
  readonly type: RequestBody['type'];
  resolve(): void;
  reject(error: Error): void;
}

type Timer = ReturnType<typeof setTimeout>;

/**
 * A session with the signaling server that outlives its sockets: lost ones are replaced, what was missed is fetched,
 * what was not answered is sent again, and when the server has given the session up the client joins anew.
 */
export class SignalingClient {
  readonly #url: string;
  #fields: JoinFields;
  readonly #plan = new ReconnectPlan();
  readonly #waiters = new Map<number, Waiter>();
  readonly #stopWake: () => void;
  #listener: SignalingListener;
  #session: Session;
  #socket: SignalSocket | undefined;
  #socketOpenedAtMs = 0;
  #participantId = '';
  #isEntered = false;
  #isReconnecting = false;
  /** From `waiting` until `joined`: what is asked meanwhile would be refused. */
  #isWaiting = false;
  /** From giving a session up until `joined` of the next. */
  #isRejoining = false;
  #isOver = false;
  #joining: { resolve(client: SignalingClient): void; reject(error: Error): void } | undefined;
  #leaving: { readonly done: Promise<void>; resolve(): void } | undefined;
  #retryTimer: Timer | undefined;
  #sendTimer: Timer | undefined;
  #confirmTimer: Timer | undefined;
  #leaveTimer: Timer | undefined;
  #lastProblem: Error | undefined;

  /**
   * Enters a room; resolves at `joined`. Where there is a lobby, `waiting` is told to the listener first.
   * @param url the server, http(s) or ws(s); `/signal` is added
   * @throws RefusedError, also with `denied`; NetworkError `serverUnreachable`, `timeout`, `aborted`; UsageError
   */
  static async join(
    url: string | URL,
    fields: JoinFields,
    listener: SignalingListener,
    signal?: AbortSignal,
  ): Promise<SignalingClient> {
    const address = signalUrl(url);
    if (signal?.aborted === true) throw aborted();
    const client = new SignalingClient(address, fields, listener);
    const abort = () => {
      client.#abort();
    };
    signal?.addEventListener('abort', abort);
    try {
      return await new Promise((resolve, reject) => {
        client.#joining = { resolve, reject };
        client.#open();
      });
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  private constructor(url: string, fields: JoinFields, listener: SignalingListener) {
    this.#url = url;
    // Only what belongs to a join goes to the server.
    const { room, name, token, role, topology } = fields;
    this.#fields = {
      room,
      ...(name === undefined ? {} : { name }),
      ...(token === undefined ? {} : { token }),
      ...(role === undefined ? {} : { role }),
      ...(topology === undefined ? {} : { topology }),
    };
    this.#listener = listener;
    this.#session = new Session(this.#fields);
    this.#stopWake = onWake((what) => {
      this.#wake(what);
    });
  }

  /** Who this client is; another id after `onRejoined`. */
  get participantId(): string {
    return this.#participantId;
  }

  /**
   * Sends a request and resolves when it was carried out. Kept while the socket is lost and sent again after a resume.
   * @throws RefusedError; NetworkError `notConnected` when the session ends without an answer
   */
  request(body: AnsweredBody): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#request(body, { type: body.type, resolve, reject });
    });
  }

  /** Goes on with a newer access token, also when the client has to join anew. @throws as `request` */
  async renewToken(token: string): Promise<void> {
    await this.request({ type: 'renewToken', token });
    this.#fields = { ...this.#fields, token };
  }

  /** As `request`, for what the server does not answer (descriptions, candidates): whether it was refused does not matter. */
  post(body: PostedBody): void {
    this.#request(body, undefined);
  }

  /** Leaves: resolves when the server has answered, after a second at most. */
  leave(): Promise<void> {
    if (this.#isOver) return Promise.resolve();
    if (this.#leaving !== undefined) return this.#leaving.done;
    let resolve = () => {};
    const done = new Promise<void>((settle) => (resolve = settle));
    this.#leaving = { done, resolve };
    this.#leaveTimer = setTimeout(() => {
      this.#end('left');
    }, LEAVE_MS);
    this.#session.request({ type: 'leave' });
    // Where an answer is awaited, the request follows it.
    if (this.#socket !== undefined) this.#flush();
    else if (this.#session.participantId === undefined) this.#end('left');
    else this.#attempt();
    return done;
  }

  /** Leaves without waiting for anything: for `pagehide`. */
  leaveNow(): void {
    if (this.#isOver) return;
    if (this.#isEntered) this.#socket?.send(this.#session.lastWord());
    this.#end('left');
  }

  #request(body: RequestBody, waiter: Waiter | undefined): void {
    if (this.#isOver || this.#leaving !== undefined || this.#isRejoining) {
      waiter?.reject(notConnected(body.type));
      return;
    }
    const id = this.#session.request(body);
    if (id === 'tooLarge') waiter?.reject(refusedError(`'${body.type}' was not sent`, 'tooLarge'));
    else if (id === 'tooMany') waiter?.reject(refusedError(`'${body.type}' was not sent`, 'rateLimited'));
    else {
      if (waiter !== undefined) this.#waiters.set(id, waiter);
      this.#flush();
    }
  }

  /** Sends what may be sent now, and comes back for the rest. */
  #flush(): void {
    if (!this.#isEntered || this.#sendTimer !== undefined) return;
    if (this.#isWaiting && this.#leaving === undefined) return;
    const { texts, waitMs } = this.#session.due(performance.now());
    for (const text of texts) this.#socket?.send(text);
    if (texts.length > 0 && this.#session.hasPosted) this.#confirmLater();
    if (waitMs === undefined) return;
    this.#sendTimer = setTimeout(() => {
      this.#sendTimer = undefined;
      this.#flush();
    }, waitMs);
  }

  /** Nobody answers what was posted. What comes anyway mostly says that it has arrived; else the server is asked. */
  #confirmLater(): void {
    this.#confirmTimer ??= setTimeout(() => {
      this.#confirmTimer = undefined;
      if (this.#isEntered && this.#session.hasPosted) this.#socket?.send(this.#session.ping());
    }, CONFIRM_MS);
  }

  #open(): void {
    this.#socketOpenedAtMs = performance.now();
    const listener = {
      entry: () => this.#session.entry(this.#snapshot()),
      ping: () => this.#session.ping(),
      onText: (text: string) => {
        this.#receive(text);
      },
      onLost: (cause: number | 'silence') => {
        this.#lost(cause);
      },
    };
    const isFirst = this.#joining !== undefined && this.#session.participantId === undefined;
    this.#socket = new SignalSocket(this.#url, listener, isFirst ? FIRST_ANSWER_MS : ANSWER_MS);
  }

  #snapshot(): Snapshot {
    try {
      return this.#listener.snapshot();
    } catch (error) {
      reportError(error);
      return { tracks: [], handRaised: false };
    }
  }

  #receive(text: string): void {
    const outcome = this.#session.receive(text);
    switch (outcome.kind) {
      case 'nothing':
        break;
      case 'message':
        this.#deliver(outcome.message);
        break;
      case 'entered':
        this.#entered(outcome.message);
        break;
      case 'refused':
        this.#refused(outcome.code);
        break;
      case 'answered':
        this.#answered(outcome);
        break;
      case 'ended':
        this.#end(outcome.reason);
        break;
      case 'gap':
        this.#lost('silence');
        break;
      default:
        outcome satisfies never;
    }
    if (this.#isEntered && this.#session.wantsToAcknowledge) this.#socket?.send(this.#session.ping());
  }

  #answered({ id, code }: Extract<Outcome, { kind: 'answered' }>): void {
    const waiter = this.#waiters.get(id);
    if (waiter === undefined) return;
    this.#waiters.delete(id);
    if (code === undefined) waiter.resolve();
    else waiter.reject(refusedError(`The server refused '${waiter.type}'`, code));
  }

  /** The server has answered `join` or `resume`. */
  #entered(message: JoinedMessage | WaitingMessage | undefined): void {
    this.#isEntered = true;
    this.#plan.entered(performance.now());
    this.#socket?.entered();
    this.#participantId = this.#session.participantId ?? '';
    if (message?.type === 'waiting') this.#isWaiting = true;
    if (message !== undefined) this.#deliver(message);
    // A listener may have left.
    if (this.#isOver) return;
    this.#flush();
    // Back in a lobby, after a restart of the server, is not yet back in the room.
    if (!this.#isRejoining && (!this.#isWaiting || this.#joining !== undefined)) this.#connected();
  }

  #deliver(message: SequencedMessage): void {
    if (message.type !== 'joined') {
      this.#tell((listener) => {
        listener.onMessage(message);
      });
      return;
    }
    const isRejoined = this.#isRejoining && this.#joining === undefined;
    this.#isRejoining = false;
    this.#isWaiting = false;
    this.#tell((listener) => {
      if (isRejoined) listener.onRejoined(message);
      else listener.onMessage(message);
    });
    if (this.#isOver) return;
    this.#joining?.resolve(this);
    this.#joining = undefined;
    this.#connected();
    this.#flush();
  }

  #connected(): void {
    if (!this.#isReconnecting) return;
    this.#isReconnecting = false;
    this.#tell((listener) => {
      listener.onConnection('connected');
    });
  }

  /** `join` or `resume` was refused, or the access token has ended; the server closes the socket. */
  #refused(code: ErrorCode): void {
    if (this.#isEntered) {
      this.#end('lost', refusedError('The session has ended', code));
      return;
    }
    const isResume = this.#session.participantId !== undefined;
    const error = refusedError(`The server refused ${isResume ? 'the resume' : 'the join'}`, code);
    const isFirst = !isResume && !this.#isRejoining;
    if (isFirst || code === 'versionUnsupported') this.#end('lost', error);
    else if (PASSING.has(code)) this.#lost(CloseCode.refused, error);
    else if (isResume) {
      this.#giveSessionUp();
      this.#plan.joinAnew(performance.now());
      this.#lost(CloseCode.refused, error);
    } else this.#end('lost', error);
  }

  #lost(cause: number | 'silence', problem?: Error): void {
    if (this.#isOver) return;
    const wasEntered = this.#isEntered;
    this.#forgetSocket();
    if (cause === CloseCode.replaced) {
      this.#end('replaced');
      return;
    }
    if (cause === CloseCode.refused && problem === undefined) {
      // Its code was none that is known here.
      this.#refused('resumeRefused');
      return;
    }
    this.#lastProblem = problem ?? unreachable(this.#url, cause);
    if (this.#session.participantId === undefined && !this.#isRejoining) {
      this.#end('lost', this.#lastProblem);
      return;
    }
    const now = performance.now();
    if (wasEntered) this.#plan.lost(now);
    if (!this.#isReconnecting) {
      this.#isReconnecting = true;
      this.#tell((listener) => {
        listener.onConnection('reconnecting');
      });
      // A listener may have left.
      if (this.#isOver) return;
    }
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => {
      this.#attempt();
    }, this.#plan.nextDelayMs(now));
  }

  #attempt(): void {
    clearTimeout(this.#retryTimer);
    this.#forgetSocket();
    const action = this.#plan.action(performance.now());
    if (action === 'giveUp') {
      this.#end('lost', this.#lastProblem);
      return;
    }
    if (action === 'join') this.#giveSessionUp();
    if (!this.#isOver) this.#open();
  }

  /** The session cannot be resumed: what it was asked for is rejected, and the next attempt joins. */
  #giveSessionUp(): void {
    if (this.#session.participantId === undefined) return;
    this.#isRejoining = true;
    this.#isWaiting = false;
    this.#session = new Session(this.#fields);
    this.#rejectAll();
    if (this.#leaving !== undefined) this.#end('left');
  }

  #wake(what: 'back' | 'gone'): void {
    if (this.#isOver) return;
    if (this.#isEntered) {
      this.#socket?.probe();
      return;
    }
    if (what === 'gone' || !this.#isReconnecting) return;
    // An attempt that began before the network came back may hang for long.
    if (this.#socket === undefined || performance.now() - this.#socketOpenedAtMs > STALE_ATTEMPT_MS) {
      this.#attempt();
    }
  }

  #abort(): void {
    const joining = this.#joining;
    if (joining === undefined) return;
    this.#joining = undefined;
    this.#listener = SILENT;
    joining.reject(aborted());
    // A join that was sent is carried out: nobody shall see somebody who has given up.
    void this.leave();
  }

  #end(how: EndReason | 'lost', cause?: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const reason = this.#leaving !== undefined && how === 'lost' ? 'left' : how;
    this.#forgetSocket();
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#leaveTimer);
    this.#stopWake();
    this.#rejectAll();
    this.#leaving?.resolve();
    const error = errorOf(reason, cause);
    if (this.#joining !== undefined) this.#joining.reject(error ?? aborted());
    else {
      this.#tell((listener) => {
        if (error === undefined) listener.onEnded(reason);
        else listener.onEnded(reason, error);
      });
    }
    this.#joining = undefined;
  }

  #forgetSocket(): void {
    this.#socket?.close();
    this.#socket = undefined;
    this.#isEntered = false;
    clearTimeout(this.#sendTimer);
    this.#sendTimer = undefined;
    clearTimeout(this.#confirmTimer);
    this.#confirmTimer = undefined;
  }

  #rejectAll(): void {
    for (const waiter of this.#waiters.values()) waiter.reject(notConnected(waiter.type));
    this.#waiters.clear();
  }

  #tell(call: (listener: SignalingListener) => void): void {
    try {
      call(this.#listener);
    } catch (error) {
      reportError(error);
    }
  }
}

/** For who has given up: what comes now concerns nobody. */
const SILENT: SignalingListener = {
  onMessage: () => undefined,
  onConnection: () => undefined,
  onRejoined: () => undefined,
  onEnded: () => undefined,
  snapshot: () => ({ tracks: [], handRaised: false }),
};

/** Refusals that may be another answer in a moment. */
const PASSING: ReadonlySet<ErrorCode> = new Set(['serverStopping', 'serverFull', 'roomFull', 'rateLimited']);

/** How long a person who joins may wait, and how long an attempt to come back may take before the next one. */
const FIRST_ANSWER_MS = 10_000;
const ANSWER_MS = 5_000;
const LEAVE_MS = 1_000;
/** What is not known to have arrived is sent again after a restart of the server: that shall be little. */
const CONFIRM_MS = 500;
const STALE_ATTEMPT_MS = 1_000;
