import { WireLimit } from './limits.js';

/** Reads a value of unknown origin: the value in its type, or undefined where it is not one. */
export type Read<T> = (value: unknown) => T | undefined;

/** One field of an object. */
export interface Field<T> {
  readonly read: Read<T>;
  readonly presence: 'required' | 'optional';
}

/** A field for every key of `T`: what is optional there must be optional here, and the other way round. */
export type Fields<T> = {
  readonly [K in keyof T]-?: Field<Exclude<T[K], undefined>> & {
    readonly presence: undefined extends T[K]
      ? 'optional'
      : object extends Pick<T, K>
        ? 'optional'
        : 'required';
  };
};

/** A field that has to be there. */
export function required<T>(read: Read<T>): Field<T> & { readonly presence: 'required' } {
  return { read, presence: 'required' };
}

/** A field that may be missing. */
export function optional<T>(read: Read<T>): Field<T> & { readonly presence: 'optional' } {
  return { read, presence: 'optional' };
}

/**
 * A reader of objects that copies the named own fields into a new object. Anything else, `__proto__` and
 * `constructor` among it, is left behind, and nothing is read from a prototype.
 */
export function object<T>(fields: Fields<T>): Read<T> {
  const entries = Object.entries(fields) as [string, Field<unknown>][];
  return (value) => {
    if (!isRecord(value)) return undefined;
    const copy: Record<string, unknown> = {};
    for (const [name, field] of entries) {
      if (!Object.hasOwn(value, name)) {
        if (field.presence === 'required') return undefined;
        continue;
      }
      const read = field.read(value[name]);
      if (read === undefined) return undefined;
      copy[name] = read;
    }
    return copy as T;
  };
}

/** A list of at most `most` values. */
export function list<T>(read: Read<T>, most: number): Read<readonly T[]> {
  return (value) => {
    if (!Array.isArray(value) || value.length > most) return undefined;
    const copy: T[] = [];
    for (const item of value) {
      const one = read(item);
      if (one === undefined) return undefined;
      copy.push(one);
    }
    return copy;
  };
}

/** One of some words. */
export function word<T extends string>(words: readonly T[]): Read<T> {
  if (words.length === 1) return (value) => (value === words[0] ? words[0] : undefined);
  return (value) => words.find((one) => one === value);
}

/** A text of `least` to `most` UTF-16 units. */
export function text(least: number, most: number): Read<string> {
  return (value) =>
    typeof value === 'string' && value.length >= least && value.length <= most ? value : undefined;
}

/** An integer that JavaScript can hold exactly. */
export function integer(least: number, most = Number.MAX_SAFE_INTEGER): Read<number> {
  return (value) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most
      ? value
      : undefined;
}

export const boolean: Read<boolean> = (value) => (typeof value === 'boolean' ? value : undefined);

/**
 * A name people see: trimmed, NFC, without control characters, without characters that turn the direction of the
 * text around them, without halves of surrogate pairs.
 */
export function displayName(most: number): Read<string> {
  return (value) => {
    if (typeof value !== 'string' || value.length > 4 * most) return undefined;
    const name = value.normalize('NFC').trim();
    if (name.length === 0 || name.length > most) return undefined;
    for (const character of name) if (isUnfit(character.codePointAt(0)!)) return undefined;
    return name;
  };
}

/** An object that is neither null nor a list. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether no more than `WireLimit.depth` objects and lists stand inside each other in a JSON text. */
export function isShallow(json: string): boolean {
  return hasFewOpeners(json) || isShallowWithin(json);
}

/** Whether there are too few brackets in it, in texts or not, to stand too deep: what nearly all messages are. */
function hasFewOpeners(json: string): boolean {
  let openers = 0;
  for (const opener of ['{', '[']) {
    for (let at = json.indexOf(opener); at !== -1; at = json.indexOf(opener, at + 1)) {
      if (++openers > WireLimit.depth) return false;
    }
  }
  return true;
}

function isShallowWithin(json: string): boolean {
  let depth = 0;
  let isInText = false;
  for (let at = 0; at < json.length; at++) {
    const unit = json.charCodeAt(at);
    if (isInText) {
      if (unit === BACKSLASH) at++;
      else if (unit === QUOTE) isInText = false;
    } else if (unit === QUOTE) isInText = true;
    else if (unit === OPEN_BRACE || unit === OPEN_BRACKET) {
      if (++depth > WireLimit.depth) return false;
    } else if (unit === CLOSE_BRACE || unit === CLOSE_BRACKET) depth--;
  }
  return true;
}

/** Bytes of a text in UTF-8, counted no further than just past `limit`. */
export function utf8Length(content: string, limit: number): number {
  if (content.length > limit) return content.length;
  if (content.length * 3 <= limit) return content.length;
  let bytes = 0;
  for (let at = 0; at < content.length && bytes <= limit; at++) {
    const unit = content.charCodeAt(at);
    // Each half of a surrogate pair counts two of the pair's four bytes.
    bytes += unit < 0x80 ? 1 : unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 2 : 3;
  }
  return bytes;
}

function isUnfit(codePoint: number): boolean {
  return (
    codePoint < 0x20 ||
    (codePoint >= 0x7f && codePoint <= 0x9f) ||
    (codePoint >= 0xd800 && codePoint <= 0xdfff) ||
    codePoint === 0x2028 ||
    codePoint === 0x2029 ||
    codePoint === 0x200e ||
    codePoint === 0x200f ||
    (codePoint >= 0x202a && codePoint <= 0x202e) ||
    (codePoint >= 0x2066 && codePoint <= 0x2069)
  );
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
