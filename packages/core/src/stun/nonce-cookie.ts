/**
 * STUN security features (RFC 8489 section 18.1). Bit 0 of the registry is the most significant of 24. The example
 * of appendix B.1 counts from the other end ("AAAC"); the text of sections 9.2 and 18.1 is normative and used here.
 */
export const SecurityFeature = { passwordAlgorithms: 0x800000, usernameAnonymity: 0x400000 } as const;

/** Characters of a nonce cookie. */
export const NONCE_COOKIE_LENGTH = 13;

/**
 * The 13 characters a NONCE starts with to say which security features the server has (RFC 8489 section 9.2), so
 * that nobody on the path can hide them: a changed nonce is refused by the server. `features`: ORed flags.
 */
export function nonceCookie(features: number): string {
  let text = PREFIX;
  for (let shift = 18; shift >= 0; shift -= 6) text += BASE64[(features >> shift) & 63]!;
  return text;
}

/** The features a nonce announces; undefined when it starts with no cookie (a server before RFC 8489). */
export function readNonceCookie(nonce: string): number | undefined {
  if (!nonce.startsWith(PREFIX) || nonce.length < NONCE_COOKIE_LENGTH) return undefined;
  let features = 0;
  for (let i = PREFIX.length; i < NONCE_COOKIE_LENGTH; i++) {
    const digit = BASE64.indexOf(nonce[i]!);
    if (digit < 0) return undefined;
    features = (features << 6) | digit;
  }
  return features;
}

const PREFIX = 'obMatJos2';
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
