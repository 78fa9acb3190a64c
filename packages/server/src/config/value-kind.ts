/** Result of reading a value: the value, or why it is none and what to write instead (two clauses of a sentence). */
export type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: string; readonly mend: string };

/** A kind of value an option can have: how it is read, shown and explained. */
export interface ValueKind<T> {
  /** What stands for the value in help: PORT, CIDR,... */
  readonly placeholder: string;
  /** The values there are, for people: '0 to 65535', 'pretty or json'. */
  readonly range: string;
  /** A switch needs no value on the command line; a list may be given several times. */
  readonly shape: 'value' | 'switch' | 'list';
  /** Reads text of the command line or the environment. Never throws. */
  parse(text: string): Read<T>;
  /** Lists only: reads entries that are apart already and may contain commas. */
  parseEntries?(entries: readonly string[]): Read<T>;
  /** The value as one would write it. */
  show(value: T): string;
}

export function read<T>(value: T): Read<T> {
  return { ok: true, value };
}

export function refuse(reason: string, mend: string): { ok: false; reason: string; mend: string } {
  return { ok: false, reason, mend };
}
