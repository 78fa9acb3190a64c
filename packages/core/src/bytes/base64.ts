/** Standard base64 (RFC 4648 section 4) of `length` bytes from `offset`; `padding` says whether '=' fills the end. */
export function encodeBase64(
  bytes: Uint8Array,
  offset: number,
  length: number,
  padding: 'padded' | 'unpadded' = 'padded',
): string {
  let text = '';
  const end = offset + length;
  for (let at = offset; at < end; at += 3) {
    const left = end - at;
    const bits =
      (bytes[at]! << 16) | ((left > 1 ? bytes[at + 1]! : 0) << 8) | (left > 2 ? bytes[at + 2]! : 0);
    text += ALPHABET[bits >>> 18]! + ALPHABET[(bits >>> 12) & 63]!;
    if (left > 1) text += ALPHABET[(bits >>> 6) & 63]!;
    if (left > 2) text += ALPHABET[bits & 63]!;
    else if (padding === 'padded') text += left > 1 ? '=' : '==';
  }
  return text;
}

/** Writes unpadded base64 of `length` bytes as ASCII at `outOffset` of `out`; returns the offset after it. */
export function writeBase64(
  bytes: Uint8Array,
  offset: number,
  length: number,
  out: Uint8Array,
  outOffset: number,
): number {
  const text = encodeBase64(bytes, offset, length, 'unpadded');
  for (let i = 0; i < text.length; i++) out[outOffset + i] = text.charCodeAt(i);
  return outOffset + text.length;
}

/**
 * Decodes exactly the unpadded base64 that fills `length` ASCII bytes at `offset` into `out` from 0. Returns the
 * number of bytes, or -1 for a foreign character, an impossible length, spare bits that are not zero (each value has
 * one spelling) or too small an `out`. Never throws.
 */
export function decodeBase64Into(bytes: Uint8Array, offset: number, length: number, out: Uint8Array): number {
  const outLength = (length * 3) >> 2;
  if (length % 4 === 1 || outLength > out.length || offset + length > bytes.length) return -1;
  let bits = 0;
  let bitCount = 0;
  let at = 0;
  for (let i = 0; i < length; i++) {
    const code = bytes[offset + i]!;
    const value = code < 128 ? VALUES[code]! : -1;
    if (value < 0) return -1;
    bits = ((bits << 6) | value) & 0xffff;
    bitCount += 6;
    if (bitCount >= 8) {
      bitCount -= 8;
      out[at++] = bits >>> bitCount;
    }
  }
  return (bits & ((1 << bitCount) - 1)) === 0 ? at : -1;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

const VALUES = new Int8Array(128).fill(-1);
for (let i = 0; i < ALPHABET.length; i++) VALUES[ALPHABET.charCodeAt(i)] = i;
