import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { formatIpAddress } from '../path/address-text.js';
import { PeerPolicy } from './peer-policy.js';

// The decision of PeerPolicy against a slow one that knows only the IANA registries and works on BigInt.

interface Block {
  readonly first: bigint;
  readonly last: bigint;
  readonly shift: bigint;
}

/** Judged by the IPv4 address inside, not as blocks. */
const JUDGED_INSIDE = new Set(['64:ff9b::/96', '2002::/16']);
/** Multicast and deprecated forms have registries of their own (RFC 5771, RFC 4291, RFC 3879, RFC 2765). */
const BESIDES = ['224.0.0.0/4', 'ff00::/8', 'fec0::/10', '::/96', '::ffff:0:0:0/96'];

const ipv4Blocks = readBlocks('iana-ipv4-special.csv', 32n);
const ipv6Blocks = readBlocks('iana-ipv6-special.csv', 128n);

test('agrees with the registries on a million addresses', () => {
  assert.equal(ipv4Blocks.length, 27);
  assert.equal(ipv6Blocks.length, 27);
  const policy = new PeerPolicy();
  const random = generator(0x4d616461);
  const tally = { allowed: 0, refused: 0 };
  for (let i = 0; i < 1_000_000; i++) {
    const value = i % 2 === 0 ? randomIpv4(random) : randomIpv6(random);
    const family = i % 2 === 0 ? 4 : 6;
    const bytes = toBytes(value, family);
    const isAllowed = policy.decideBytes(family, bytes, 0, 1 + (random() % 65535)) === 'allowed';
    const expected = family === 4 ? isPublicIpv4(value) : isPublicIpv6(value);
    if (isAllowed !== expected) assert.fail(`${formatIpAddress({ family, bytes })}: expected ${expected}`);
    tally[isAllowed ? 'allowed' : 'refused']++;
  }
  // Both answers have to be common, or the comparison proves little.
  assert.ok(tally.allowed > 200_000 && tally.refused > 200_000, JSON.stringify(tally));
});

test('agrees with the registries at every edge of every block', () => {
  const policy = new PeerPolicy();
  for (const [blocks, family, bits] of [
    [ipv4Blocks, 4, 32n],
    [ipv6Blocks, 6, 128n],
  ] as const) {
    for (const block of blocks) {
      for (const value of [block.first - 1n, block.first, block.last, block.last + 1n]) {
        if (value < 0n || value >> bits !== 0n) continue;
        const bytes = toBytes(value, family);
        const expected = family === 4 ? isPublicIpv4(value) : isPublicIpv6(value);
        const decision = policy.decideBytes(family, bytes, 0, 9);
        assert.equal(decision === 'allowed', expected, formatIpAddress({ family, bytes }));
      }
    }
  }
});

function isPublicIpv4(value: bigint): boolean {
  return !ipv4Blocks.some((block) => value >= block.first && value <= block.last);
}

function isPublicIpv6(value: bigint): boolean {
  if (ipv6Blocks.some((block) => value >= block.first && value <= block.last)) return false;
  const text = value.toString(16).padStart(32, '0');
  const hidden: string[] = [];
  if (text.startsWith('0064ff9b0000000000000000')) hidden.push(text.slice(24));
  if (text.startsWith('2002')) hidden.push(text.slice(4, 12));
  if (text.slice(16, 24) === '00005efe' || text.slice(16, 24) === '02005efe') hidden.push(text.slice(24));
  return hidden.every((ipv4) => isPublicIpv4(BigInt(`0x${ipv4}`)));
}

function readBlocks(name: string, bits: bigint): Block[] {
  const url = new URL(`../../../../tests/vectors/${name}`, import.meta.url);
  const rows = readFileSync(url, 'utf8').trim().split('\n').slice(1);
  const texts = rows.map((row) => row.split(',')[0]!).filter((text) => !JUDGED_INSIDE.has(text));
  const isIpv6 = bits === 128n;
  texts.push(...BESIDES.filter((text) => text.includes(':') === isIpv6));
  return texts.map((text) => {
    const [address, length] = text.split('/') as [string, string];
    const first = isIpv6 ? ipv6Value(address) : ipv4Value(address);
    const shift = bits - BigInt(length);
    assert.equal((first >> shift) << shift, first, text);
    return { first, last: first + (1n << shift) - 1n, shift };
  });
}

function ipv4Value(text: string): bigint {
  return text.split('.').reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

function ipv6Value(text: string): bigint {
  const [head, tail = ''] = text.split('::') as [string, string?];
  const groups = (part: string) => (part === '' ? [] : part.split(':'));
  const left = groups(head);
  const right = groups(tail);
  const all = [...left, ...new Array<string>(8 - left.length - right.length).fill('0'), ...right];
  return all.reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n);
}

function randomIpv4(random: () => number): bigint {
  return random() % 4 === 0 ? inside(ipv4Blocks, random) : BigInt(random());
}

function randomIpv6(random: () => number): bigint {
  const any =
    (BigInt(random()) << 96n) | (BigInt(random()) << 64n) | (BigInt(random()) << 32n) | BigInt(random());
  const globalUnicast = (1n << 125n) | (any & ((1n << 125n) - 1n));
  switch (random() % 6) {
    case 0:
      return inside(ipv6Blocks, random);
    case 1:
      return (ipv6Value('64:ff9b::') & ~0xffffffffn) | randomIpv4(random);
    case 2:
      return (0x2002n << 112n) | (randomIpv4(random) << 80n) | (any & ((1n << 80n) - 1n));
    case 3: {
      const marker = random() % 2 === 0 ? 0x00005efen : 0x02005efen;
      return ((globalUnicast >> 64n) << 64n) | (marker << 32n) | randomIpv4(random);
    }
    case 4:
      return globalUnicast;
    default:
      return any;
  }
}

/** A random address in a random block, or just outside it. */
function inside(blocks: readonly Block[], random: () => number): bigint {
  const block = blocks[random() % blocks.length]!;
  const any =
    (BigInt(random()) << 96n) | (BigInt(random()) << 64n) | (BigInt(random()) << 32n) | BigInt(random());
  const value = block.first | (any & (block.last - block.first));
  // Flip the last bit of the prefix now and then: the neighbour block.
  return random() % 3 === 0 && block.shift < 128n ? value ^ (1n << block.shift) : value;
}

function toBytes(value: bigint, family: 4 | 6): Uint8Array {
  const bytes = new Uint8Array(family === 4 ? 4 : 16);
  const view = new DataView(bytes.buffer);
  if (family === 4) {
    view.setUint32(0, Number(value));
  } else {
    view.setBigUint64(0, value >> 64n);
    view.setBigUint64(8, value & 0xffffffffffffffffn);
  }
  return bytes;
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
