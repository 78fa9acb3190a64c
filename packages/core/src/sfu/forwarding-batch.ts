import type { Instant } from '../time/instant.js';
import { ForwardedPacket } from './forwarded-packet.js';
import type { PublishedTrack } from './published-track.js';
import type { ReceivedStream } from './received-stream.js';

/**
 * Received packets that wait to be forwarded until the end of the turn in which they came, or until there are many. Then
 * each subscriber of a track gets all of them before the next subscriber gets any: what is known of a subscriber is spread
 * over many cache lines, and fetching them once for a picture instead of once for a packet of it is most of the cost.
 */
export class ForwardingBatch {
  readonly #packets = Array.from({ length: CAPACITY }, () => new ForwardedPacket());
  readonly #streams: (ReceivedStream | undefined)[] = new Array<undefined>(CAPACITY).fill(undefined);
  readonly #tracks: (PublishedTrack | undefined)[] = new Array<undefined>(CAPACITY).fill(undefined);
  /** Numbers of the packets of the track being forwarded. */
  readonly #ofTrack = new Uint8Array(CAPACITY);
  #count = 0;

  /** A packet to be filled in: it is part of the batch once `add` is called. */
  next(now: Instant): ForwardedPacket {
    if (this.#count === CAPACITY) this.flush(now);
    return this.#packets[this.#count]!;
  }

  /** The packet `next` gave, its bytes unchanged until `flush`, is to be forwarded. */
  add(track: PublishedTrack, stream: ReceivedStream): void {
    this.#tracks[this.#count] = track;
    this.#streams[this.#count] = stream;
    this.#count++;
  }

  /** Forwards everything, in the order of arrival for each track. */
  flush(now: Instant): void {
    const count = this.#count;
    for (let first = 0; first < count; first++) {
      const track = this.#tracks[first];
      if (track !== undefined) this.#forward(now, track, first);
    }
    this.#count = 0;
  }

  #forward(now: Instant, track: PublishedTrack, first: number): void {
    const numbers = this.#ofTrack;
    let packets = 0;
    for (let i = first; i < this.#count; i++) {
      if (this.#tracks[i] !== track) continue;
      this.#tracks[i] = undefined;
      numbers[packets++] = i;
    }
    const { subscriptions } = track;
    for (let subscriber = 0; subscriber < subscriptions.length; subscriber++) {
      const subscription = subscriptions[subscriber]!;
      for (let i = 0; i < packets; i++) {
        const number = numbers[i]!;
        subscription.forward(now, this.#streams[number]!, this.#packets[number]!);
      }
    }
    for (let i = 0; i < packets; i++) this.#streams[numbers[i]!] = undefined;
  }
}

/** More than a key frame of the largest picture has; below 256. */
const CAPACITY = 128;
