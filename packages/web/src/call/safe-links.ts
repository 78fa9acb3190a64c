/** A piece of what somebody wrote: plain text, or an address that may become a link. */
export type TextPiece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly href: string };

/** Only what begins with its scheme: `javascript:` and the like never match, and no guess is made at bare names. */
const CANDIDATE = /\bhttps?:\/\/[^\s<>"'`\u0000-\u001f\u007f]+/giu;

const CLOSING = new Map([
  [')', '('],
  [']', '['],
  ['}', '{'],
]);

/** What ends a sentence rather than an address, Korean and Japanese marks included. */
const TRAILING = new Set('.,:;!?…*_~|\'"‘’“”。，、！？：；」』》〉）'.split(''));

/** Characters that turn the direction of text or cannot be seen: with them a link shows another address than it opens. */
const DECEIVING = /[\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\ufffb]/u;

/**
 * Cuts a text into plain pieces and links. The pieces together are exactly the text. A link's `href` is normalised by the
 * URL standard, is always http or https, and never carries a user name or password (`https://bank.example@evil.example`).
 */
export function textPieces(text: string): TextPiece[] {
  const pieces: TextPiece[] = [];
  let end = 0;
  for (const match of text.matchAll(CANDIDATE)) {
    const address = withoutTrailing(match[0]);
    const href = safeAddress(address);
    if (href === undefined) continue;
    if (match.index > end) pieces.push({ kind: 'text', text: text.slice(end, match.index) });
    pieces.push({ kind: 'link', text: address, href });
    end = match.index + address.length;
  }
  if (end < text.length) pieces.push({ kind: 'text', text: text.slice(end) });
  return pieces;
}

function safeAddress(address: string): string | undefined {
  if (DECEIVING.test(address) || !URL.canParse(address)) return undefined;
  const url = new URL(address);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined;
  if (url.username !== '' || url.password !== '') return undefined;
  return url.href;
}

/** Takes off what the sentence around the address put there: full stops, a bracket that was opened before it. */
function withoutTrailing(address: string): string {
  const counts = new Map<string, number>();
  for (const character of address) counts.set(character, (counts.get(character) ?? 0) + 1);
  let end = address.length;
  for (; end > 0; end -= 1) {
    const last = address.charAt(end - 1);
    const opening = CLOSING.get(last);
    const closings = counts.get(last) ?? 0;
    if (opening !== undefined) {
      if ((counts.get(opening) ?? 0) >= closings) break;
    } else if (!TRAILING.has(last)) break;
    counts.set(last, closings - 1);
  }
  return address.slice(0, end);
}
