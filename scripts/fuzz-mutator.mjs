// Seeded mutations of byte strings: the same seed and corpus give the same inputs, on every machine.

export const MAX_LENGTH = 65535;

const LENGTHS = [
  0, 1, 2, 3, 4, 7, 8, 11, 12, 13, 16, 19, 20, 21, 24, 28, 32, 63, 64, 65, 127, 128, 255, 256, 257, 511, 512,
  1023, 1024, 1200, 1280, 1452, 1472, 1500, 1501, 2047, 2048, 4096, 9000,
];
const BYTES = [
  0x00, 0x01, 0x03, 0x04, 0x0f, 0x10, 0x20, 0x3f, 0x40, 0x4f, 0x50, 0x7f, 0x80, 0xbf, 0xc0, 0xfe, 0xff,
];
const WORDS = [
  0, 1, 2, 3, 4, 5, 7, 8, 20, 0x7f, 0x80, 0xff, 0x100, 0x3fff, 0x4000, 0x4fff, 0x7fff, 0x8000, 0xfffc, 0xffff,
];

/** A generator of unsigned 32-bit integers (sfc32): `next()`, and `below(n)` for 0..n-1. */
export function seededRandom(seed) {
  let [a, b, c, counter] = [seed | 0, 0x9e3779b9 | 0, 0x243f6a88, 1];
  const next = () => {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + t;
    return t >>> 0;
  };
  for (let i = 0; i < 12; i++) next();
  return { next, below: (n) => (n <= 1 ? 0 : Math.floor((next() / 0x1_0000_0000) * n)) };
}

/** Each takes (random, bytes, length, corpus), changes `bytes` in place and answers the new length. */
const MUTATIONS = {
  flipBit(random, bytes, length) {
    if (length > 0) bytes[random.below(length)] ^= 1 << random.below(8);
    return length;
  },
  setByte(random, bytes, length) {
    if (length > 0)
      bytes[random.below(length)] = random.below(2) ? BYTES[random.below(BYTES.length)] : random.below(256);
    return length;
  },
  setWord(random, bytes, length) {
    if (length < 2) return length;
    const at = random.below(length - 1);
    // Often the number of bytes that follow, or nearly so: the value a length field wants.
    const value = random.below(2) ? WORDS[random.below(WORDS.length)] : length - at - 2 + random.below(9) - 4;
    bytes[at] = value >> 8;
    bytes[at + 1] = value;
    return length;
  },
  truncate(random, bytes, length) {
    return random.below(length + 1);
  },
  resize(random, bytes, length) {
    return fill(random, bytes, length, LENGTHS[random.below(LENGTHS.length)]);
  },
  extend(random, bytes, length) {
    return fill(random, bytes, length, Math.min(length + 1 + random.below(32), MAX_LENGTH));
  },
  removeBlock(random, bytes, length) {
    const from = random.below(length);
    const until = Math.min(from + 1 + random.below(16), length);
    bytes.copyWithin(from, until, length);
    return length - (until - from);
  },
  repeatBlock(random, bytes, length) {
    const from = random.below(length);
    const size = Math.min(1 + random.below(32), length - from, MAX_LENGTH - length);
    bytes.copyWithin(from + size, from, length);
    return length + size;
  },
  splice(random, bytes, length, corpus) {
    const other = corpus[random.below(corpus.length)];
    const from = random.below(other.length);
    const at = random.below(length + 1);
    const size = Math.min(other.length - from, MAX_LENGTH - at);
    bytes.set(other.subarray(from, from + size), at);
    return at + size;
  },
};
const NAMES = Object.keys(MUTATIONS);

function fill(random, bytes, length, wanted) {
  const value = BYTES[random.below(BYTES.length)];
  for (let i = length; i < wanted; i++) bytes[i] = value;
  return wanted;
}

/** Writes a mutant of a corpus entry into `bytes` (MAX_LENGTH long) and answers its length. */
export function mutate(random, corpus, bytes) {
  const base = corpus[random.below(corpus.length)];
  bytes.set(base);
  let length = base.length;
  let rounds = 1 + random.below(2 + random.below(5));
  while (rounds-- > 0) length = MUTATIONS[NAMES[random.below(NAMES.length)]](random, bytes, length, corpus);
  return length;
}

/** The shortest input found, by leaving out ever smaller blocks, on which `fails` still holds. */
export function shrink(input, fails) {
  let best = input;
  for (let size = best.length >> 1; size >= 1; size >>= 1) {
    for (let from = 0; from + size <= best.length;) {
      const shorter = new Uint8Array(best.length - size);
      shorter.set(best.subarray(0, from));
      shorter.set(best.subarray(from + size), from);
      if (fails(shorter)) best = shorter;
      else from += size;
    }
  }
  return best;
}
