/** SRTP protection profiles by their IANA names (RFC 5764 section 4.1.2, RFC 7714 section 14.2), most wanted first. */
export const SRTP_PROFILES = ['AEAD_AES_128_GCM', 'AEAD_AES_256_GCM', 'AES_CM_128_HMAC_SHA1_80'] as const;
export type SrtpProfile = (typeof SRTP_PROFILES)[number];

/**
 * The cryptographic transform of one direction of an SRTP session (RFC 3711 section 4, RFC 7714): encrypts and
 * authenticates packets where they lie. It knows no streams: roll-over counters, indices and replay lists are the
 * caller's. Implemented by OpenSSL. Bytes in slabs of the data plane are worked on in place, without a copy.
 */
export interface SrtpTransform {
  /** Bytes that protection adds to an RTP packet, and to an RTCP packet (index and tag). */
  readonly rtpOverheadBytes: number;
  readonly rtcpOverheadBytes: number;
  /** Where the E flag and the SRTCP index stand in a protected packet, in bytes before its end. */
  readonly rtcpIndexFromEnd: number;
  /**
   * Protects the RTP packet of `length` bytes at `offset`; its first `headerLength` bytes stay readable. The tag is
   * written behind it, where the caller has left room. Answers the new length. The plain payload may lie elsewhere, at
   * `sourceOffset` of `source`, and then need not be copied first; it must not overlap the packet.
   */
  protectRtp(
    bytes: Uint8Array,
    offset: number,
    headerLength: number,
    length: number,
    rollOverCounter: number,
    source?: Uint8Array,
    sourceOffset?: number,
  ): number;
  /** Checks and decrypts in place; answers the new length, -1 when the packet is not authentic or too short. */
  unprotectRtp(
    bytes: Uint8Array,
    offset: number,
    headerLength: number,
    length: number,
    rollOverCounter: number,
  ): number;
  /** Protects a compound RTCP packet with the 31-bit SRTCP index (E flag set). Answers the new length. */
  protectRtcp(bytes: Uint8Array, offset: number, length: number, index: number): number;
  /** Checks and decrypts in place; answers the new length (without index), -1 when not authentic, unencrypted or too short. */
  unprotectRtcp(bytes: Uint8Array, offset: number, length: number): number;
  /** Forgets the keys; not to be used afterwards. */
  free(): void;
}

/** Master key and salt of one direction, as DTLS exported them (RFC 5764 section 4.2). */
export interface SrtpKeys {
  readonly profile: SrtpProfile;
  readonly masterKey: Uint8Array;
  readonly masterSalt: Uint8Array;
}

/** Makes transforms: derives the session keys (RFC 3711 section 4.3) and gives them to the cipher. */
export type CreateSrtpTransform = (keys: SrtpKeys) => SrtpTransform;

/** Length of master key and salt of a profile. */
export const SRTP_KEY_BYTES: Readonly<Record<SrtpProfile, { readonly key: number; readonly salt: number }>> =
  {
    AEAD_AES_128_GCM: { key: 16, salt: 12 },
    AEAD_AES_256_GCM: { key: 32, salt: 12 },
    AES_CM_128_HMAC_SHA1_80: { key: 16, salt: 14 },
  };
