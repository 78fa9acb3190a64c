import { crc32 } from '../bytes/crc32.js';

/** Bytes a FINGERPRINT attribute takes: 4 of header, 4 of value. */
export const FINGERPRINT_LENGTH = 8;

/**
 * The value of FINGERPRINT (RFC 8489 section 14.7): CRC-32 of the message up to the attribute, XOR 0x5354554e. The
 * length field must already count the attribute.
 */
export function fingerprintOf(bytes: Uint8Array, offset: number, length: number): number {
  return (crc32(bytes, offset, length) ^ 0x5354554e) >>> 0;
}
