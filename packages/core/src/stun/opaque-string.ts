/**
 * Prepares a username, realm or password by the OpaqueString profile (RFC 8265 section 4.2): non-ASCII spaces
 * become U+0020, then NFC. Undefined for the empty string and for control characters, lone surrogates and
 * non-characters. Code points the FreeformClass refuses only because they are invisible (variation selectors,
 * joiners of emoji) are let through: people have them in their names, and both sides still derive the same bytes.
 */
export function prepareOpaqueString(text: string): string | undefined {
  const prepared = text.replace(NON_ASCII_SPACE, ' ').normalize('NFC');
  return prepared === '' || REFUSED.test(prepared) ? undefined : prepared;
}

/** General category Zs without U+0020. */
const NON_ASCII_SPACE = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/gu;

const REFUSED = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/u;
