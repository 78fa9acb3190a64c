/**
 * Decodes `length` bytes from `offset` as UTF-8 (RFC 3629). Returns undefined for overlong forms, surrogates, code
 * points above U+10FFFF, cut sequences, and texts longer than `maxBytes`. Never throws.
 */
export function decodeUtf8(
  bytes: Uint8Array,
  offset: number,
  length: number,
  maxBytes: number,
): string | undefined {
  if (length > maxBytes || offset < 0 || length < 0 || offset + length > bytes.length) return undefined;
  const end = offset + length;
  let text = '';
  let at = offset;
  while (at < end) {
    let used = 0;
    while (at < end && used < CHUNK_UNITS - 1) {
      const lead = bytes[at]!;
      if (lead < 0x80) {
        units[used++] = lead;
        at++;
        continue;
      }
      const size = sequenceLength(lead);
      if (size === 0 || at + size > end) return undefined;
      const codePoint = decodeSequence(bytes, at, size);
      if (codePoint < 0) return undefined;
      at += size;
      if (codePoint < 0x10000) {
        units[used++] = codePoint;
      } else {
        units[used++] = 0xd800 + ((codePoint - 0x10000) >> 10);
        units[used++] = 0xdc00 + ((codePoint - 0x10000) & 0x3ff);
      }
    }
    text += String.fromCharCode.apply(null, units.subarray(0, used) as unknown as number[]);
  }
  return text;
}

/** Number of bytes `text` takes as UTF-8; a lone surrogate counts as U+FFFD (3 bytes). */
export function utf8Length(text: string): number {
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const codePoint = text.codePointAt(i)!;
    if (codePoint > 0xffff) i++;
    length += codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
  }
  return length;
}

/**
 * Writes `text` as UTF-8 at `offset` and returns the offset after it. Lone surrogates become U+FFFD, as
 * `TextEncoder` does. Throws a RangeError when it does not fit: sizing the buffer is the caller's work.
 */
export function writeUtf8(text: string, into: Uint8Array, offset: number): number {
  if (offset < 0 || offset + utf8Length(text) > into.length)
    throw new RangeError('text does not fit the buffer');
  let at = offset;
  for (let i = 0; i < text.length; i++) {
    let codePoint = text.codePointAt(i)!;
    if (codePoint >= 0xd800 && codePoint <= 0xdfff) codePoint = 0xfffd;
    if (codePoint < 0x80) {
      into[at++] = codePoint;
    } else if (codePoint < 0x800) {
      into[at++] = 0xc0 | (codePoint >> 6);
      into[at++] = 0x80 | (codePoint & 0x3f);
    } else if (codePoint < 0x10000) {
      into[at++] = 0xe0 | (codePoint >> 12);
      into[at++] = 0x80 | ((codePoint >> 6) & 0x3f);
      into[at++] = 0x80 | (codePoint & 0x3f);
    } else {
      i++;
      into[at++] = 0xf0 | (codePoint >> 18);
      into[at++] = 0x80 | ((codePoint >> 12) & 0x3f);
      into[at++] = 0x80 | ((codePoint >> 6) & 0x3f);
      into[at++] = 0x80 | (codePoint & 0x3f);
    }
  }
  return at;
}

/** `text` as fresh UTF-8 bytes. */
export function encodeUtf8(text: string): Uint8Array {
  const bytes = new Uint8Array(utf8Length(text));
  writeUtf8(text, bytes, 0);
  return bytes;
}

const CHUNK_UNITS = 1024;
const units = new Uint16Array(CHUNK_UNITS);

/** Length a lead byte announces; 0 for continuation bytes and leads that RFC 3629 never allows. */
function sequenceLength(lead: number): number {
  if (lead < 0xc2) return 0;
  if (lead < 0xe0) return 2;
  if (lead < 0xf0) return 3;
  return lead < 0xf5 ? 4 : 0;
}

function decodeSequence(bytes: Uint8Array, at: number, size: number): number {
  let codePoint = bytes[at]! & (0x7f >> size);
  for (let i = 1; i < size; i++) {
    const next = bytes[at + i]!;
    if ((next & 0xc0) !== 0x80) return -1;
    codePoint = (codePoint << 6) | (next & 0x3f);
  }
  if (size === 3 && (codePoint < 0x800 || (codePoint >= 0xd800 && codePoint <= 0xdfff))) return -1;
  if (size === 4 && (codePoint < 0x10000 || codePoint > 0x10ffff)) return -1;
  return codePoint;
}
