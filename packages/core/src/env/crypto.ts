/** Hash and MAC functions a core is given; implemented by OpenSSL through FFI and by node:crypto. */
export interface Crypto {
  /** MD5 digest, 16 bytes. Only for the long-term key of RFC 8489 section 9.2.2. */
  md5(data: Uint8Array): Uint8Array;
  /** SHA-256 digest, 32 bytes. */
  sha256(data: Uint8Array): Uint8Array;
  /** HMAC-SHA-1 of `length` bytes of `data` from `offset`; 20 bytes written into `out` at `outOffset`. */
  hmacSha1(
    key: Uint8Array,
    data: Uint8Array,
    offset: number,
    length: number,
    out: Uint8Array,
    outOffset: number,
  ): void;
  /** HMAC-SHA-256 of `length` bytes of `data` from `offset`; 32 bytes written into `out` at `outOffset`. */
  hmacSha256(
    key: Uint8Array,
    data: Uint8Array,
    offset: number,
    length: number,
    out: Uint8Array,
    outOffset: number,
  ): void;
  /** Compares `length` bytes in a time that does not depend on their content. */
  timingSafeEqual(a: Uint8Array, aOffset: number, b: Uint8Array, bOffset: number, length: number): boolean;
}
