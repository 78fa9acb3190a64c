import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Random } from '../env/random.js';
import type { Arrival } from '../path/path.js';
import { parseTransportAddress } from '../path/address-text.js';
import { wordsOf } from '../policy/cidr.js';
import { instant } from '../time/instant.js';
import { BucketTable, WAYS } from './bucket-table.js';
import { SourceLimiter, STUN_BINDING_LIMITS, UNAUTHENTICATED_REPLY_LIMITS } from './source-limiter.js';
import type { SourceLimiterOptions } from './source-limiter.js';

function seededRandom(seed: number): Random {
  const next = generator(seed);
  const fill = (into: Uint8Array) => void into.forEach((_, i) => (into[i] = next()));
  return { fillPublic: () => assert.fail('a seed is a secret'), fillSecret: fill };
}

/** A seeded generator of 32-bit numbers (xorshift128). */
function generator(seed: number): () => number {
  let [a, b, c, d] = [seed, 0x9e3779b9, 0x243f6a88, 0xb7e15162];
  return () => {
    const t = a ^ (a << 11);
    a = b;
    b = c;
    c = d;
    d = d ^ (d >>> 19) ^ t ^ (t >>> 8);
    return d >>> 0;
  };
}

function from(text: string): Arrival {
  const address = parseTransportAddress(text)!;
  const words = new Uint32Array(8);
  words.set(wordsOf(address));
  return { path: -1, socket: 0, transport: 0, family: address.family, port: address.port, words };
}

function limiter(options: Partial<SourceLimiterOptions> = {}): SourceLimiter {
  return new SourceLimiter({ ...STUN_BINDING_LIMITS, random: seededRandom(1), ...options });
}

/** How many of `tries` messages are admitted, one every `everyMs` from `startMs`. */
function admitted(
  it: SourceLimiter,
  source: Arrival,
  startMs: number,
  everyMs: number,
  tries: number,
): number {
  let count = 0;
  for (let i = 0; i < tries; i++) if (it.admit(instant(startMs + i * everyMs), source)) count++;
  return count;
}

test('a source gets the burst and then its rate, whatever its ports', () => {
  const it = limiter();
  let count = 0;
  for (let port = 1; port <= 1000; port++) if (it.admit(instant(0), from(`192.0.2.1:${port}`))) count++;
  assert.equal(count, 200);
  assert.equal(it.refusedByAddress, 800);
  assert.equal(admitted(it, from('192.0.2.1:1'), 1, 1, 10_000), 1000);
});

test('a network gets its rate, however many of its addresses ask', () => {
  for (const [name, address] of [
    ['IPv4 /24', (i: number) => `192.0.2.${i}:9`],
    ['IPv6 /56', (i: number) => `[2001:db8:0:${i.toString(16)}::${i.toString(16)}]:9`],
  ] as const) {
    const it = limiter();
    let count = 0;
    for (let round = 0; round < 10; round++) {
      for (let i = 0; i < 256; i++) if (it.admit(instant(0), from(address(i)))) count++;
    }
    assert.equal(count, 500, name);
    assert.equal(it.refusedByPrefix, 2560 - 500, name);
  }
});

test('neighbours outside the network are another network', () => {
  const it = limiter();
  for (let i = 0; i < 256; i++) admitted(it, from(`192.0.2.${i}:9`), 0, 0, 2);
  for (let i = 0; i < 256; i++) admitted(it, from(`[2001:db8::${i.toString(16)}]:9`), 0, 0, 2);
  assert.ok(!it.admit(instant(0), from('192.0.2.9:9')));
  assert.ok(it.admit(instant(0), from('192.0.3.9:9')));
  assert.ok(!it.admit(instant(0), from('[2001:db8:0:ff::9]:9')));
  assert.ok(it.admit(instant(0), from('[2001:db8:0:100::9]:9')));
  // The same first word in the other family is another source.
  assert.ok(it.admit(instant(0), from('32.1.13.184:9')));
});

test('all sources together get the total', () => {
  const it = limiter({ ...UNAUTHENTICATED_REPLY_LIMITS });
  const random = generator(7);
  const source = from('1.2.3.4:5');
  let count = 0;
  for (let i = 0; i < 100_000; i++) {
    source.words[0] = random();
    if (it.admit(instant(i / 20), source)) count++;
  }
  // 5 seconds at 2000/s and one second's burst.
  assert.ok(count > 11_900 && count <= 12_000, `${count}`);
  assert.equal(it.refusedByTotal, 100_000 - count);
});

test('a rate of 0 switches each limit off by itself', () => {
  const none = { ratePerSecond: 0 };
  const some = { ratePerSecond: 10 };
  const source = from('192.0.2.1:9');
  const run = (options: Partial<SourceLimiterOptions>) => admitted(limiter(options), source, 0, 0, 1000);
  assert.equal(run({ perAddress: none, perPrefix: none, total: none }), 1000);
  assert.equal(run({ perAddress: some, perPrefix: none, total: none }), 10);
  assert.equal(run({ perAddress: none, perPrefix: some, total: none }), 10);
  assert.equal(run({ perAddress: none, perPrefix: none, total: some }), 10);
});

