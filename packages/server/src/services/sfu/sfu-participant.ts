import { TokenBucket } from '@madang/core/limits/token-bucket';
import type { ReceivedMedia } from '@madang/core/sfu/media-parameters';
import { MEDIA_SERVER } from '@madang/wire/media-server';
import type { MediaDirection, TrackReference } from '@madang/wire/media-server';
import { WireLimit } from '@madang/wire/limits';
import type { Participant } from '@madang/wire/room-state';
import type { Unnumbered } from '@madang/wire/server-messages';
import type { DownPreference } from './carried-choice.js';
import { DownConnection } from './down-connection.js';
import type { DownOffer } from './down-connection.js';
import { receivedMedia } from './publication.js';
import type { Publication } from './publication.js';
import type { Clock } from '../../drivers/clock.js';
import type { Transport, Transports } from './transports.js';
import { UpConnection } from './up-connection.js';

export interface SfuParticipantOptions {
  readonly room: string;
  readonly participantId: string;
  readonly transports: Transports;
  readonly clock: Clock;
  /** Most videos of cameras sent to it; it may ask for fewer. */
  readonly lastN: number;
  /** The worker the room is pinned to. */
  readonly worker: () => number;
  readonly tell: (message: Unnumbered) => void;
}

/** A participant as the media server sees it: its two connections, and what it publishes. */
export class SfuParticipant {
  readonly #options: SfuParticipantOptions;
  readonly #up: UpConnection;
  readonly #down: DownConnection;
  /** Reading a description costs milliseconds, and an offer makes work for others. */
  readonly #descriptions = new TokenBucket({ ratePerSecond: 20, burst: 100 });
  #info: Participant;
  /** What the client was told is withheld, by key. */
  #withheld: ReadonlySet<string> = new Set();

  constructor(options: SfuParticipantOptions, info: Participant) {
    const { room, participantId, transports, lastN } = options;
    this.#options = options;
    this.#info = info;
    this.#up = new UpConnection(transports, { room, participantId });
    this.#down = new DownConnection(transports, { room, participantId }, lastN);
  }

  /** Role or tracks may be others now. */
  update(info: Participant): void {
    this.#info = info;
    if (info.role === 'viewer') this.#up.close();
  }

