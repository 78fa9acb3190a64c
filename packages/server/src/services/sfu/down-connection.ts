import type { RemoteTransportParameters } from '@madang/core/sfu/media-parameters';
import type { MediaSection } from '@madang/wire/media-server';
import { chooseCarried } from './carried-choice.js';
import type { DownPreference } from './carried-choice.js';
import { readDownAnswer } from './down-answer.js';
import { writeDownOffer } from './down-offer.js';
import type { DownSlot } from './down-offer.js';
import { DownSlots, mediaOf } from './down-slots.js';
import { keyOf } from './publication.js';
import type { Publication } from './publication.js';
import { refuse } from './session-description.js';
import type { Read } from './session-description.js';
import { newSessionId } from './transports.js';
import type { Transport, TransportOwner, Transports } from './transports.js';

/** An offer to be sent to the client. */
export interface DownOffer {
  readonly sdp: string;
  readonly media: readonly MediaSection[];
}

/**
 * The connection a participant receives on: the server offers, one offer at a time; what changes before the answer goes
 * into the next offer.
 */
export class DownConnection {
  readonly #transports: Transports;
  readonly #owner: TransportOwner;
  readonly #slots = new DownSlots();
  readonly #preferences = new Map<string, DownPreference>();
  #wanted: ReadonlyMap<string, Publication> = new Map();
  /** Of what is wanted, what gets an m-section. */
  #carried: ReadonlyMap<string, Publication> = new Map();
  #withheld: ReadonlySet<string> = new Set();
  /** By participant: 0 for who spoke last. */
  #spoken: ReadonlyMap<string, number> = new Map();
  /** Most videos of those who spoke last. */
  #lastN: number;
  #current: Current | undefined;
  /** The client has to ask before there is another connection. */
  #isGivenUp = false;

  /** @param lastN most videos of cameras it carries, unless the client asks for some by name */
  constructor(transports: Transports, owner: Omit<TransportOwner, 'direction'>, lastN: number) {
    this.#transports = transports;
    this.#lastN = lastN;
    this.#owner = { ...owner, direction: 'down' };
  }

  /** Keys of the videos that are not carried because others have spoken since. */
  get withheld(): ReadonlySet<string> {
    return this.#withheld;
  }

  /** Says what there is to receive; answers an offer where one is due. */
  subscribe(worker: number, wanted: ReadonlyMap<string, Publication>): DownOffer | undefined {
    this.#wanted = wanted;
    this.#choose();
    return this.#update(worker);
  }

  /** Others have spoken. Answers an offer where that brings other videos. */
  orderBySpeech(worker: number, spoken: ReadonlyMap<string, number>): DownOffer | undefined {
    this.#spoken = spoken;
    return this.#choose() ? this.#update(worker) : undefined;
  }

  /** Begins anew with another transport, as the client or a lost worker asks; answers the first offer. */
  restart(worker: number): DownOffer | undefined {
    this.#drop('close');
    this.#isGivenUp = false;
    return this.#update(worker);
  }