test('a refused message costs its neighbours and the total nothing', () => {
  const it = limiter({
    perAddress: { ratePerSecond: 10 },
    perPrefix: { ratePerSecond: 20 },
    total: { ratePerSecond: 30 },
  });
  assert.equal(admitted(it, from('192.0.2.1:9'), 0, 0, 1000), 10);
  assert.equal(admitted(it, from('192.0.2.2:9'), 0, 0, 1000), 10);
  assert.equal(admitted(it, from('192.0.2.3:9'), 0, 0, 1000), 0);
  assert.equal(admitted(it, from('198.51.100.1:9'), 0, 0, 1000), 10);
});

test('a well-behaved source gets through while a million others ask', () => {
  const it = limiter();
  const random = generator(99);
  const flood = from('1.2.3.4:5');
  const honest = from('192.0.2.1:9');
  let asked = 0;
  let got = 0;
  // 100 000 messages per second from random sources for 10 s; the honest source asks 50 times per second.
  for (let i = 0; i < 1_000_000; i++) {
    const now = instant(i / 100);
    flood.words[0] = random();
    it.admit(now, flood);
    if (i % 2000 === 0) {
      asked++;
      if (it.admit(now, honest)) got++;
    }
  }
  assert.equal(got, asked);
});

test('a source over its rate is not forgotten while others come once', () => {
  const it = limiter();
  const random = generator(5);
  const greedy = from('192.0.2.1:9');
  const once = from('1.2.3.4:5');
  let got = 0;
  // 20 s: 100 000 spoofed sources per second, and the greedy one with each tenth message.
  for (let i = 0; i < 2_000_000; i++) {
    const now = instant(i / 100);
    once.words[0] = random();
    it.admit(now, once);
    if (i % 10 === 0 && it.admit(now, greedy)) got++;
  }
  assert.ok(got <= 200 + 20 * 100, `${got}`);
});

test('the sources of a set share what its buckets hold', () => {
  const entries = WAYS;
  const table = new BucketTable({ ratePerSecond: 10, burst: 20, entries, seed: Uint32Array.of(1, 2) });
  let got = 0;
  // Ten times as many greedy sources as places, over 10 s.
  for (let i = 0; i < 100_000; i++) {
    const entry = table.find(instant(i / 10), 4, i % (10 * WAYS), 0, 0, 0);
    if (!table.hasToken(entry)) continue;
    table.takeToken(entry);
    got++;
  }
  assert.ok(got <= WAYS * (20 + 10 * 10), `${got}`);
  assert.ok(got >= WAYS * 10 * 10, `${got}`);
});

test('a million sources cost no memory', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const it = limiter({ total: { ratePerSecond: 2000 } });
  const random = generator(3);
  const source = from('[2001:db8::1]:9');
  const storm = (count: number) => {
    for (let i = 0; i < count; i++) {
      source.words[0] = random();
      source.words[3] = random();
      it.admit(instant(i / 100), source);
    }
  };
  storm(100_000);
  collect();
  const before = process.memoryUsage();
  storm(1_000_000);
  // Before collecting: what one call leaves behind would be visible a million times (16 MB for a number each).
  const after = process.memoryUsage();
  assert.ok(after.heapUsed - before.heapUsed < 4_000_000, `${after.heapUsed - before.heapUsed} bytes`);
  assert.ok(after.arrayBuffers <= before.arrayBuffers);
});

test('which sources share a set depends on the seed, evenly', () => {
  const entries = 64 * WAYS;
  const spread = (...words: number[]) => {
    const table = new BucketTable({ ratePerSecond: 1, burst: 1, entries, seed: Uint32Array.from(words) });
    return Array.from({ length: 6400 }, (_, i) => Math.floor(table.find(instant(0), 4, i, 0, 0, 0) / WAYS));
  };
  const one = spread(1, 8);
  for (const other of [spread(2, 8), spread(1, 9)]) {
    const same = one.filter((set, i) => set === other[i]).length;
    assert.ok(same > 30 && same < 200, `${same} of 6400 in the same set, 100 expected`);
  }
  const counts = new Array<number>(64).fill(0);
  for (const set of one) counts[set]!++;
  assert.ok(Math.min(...counts) > 50 && Math.max(...counts) < 160, counts.join(' '));
  assert.deepEqual(spread(1, 8), one);
  const instances = [1, 2].map((seed) => {
    const calls: number[] = [];
    const random: Random = { fillPublic: () => {}, fillSecret: (into) => calls.push(into.fill(seed).length) };
    limiter({ random });
    return calls;
  });
  // One secret seed for each of the two tables.
  assert.deepEqual(instances, [
    [8, 8],
    [8, 8],
  ]);
});

test('table sizes that are no powers of two are our mistake', () => {
  for (const entries of [0, WAYS / 2, WAYS * 3]) {
    assert.throws(() => new BucketTable({ ratePerSecond: 1, burst: 1, entries, seed: new Uint32Array(2) }));
  }
});