  /** Tells the worker what to receive, and answers it: what is published and offered. */
  publish(): readonly ReceivedMedia[] {
    const { participantId, tracks } = this.#info;
    const media = receivedMedia(participantId, tracks, this.#up.sections);
    this.#up.receive(media);
    return media;
  }

  /** Says what there is to receive; `isPublished`: whether a track is there at all, received or not. */
  subscribe(wanted: ReadonlyMap<string, Publication>, isPublished: (key: string) => boolean): void {
    this.#down.forgetPreferences(isPublished);
    this.#sendOffer(this.#down.subscribe(this.#options.worker(), wanted));
  }

  /** Others have spoken: `spoken` is 0 for the last of them. */
  orderBySpeech(spoken: ReadonlyMap<string, number>): void {
    this.#sendOffer(this.#down.orderBySpeech(this.#options.worker(), spoken));
  }

  /** An offer of what it sends, or a wish for a new down connection (an empty one). */
  handleOffer(connection: string | undefined, sdp: string): void {
    const isWish = connection === 'down' && sdp === '';
    if (!isWish && connection !== 'up') {
      this.#refuse('down', 'offers are for connection up; an empty one for down asks for a new one');
    } else if (!this.#mayDescribe(OFFER_COST)) this.#refuse(isWish ? 'down' : 'up', TOO_MANY);
    else if (isWish) this.#restartDown();
    else if (this.#info.role === 'viewer') this.#refuse('up', 'viewers send nothing');
    else this.#answer(sdp);
  }

  handleAnswer(connection: string | undefined, sdp: string): void {
    if (connection !== 'down') this.#refuse('up', 'answers are for connection down');
    else if (!this.#mayDescribe(ANSWER_COST)) {
      this.#down.giveUp('close');
      this.#refuse('down', TOO_MANY);
    } else {
      const result = this.#down.handleAnswer(this.#options.worker(), sdp);
      if (result.ok) this.#sendOffer(result.next);
      else this.#refuse('down', result.reason);
    }
  }

  /** What it wants of others' tracks, and, where it says so, how many videos of cameras at most. */
  prefer(preferences: readonly DownPreference[], lastN?: number): void {
    const most = lastN === undefined ? undefined : Math.min(lastN, this.#options.lastN);
    this.#sendOffer(this.#down.prefer(this.#options.worker(), preferences, most));
  }

  /** A transport has failed. Where it never worked, another one would fail likewise: the client has to ask for it. */
  transportFailed(transport: Transport): void {
    if (this.#up.isOn(transport)) {
      this.#up.lost();
      this.#tellRestart('up');
    } else if (this.#down.isOn(transport)) {
      this.#down.giveUp('gone');
      if (transport.isConnected) this.#restartDown();
      else this.#refuse('down', 'the connection failed');
    }
  }

  /** The client has closed a transport: there is another one when it offers, or asks. */
  transportClosed(transport: Transport): void {
    if (this.#up.isOn(transport)) this.#up.lost();
    else if (this.#down.isOn(transport)) this.#down.giveUp('gone');
  }

  /** All transports are lost, and another worker is there. */
  workerReplaced(): void {
    if (this.#up.lost()) this.#tellRestart('up');
    if (this.#down.lost()) this.#restartDown();
  }

  close(): void {
    this.#up.close();
    this.#down.close();
  }

  #answer(offer: string): void {
    const result = this.#up.handleOffer(this.#options.worker(), offer);
    if (!result.ok) {
      this.#refuse('up', result.reason);
      return;
    }
    // The worker hears of the media before the client does.
    this.publish();
    const { answer: sdp } = result;
    this.#options.tell({ type: 'answer', from: MEDIA_SERVER, sdp, connection: 'up' });
  }

  #mayDescribe(cost: number): boolean {
    return this.#descriptions.take(this.#options.clock.now(), cost);
  }

  #restartDown(): void {
    this.#tellRestart('down');
    this.#sendOffer(this.#down.restart(this.#options.worker()));
  }

  /** Says first what is withheld now: a picture that goes with the offer is then known to come back. */
  #sendOffer(offer: DownOffer | undefined): void {
    this.#tellWithheld();
    if (offer !== undefined) {
      this.#options.tell({ type: 'offer', from: MEDIA_SERVER, connection: 'down', ...offer });
    }
  }

  #tellWithheld(): void {
    const { withheld } = this.#down;
    const news = [...withheld].filter((key) => !this.#withheld.has(key)).map(referenceOf);
    const released = [...this.#withheld].filter((key) => !withheld.has(key)).map(referenceOf);
    this.#withheld = withheld;
    for (let at = 0; at < Math.max(news.length, released.length); at += MOST_IN_A_MESSAGE) {
      const part = (all: readonly TrackReference[]) => all.slice(at, at + MOST_IN_A_MESSAGE);
      this.#options.tell({ type: 'videosWithheld', withheld: part(news), released: part(released) });
    }
  }

  #tellRestart(connection: MediaDirection): void {
    this.#options.tell({ type: 'mediaRestart', connection });
  }

  #refuse(connection: MediaDirection, reason: string): void {
    this.#options.tell({ type: 'mediaRefused', connection, reason });
  }
}

/** The track a key names. */
function referenceOf(key: string): TrackReference {
  const at = key.indexOf(' ');
  return { participantId: key.slice(0, at), trackId: key.slice(at + 1) };
}

const MOST_IN_A_MESSAGE = WireLimit.receivePreferences;
const OFFER_COST = 5;
const ANSWER_COST = 1;
const TOO_MANY = 'too many descriptions in a short time';
