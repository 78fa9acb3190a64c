import { TokenBucket } from '@madang/core/limits/token-bucket';
import type { Instant } from '@madang/core/time/instant';
import type { SignalingLimits } from './signaling-limits.js';

/** What is counted per address: sockets, how fast they come, how fast rooms are made (threat G4). */
export class AddressBook {
  readonly #limits: SignalingLimits;
  readonly #entries = new Map<string, Entry>();

  constructor(limits: SignalingLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Whether the address may open another socket; counts it when it may. */
  admit(now: Instant, address: string): boolean {
    const entry = this.#entryOf(now, address);
    if (entry === undefined) return false;
    const most = this.#limits.connectionsPerAddress;
    if (most > 0 && entry.open >= most) return false;
    if (!entry.connections.take(now)) return false;
    entry.open++;
    entry.usedAt = now;
    return true;
  }

  release(address: string): void {
    const entry = this.#entries.get(keyOf(address));
    if (entry !== undefined) entry.open--;
  }

  mayMakeRoom(now: Instant, address: string): boolean {
    return this.#entryOf(now, address)?.rooms.take(now) ?? false;
  }

  /** Whether the address may ask who is in a room: as often as it may open sockets. */
  mayLook(now: Instant, address: string): boolean {
    return this.#entryOf(now, address)?.looks.take(now) ?? false;
  }

  /** Forgets addresses that have no socket and nothing to be reminded of. */
  forgetIdle(now: Instant): void {
    for (const [key, entry] of this.#entries) {
      if (entry.open === 0 && now - entry.usedAt > REMEMBERED_MS) this.#entries.delete(key);
    }
  }

  #entryOf(now: Instant, address: string): Entry | undefined {
    const key = keyOf(address);
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    if (this.#entries.size >= MOST_ADDRESSES) return undefined;
    const { connectionsPerSecond, newRoomsPerMinute } = this.#limits;
    const entry: Entry = {
      open: 0,
      connections: new TokenBucket({ ratePerSecond: connectionsPerSecond }),
      looks: new TokenBucket({ ratePerSecond: connectionsPerSecond }),
      rooms: new TokenBucket({ ratePerSecond: newRoomsPerMinute / 60, burst: newRoomsPerMinute }),
      usedAt: now,
    };
    this.#entries.set(key, entry);
    return entry;
  }
}

interface Entry {
  open: number;
  readonly connections: TokenBucket;
  readonly looks: TokenBucket;
  readonly rooms: TokenBucket;
  usedAt: Instant;
}

/** IPv4 whole, IPv6 its /64: one subscriber has all of that. */
function keyOf(address: string): string {
  const plain = address.startsWith('::ffff:') ? address.slice(7) : address;
  if (!plain.includes(':')) return plain;
  const [head = '', tail = ''] = plain.split('::');
  const front = head.split(':');
  if (!plain.includes('::')) return front.slice(0, 4).join(':');
  const zeros = 8 - front.length - tail.split(':').length;
  return [...front, ...Array<string>(Math.max(0, zeros)).fill('0'), ...tail.split(':')].slice(0, 4).join(':');
}

const REMEMBERED_MS = 60_000;
const MOST_ADDRESSES = 100_000;
