import { formatIpAddress, parseIpAddress } from '../path/address-text.js';
import type { IpAddress } from '../path/address-text.js';
import type { AddressFamily } from '../path/transport-address.js';

/** A range of addresses: those whose first `prefixLength` bits are those of `words`. */
export interface Cidr {
  readonly family: AddressFamily;
  /** 0..32 (family 4) or 0..128 (family 6). */
  readonly prefixLength: number;
  /** The network address as big-endian 32-bit words: one (family 4, the others are 0) or four. */
  readonly words: Uint32Array;
  /** The prefix as a mask over `words`. */
  readonly masks: Uint32Array;
}

export type CidrResult =
  | { readonly ok: true; readonly cidr: Cidr }
  /** `reason` is a clause that fits behind "because": 'the prefix length is not 0..32'. */
  | { readonly ok: false; readonly reason: string };

/**
 * Reads `a.b.c.d/n`, `v6/n`, or a bare address (a range of one). Host bits must be zero: 10.0.0.1/8 is more often a
 * slip than meant, and a range that is wider than its writer believes is how relays are opened.
 */
export function parseCidr(text: string): CidrResult {
  const slash = text.indexOf('/');
  const addressText = slash < 0 ? text : text.slice(0, slash);
  const address = parseIpAddress(addressText);
  if (address === undefined) return refuse(`'${addressText.slice(0, 64)}' is not an IPv4 or IPv6 address`);
  const bits = address.family === 4 ? 32 : 128;
  let prefixLength = bits;
  if (slash >= 0) {
    const lengthText = text.slice(slash + 1);
    if (!/^(?:0|[1-9][0-9]{0,2})$/.test(lengthText) || Number(lengthText) > bits) {
      return refuse(`the prefix length '${lengthText.slice(0, 16)}' is not a number from 0 to ${bits}`);
    }
    prefixLength = Number(lengthText);
  }
  const cidr = cidrOf(address, prefixLength);
  const given = wordsOf(address);
  if (given.some((word, index) => word !== cidr.words[index])) {
    return refuse(`bits behind the prefix are set; write ${formatCidr(cidr)} or ${formatIpAddress(address)}`);
  }
  return { ok: true, cidr };
}

/** The range of `prefixLength` bits that holds `address` (host bits are cleared). */
export function cidrOf(address: IpAddress, prefixLength: number): Cidr {
  const words = wordsOf(address);
  const masks = new Uint32Array(4);
  for (let i = 0; i < 4; i++) {
    const bits = Math.min(32, Math.max(0, prefixLength - 32 * i));
    masks[i] = bits === 0 ? 0 : -1 << (32 - bits);
    words[i] = words[i]! & masks[i]!;
  }
  return { family: address.family, prefixLength, words, masks };
}

/** Whether the address given as words (family 4: only `w0`) lies in the range. Compares words; allocates nothing. */
export function cidrContains(
  cidr: Cidr,
  family: AddressFamily,
  w0: number,
  w1: number,
  w2: number,
  w3: number,
): boolean {
  if (cidr.family !== family) return false;
  const { words, masks } = cidr;
  if (((w0 ^ words[0]!) & masks[0]!) !== 0) return false;
  if (family === 4) return true;
  return (
    ((w1 ^ words[1]!) & masks[1]!) === 0 &&
    ((w2 ^ words[2]!) & masks[2]!) === 0 &&
    ((w3 ^ words[3]!) & masks[3]!) === 0
  );
}

/** Whether `address` lies in the range. For cold paths; `cidrContains` takes words. */
export function cidrCovers(cidr: Cidr, address: IpAddress): boolean {
  const words = wordsOf(address);
  return cidrContains(cidr, address.family, words[0]!, words[1]!, words[2]!, words[3]!);
}

/** Writes `address/length`, the address as RFC 5952 has it. */
export function formatCidr(cidr: Cidr): string {
  const bytes = new Uint8Array(cidr.family === 4 ? 4 : 16);
  for (let i = 0; i < bytes.length; i++) bytes[i] = cidr.words[i >> 2]! >>> (24 - 8 * (i & 3));
  return `${formatIpAddress({ family: cidr.family, bytes })}/${cidr.prefixLength}`;
}

/** The address as four big-endian words; family 4 fills the first. */
export function wordsOf(address: IpAddress): Uint32Array {
  const words = new Uint32Array(4);
  for (let i = 0; i < address.bytes.length; i++) {
    words[i >> 2] = (words[i >> 2]! << 8) | address.bytes[i]!;
  }
  return words;
}

function refuse(reason: string): CidrResult {
  return { ok: false, reason };
}
