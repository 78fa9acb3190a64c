import { readU32, writeU32 } from '@madang/core/bytes/big-endian';

/** The last octets of a payload of the load generator: that it is one, and when it was sent. */
export const STAMP_BYTES = 8;

/** Writes the stamp of `nowMs` from `at` on: microseconds modulo 2^32. */
export function writeStamp(bytes: Uint8Array, at: number, nowMs: number): void {
  writeU32(bytes, at, STAMP);
  writeU32(bytes, at + 4, Math.floor(nowMs * 1000) % 2 ** 32);
}

/** How long ago, in microseconds, the payload that ends at `end` was stamped; -1 when there is no stamp. */
export function stampAgeMicroseconds(bytes: Uint8Array, end: number, nowMs: number): number {
  const at = end - STAMP_BYTES;
  if (at < 0 || readU32(bytes, at) !== STAMP) return -1;
  return ((Math.floor(nowMs * 1000) % 2 ** 32) - readU32(bytes, at + 4)) >>> 0;
}

/** 'load' */
const STAMP = 0x6c6f6164;
