import type { TransportAddress } from './transport-address.js';

/** An IP address without a port. `bytes` has 4 bytes (family 4) or 16 (family 6), network order. */
export type IpAddress = Pick<TransportAddress, 'family' | 'bytes'>;

/**
 * Reads an IPv4 or IPv6 address. Strict: IPv4 is four decimal numbers without leading zeros (no octal, hexadecimal
 * or short forms), IPv6 follows RFC 4291 section 2.2 (a dotted quad may end it), zone ids are refused.
 * Returns undefined for anything else; never throws.
 */
export function parseIpAddress(text: string): IpAddress | undefined {
  if (text.length > LONGEST_ADDRESS) return undefined;
  const bytes = text.includes(':') ? parseIpv6(text) : parseIpv4(text);
  if (bytes === undefined) return undefined;
  return { family: bytes.length === 4 ? 4 : 6, bytes };
}

/** Reads `a.b.c.d:port` or `[v6]:port`; the port is 0..65535 without leading zeros. Undefined for anything else. */
export function parseTransportAddress(text: string): TransportAddress | undefined {
  if (text.length > LONGEST_ADDRESS + 8) return undefined;
  const parts = /^(?:\[([^[\]]*)\]|([^:[\]]*)):(0|[1-9][0-9]{0,4})$/.exec(text);
  if (parts === null) return undefined;
  const port = Number(parts[3]);
  if (port > 65535) return undefined;
  const bytes = parts[1] === undefined ? parseIpv4(parts[2]!) : parseIpv6(parts[1]);
  if (bytes === undefined) return undefined;
  return { family: bytes.length === 4 ? 4 : 6, bytes, port };
}

/** Writes an address: dotted decimal, or RFC 5952 for IPv6 (IPv4-mapped addresses in mixed notation, section 5). */
export function formatIpAddress(address: IpAddress): string {
  return address.family === 4 ? formatIpv4(address.bytes, 0) : formatIpv6(address.bytes);
}

/** Writes `a.b.c.d:port` or `[v6]:port` (RFC 5952 section 6). */
export function formatTransportAddress(address: TransportAddress): string {
  const host = formatIpAddress(address);
  return address.family === 4 ? `${host}:${address.port}` : `[${host}]:${address.port}`;
}

/** Whether two addresses are the same; ports are not looked at. */
export function sameIpAddress(a: IpAddress, b: IpAddress): boolean {
  if (a.family !== b.family) return false;
  for (let i = 0; i < a.bytes.length; i++) if (a.bytes[i] !== b.bytes[i]) return false;
  return true;
}

/** ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255 */
const LONGEST_ADDRESS = 45;

function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  const bytes = new Uint8Array(4);
  for (let i = 0; i < 4; i++) {
    if (!/^(?:0|[1-9][0-9]{0,2})$/.test(parts[i]!)) return undefined;
    const value = Number(parts[i]);
    if (value > 255) return undefined;
    bytes[i] = value;
  }
  return bytes;
}

function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const isCompressed = halves.length === 2;
  const head = parseGroups(halves[0]!, isCompressed ? 'inner' : 'last');
  const tail = isCompressed ? parseGroups(halves[1]!, 'last') : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  // RFC 4291 section 2.2: "::" stands for one or more groups of zeros.
  if (isCompressed ? missing < 1 : missing !== 0) return undefined;
  const bytes = new Uint8Array(16);
  for (let i = 0; i < head.length; i++) setGroup(bytes, i, head[i]!);
  for (let i = 0; i < tail.length; i++) setGroup(bytes, 8 - tail.length + i, tail[i]!);
  return bytes;
}

/** Reads groups between colons. Only the last run of an address may end in a dotted quad (two groups). */
function parseGroups(text: string, position: 'inner' | 'last'): number[] | undefined {
  if (text === '') return [];
  const parts = text.split(':');
  const groups: number[] = [];
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!;
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(Number.parseInt(part, 16));
      continue;
    }
    if (position !== 'last' || i !== parts.length - 1) return undefined;
    const quad = parseIpv4(part);
    if (quad === undefined) return undefined;
    groups.push((quad[0]! << 8) | quad[1]!, (quad[2]! << 8) | quad[3]!);
  }
  return groups.length > 8 ? undefined : groups;
}

function setGroup(bytes: Uint8Array, index: number, value: number): void {
  bytes[2 * index] = value >>> 8;
  bytes[2 * index + 1] = value & 0xff;
}

function formatIpv4(bytes: Uint8Array, offset: number): string {
  return `${bytes[offset]}.${bytes[offset + 1]}.${bytes[offset + 2]}.${bytes[offset + 3]}`;
}

function formatIpv6(bytes: Uint8Array): string {
  const groups: number[] = [];
  for (let i = 0; i < 16; i += 2) groups.push((bytes[i]! << 8) | bytes[i + 1]!);
  if (groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0)) {
    return `::ffff:${formatIpv4(bytes, 12)}`;
  }
  const zeros = longestZeroRun(groups);
  const hex = groups.map((group) => group.toString(16));
  if (zeros.length < 2) return hex.join(':');
  return `${hex.slice(0, zeros.start).join(':')}::${hex.slice(zeros.start + zeros.length).join(':')}`;
}

/** RFC 5952 section 4.2.3: the longest run of zero groups is shortened, the first one among equals. */
function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (start + length < groups.length && groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  return best;
}
