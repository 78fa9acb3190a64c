import type { Arrival } from '../path/path.js';
import type { StunMessageView } from '../stun/message-view.js';
import type { Instant } from '../time/instant.js';
import { after } from '../time/instant.js';

interface CachedAnswer {
  readonly bytes: Uint8Array;
  readonly expiresAt: Instant;
}

/**
 * Answers kept for retransmitted requests whose work must not be done twice and cannot be told from the state: a
 * refused Allocate, a Refresh that deleted its allocation. Keyed by transaction id and source; holds a bounded
 * number for 40 s, the oldest goes first. Asked only for requests that have authenticated.
 */
export class AnswerCache {
  readonly #lifetimeMilliseconds: number;
  readonly #maximumAnswers: number;
  /** In order of age. */
  readonly #answers = new Map<string, CachedAnswer>();

  constructor(options: { lifetimeSeconds: number; maximumAnswers: number }) {
    this.#lifetimeMilliseconds = options.lifetimeSeconds * 1000;
    this.#maximumAnswers = options.maximumAnswers;
  }

  get size(): number {
    return this.#answers.size;
  }

  /** The answer given before to this very request from this source. */
  find(now: Instant, key: string): Uint8Array | undefined {
    const answer = this.#answers.get(key);
    return answer !== undefined && now < answer.expiresAt ? answer.bytes : undefined;
  }

  /** Keeps a copy of an answer. */
  store(now: Instant, key: string, bytes: Uint8Array, offset: number, length: number): void {
    this.#answers.delete(key);
    for (const [oldestKey, oldest] of this.#answers) {
      if (now < oldest.expiresAt && this.#answers.size < this.#maximumAnswers) break;
      this.#answers.delete(oldestKey);
    }
    this.#answers.set(key, {
      bytes: bytes.slice(offset, offset + length),
      expiresAt: after(now, this.#lifetimeMilliseconds),
    });
  }
}

/** Under which an answer is kept: method, transaction id, source address and transport. */
export function answerKey(view: StunMessageView, arrival: Arrival): string {
  const { buf, transactionIdOffset: at } = view;
  let key = String.fromCharCode(view.method, arrival.port, arrival.transport);
  for (let i = 0; i < 12; i += 2) key += String.fromCharCode((buf[at + i]! << 8) | buf[at + i + 1]!);
  const count = arrival.family === 4 ? 1 : 4;
  for (let i = 0; i < count; i++) {
    const word = arrival.words[i]!;
    key += String.fromCharCode(word >>> 16, word & 0xffff);
  }
  return key;
}