  /** Takes the answer to the last offer. What answers an earlier offer is ignored; a refused answer ends the connection. */
  handleAnswer(worker: number, sdp: string): Read<{ next: DownOffer | undefined }> {
    const current = this.#current;
    const offered = current?.offered;
    if (current === undefined || offered === undefined) return NOTHING_NEXT;
    const read = readDownAnswer(sdp, offered);
    if (read.ok && read.answer === undefined) return NOTHING_NEXT;
    const reason = read.ok ? problemWith(current.remote, read.answer?.remote) : read.reason;
    if (!read.ok || read.answer === undefined || reason !== undefined) {
      this.giveUp('close');
      return refuse(reason ?? '');
    }
    const { remote = current.remote, sections } = read.answer;
    const { transport } = current;
    if (current.remote === undefined && remote !== undefined) {
      const { transportId } = transport;
      this.#transports.command(transport, { kind: 'setRemote', transportId, remote });
    }
    this.#slots.accept(offered, sections);
    this.#current = { ...current, remote, offered: undefined };
    this.#send();
    return { ok: true, next: this.#update(worker) };
  }

  /**
   * What the client wants of tracks that others have published; told the worker once it sends them. Answers an offer where
   * that brings other videos. `lastN`: undefined where nothing is said of it.
   */
  prefer(
    worker: number,
    preferences: readonly DownPreference[],
    lastN: number | undefined,
  ): DownOffer | undefined {
    for (const one of preferences) this.#preferences.set(keyOf(one), one);
    if (lastN !== undefined) this.#lastN = lastN;
    const sent = new Set(this.#slots.sent().map(keyOf));
    this.#tellPreferences(preferences.filter((one) => sent.has(keyOf(one))));
    return this.#choose() ? this.#update(worker) : undefined;
  }

  forgetPreferences(isKept: (key: string) => boolean): void {
    for (const key of this.#preferences.keys()) if (!isKept(key)) this.#preferences.delete(key);
  }

  isOn(transport: Transport): boolean {
    return this.#current?.transport.transportId === transport.transportId;
  }

  /** No connection until the client asks for one; `gone`: the worker has closed it already. */
  giveUp(how: 'close' | 'gone'): void {
    this.#drop(how);
    this.#isGivenUp = true;
  }

  close(): void {
    this.#drop('close');
  }

  /** The worker has no such transport any more. */
  lost(): boolean {
    const wasOpen = this.#current !== undefined;
    this.#drop('gone');
    return wasOpen;
  }

  #drop(how: 'close' | 'gone'): void {
    if (this.#current === undefined) return;
    const { transport } = this.#current;
    if (how === 'close') this.#transports.close(transport);
    else this.#transports.forget(transport);
    this.#current = undefined;
    this.#slots.clear();
  }

  #update(worker: number): DownOffer | undefined {
    if (this.#isGivenUp || (this.#current === undefined && this.#wanted.size === 0)) return undefined;
    this.#slots.assign(this.#carried);
    this.#send();
    if (!this.#slots.isChanged || this.#current?.offered !== undefined || !this.#slots.hasOpen)
      return undefined;
    const before = this.#current ?? {
      transport: this.#transports.open(worker, this.#owner),
      sessionId: newSessionId(),
      version: 0,
      remote: undefined,
      told: NOTHING_SENT,
    };
    const offered = this.#slots.offer();
    const version = before.version + 1;
    this.#current = { ...before, version, offered };
    const { transport, sessionId } = before;
    return {
      sdp: writeDownOffer(offered, transport.local, { sessionId, version }),
      media: mediaOf(offered),
    };
  }

  /** Chooses what is carried; whether that are other tracks than before. */
  #choose(): boolean {
    const before = this.#carried;
    const { carried, withheld } = chooseCarried(this.#wanted, {
      lastN: this.#lastN,
      preferences: this.#preferences,
      spoken: this.#spoken,
      isCarried: (key) => before.has(key),
    });
    this.#carried = carried;
    this.#withheld = withheld;
    return carried.size !== before.size || [...carried.keys()].some((key) => !before.has(key));
  }

  /** Tells the worker what to send, if that is something else than before, and what is wanted of what is new in it. */
  #send(): void {
    const current = this.#current;
    if (current?.remote === undefined) return;
    const media = this.#slots.sent();
    const told = JSON.stringify(media);
    if (told === current.told) return;
    const { transport } = current;
    this.#current = { ...current, told };
    this.#transports.command(transport, { kind: 'setSent', transportId: transport.transportId, media });
    const before = new Set((JSON.parse(current.told) as typeof media).map(({ ssrc }) => ssrc));
    const news = media.filter(({ ssrc }) => !before.has(ssrc));
    this.#tellPreferences(news.flatMap((one) => this.#preferences.get(keyOf(one)) ?? []));
  }

  #tellPreferences(wishes: readonly DownPreference[]): void {
    if (this.#current === undefined || wishes.length === 0) return;
    const preferences = wishes.map(({ pinned: _pinned, ...preference }) => preference);
    const { transport } = this.#current;
    const { transportId } = transport;
    this.#transports.command(transport, { kind: 'prefer', transportId, preferences });
  }
}

interface Current {
  readonly transport: Transport;
  readonly sessionId: string;
  /** Of the last offer. */
  readonly version: number;
  /** Once the client has answered. */
  readonly remote: RemoteTransportParameters | undefined;
  /** The slots of an offer that is not answered yet. */
  readonly offered?: readonly DownSlot[] | undefined;
  /** What the worker sends, as JSON. */
  readonly told: string;
}

/** An answer may not change who is at the other end: nobody has asked for an ICE restart. */
function problemWith(
  before: RemoteTransportParameters | undefined,
  now: RemoteTransportParameters | undefined,
): string | undefined {
  if (before === undefined || now === undefined || JSON.stringify(before) === JSON.stringify(now))
    return undefined;
  return 'another transport than in the answer before';
}

const NOTHING_SENT = '[]';
const NOTHING_NEXT = { ok: true, next: undefined } as const;
