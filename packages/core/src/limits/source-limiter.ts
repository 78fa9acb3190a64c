import type { Random } from '../env/random.js';
import type { Arrival } from '../path/path.js';
import type { Instant } from '../time/instant.js';
import { BucketTable } from './bucket-table.js';
import { TokenBucket } from './token-bucket.js';

/** Rates per second; 0 means no limit of that kind. Bursts default to one second's worth. */
export interface SourceLimiterOptions {
  readonly perAddress: { readonly ratePerSecond: number; readonly burst?: number };
  /** Per IPv4 /24 or IPv6 /56. */
  readonly perPrefix: { readonly ratePerSecond: number; readonly burst?: number };
  readonly total: { readonly ratePerSecond: number; readonly burst?: number };
  /** Seeds the tables; only secret bytes are taken. */
  readonly random: Random;
  /** Addresses remembered, a power of two. */
  readonly addressEntries?: number;
  /** Prefixes remembered, a power of two. */
  readonly prefixEntries?: number;
}

/** STUN Binding requests answered: enough for a busy office behind one address, too little to make us a reflector. */
export const STUN_BINDING_LIMITS = {
  perAddress: { ratePerSecond: 100, burst: 200 },
  perPrefix: { ratePerSecond: 500 },
  total: { ratePerSecond: 0 },
} as const;

/** TURN error replies to sources that have proven nothing (401, 438, 400). */
export const UNAUTHENTICATED_REPLY_LIMITS = {
  perAddress: { ratePerSecond: 10, burst: 20 },
  perPrefix: { ratePerSecond: 50 },
  total: { ratePerSecond: 2000 },
} as const;

/**
 * Limits how often sources are answered: per IP address whatever the port, per network, and in all. Memory is fixed
 * at construction; `admit` allocates nothing. A message takes a token of each kind or none at all, so a source that
 * is over its own limit does not use up what its neighbours share.
 */
export class SourceLimiter {
  readonly #addresses: BucketTable | undefined;
  readonly #prefixes: BucketTable | undefined;
  readonly #total: TokenBucket;
  #refusedByAddress = 0;
  #refusedByPrefix = 0;
  #refusedByTotal = 0;

  /** Throws on figures that make no sense: configuration has to refuse them before. */
  constructor(options: SourceLimiterOptions) {
    const { random } = options;
    this.#addresses = createTable(options.perAddress, options.addressEntries ?? 16384, random);
    this.#prefixes = createTable(options.perPrefix, options.prefixEntries ?? 8192, random);
    this.#total = new TokenBucket(options.total);
  }

  /** Whether the message may be answered; if so it is accounted. */
  admit(now: Instant, arrival: Arrival): boolean {
    const { family, words } = arrival;
    const isIpv6 = family === 6;
    const w0 = words[0]!;
    const w1 = isIpv6 ? words[1]! : 0;
    let address = 0;
    let prefix = 0;
    if (this.#addresses !== undefined) {
      address = this.#addresses.find(now, family, w0, w1, isIpv6 ? words[2]! : 0, isIpv6 ? words[3]! : 0);
      if (!this.#addresses.hasToken(address)) {
        this.#refusedByAddress++;
        return false;
      }
    }
    if (this.#prefixes !== undefined) {
      const network = isIpv6 ? w0 : (w0 & 0xffffff00) >>> 0;
      prefix = this.#prefixes.find(now, family, network, (w1 & 0xffffff00) >>> 0, 0, 0);
      if (!this.#prefixes.hasToken(prefix)) {
        this.#refusedByPrefix++;
        return false;
      }
    }
    if (!this.#total.take(now)) {
      this.#refusedByTotal++;
      return false;
    }
    this.#addresses?.takeToken(address);
    this.#prefixes?.takeToken(prefix);
    return true;
  }

  /** Messages refused because their address was over its rate. */
  get refusedByAddress(): number {
    return this.#refusedByAddress;
  }

  /** Messages refused because their /24 or /56 was over its rate. */
  get refusedByPrefix(): number {
    return this.#refusedByPrefix;
  }

  /** Messages refused because all sources together were over the rate. */
  get refusedByTotal(): number {
    return this.#refusedByTotal;
  }
}

function createTable(
  limit: { readonly ratePerSecond: number; readonly burst?: number },
  entries: number,
  random: Random,
): BucketTable | undefined {
  if (limit.ratePerSecond === 0) return undefined;
  const seedBytes = new Uint8Array(8);
  random.fillSecret(seedBytes);
  const view = new DataView(seedBytes.buffer);
  const seed = Uint32Array.of(view.getUint32(0), view.getUint32(4));
  const burst = limit.burst ?? limit.ratePerSecond;
  return new BucketTable({ ratePerSecond: limit.ratePerSecond, burst, entries, seed });
}
