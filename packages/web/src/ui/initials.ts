/** How many colours there are for people. */
export const HUES = 8;

const HANGUL = /^\p{Script=Hangul}+$/u;

/** One or two characters that stand for a name: of a Korean name the given name, else the first letters. */
export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/u).filter(Boolean);
  const first = words[0];
  if (first === undefined) return '?';
  if (HANGUL.test(first)) {
    const syllables = [...first];
    return (
      syllables.length >= 3 && syllables.length <= 4 ? syllables.slice(-2) : syllables.slice(0, 2)
    ).join('');
  }
  const last = words.length > 1 ? words[words.length - 1] : undefined;
  return (firstOf(first) + (last === undefined ? '' : firstOf(last))).toLocaleUpperCase();
}

/** A colour, 0 to HUES - 1, that is always the same for a name. */
export function hueOf(name: string): number {
  let sum = 0;
  for (const character of name) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 65_521;
  return sum % HUES;
}

/** The first character as people see it, emoji with all their parts included. */
function firstOf(word: string): string {
  const [first] = new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(word);
  return first?.segment ?? '';
}
