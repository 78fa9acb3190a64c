import { readU16, writeU16 } from '../bytes/big-endian.js';
import type { StunMessageView } from './message-view.js';

/** Password algorithms of RFC 8489 section 18.5. Both have no parameters. */
export const PasswordAlgorithm = { md5: 0x0001, sha256: 0x0002 } as const;

export interface PasswordAlgorithmEntry {
  readonly algorithm: number;
  readonly parameters: Uint8Array;
}

/** The value of PASSWORD-ALGORITHMS (or, with one entry, PASSWORD-ALGORITHM): RFC 8489 sections 14.11, 14.12. */
export function encodePasswordAlgorithms(entries: readonly PasswordAlgorithmEntry[]): Uint8Array {
  let length = 0;
  for (const entry of entries) length += 4 + padded(entry.parameters.length);
  const value = new Uint8Array(length);
  let at = 0;
  for (const entry of entries) {
    writeU16(value, at, entry.algorithm);
    writeU16(value, at + 2, entry.parameters.length);
    value.set(entry.parameters, at + 4);
    at += 4 + padded(entry.parameters.length);
  }
  return value;
}

/** An entry without parameters. */
export function passwordAlgorithm(algorithm: number): PasswordAlgorithmEntry {
  return { algorithm, parameters: NO_PARAMETERS };
}

/** The entries of PASSWORD-ALGORITHMS at attribute `index`, in order; undefined when absent, empty or malformed. */
export function readPasswordAlgorithms(
  view: StunMessageView,
  index: number,
): PasswordAlgorithmEntry[] | undefined {
  const value = view.readBytes(index);
  if (value === undefined || value.length === 0) return undefined;
  const entries: PasswordAlgorithmEntry[] = [];
  let at = 0;
  while (at < value.length) {
    if (at + 4 > value.length) return undefined;
    const length = readU16(value, at + 2);
    // The padding of the last entry may be counted as the attribute's own.
    if (at + 4 + length > value.length) return undefined;
    entries.push({ algorithm: readU16(value, at), parameters: value.slice(at + 4, at + 4 + length) });
    at += 4 + padded(length);
  }
  return entries;
}

/** The one entry of PASSWORD-ALGORITHM at attribute `index`; undefined when absent or malformed. */
export function readPasswordAlgorithm(
  view: StunMessageView,
  index: number,
): PasswordAlgorithmEntry | undefined {
  const entries = readPasswordAlgorithms(view, index);
  return entries?.length === 1 ? entries[0] : undefined;
}

const NO_PARAMETERS = new Uint8Array(0);

function padded(length: number): number {
  return (length + 3) & ~3;
}
