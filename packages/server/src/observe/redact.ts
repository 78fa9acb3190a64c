import {
  formatIpAddress,
  formatTransportAddress,
  parseIpAddress,
  parseTransportAddress,
} from '@madang/core/path/address-text';
import type { IpAddress } from '@madang/core/path/address-text';
import type { TransportAddress } from '@madang/core/path/transport-address';
import { cidrOf, formatCidr } from '@madang/core/policy/cidr';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/**
 * The address as a log at `level` may show it: all of it at debug; otherwise its network, IPv4 /24 or IPv6 /48, and
 * no port, which is enough to find a pattern and too little to find a person.
 */
export function redactAddress(address: IpAddress | TransportAddress, level: LogLevel): string {
  if (level === 'debug')
    return 'port' in address ? formatTransportAddress(address) : formatIpAddress(address);
  return formatCidr(cidrOf(address, address.family === 4 ? 24 : 48));
}

/** As `redactAddress` for text, with or without port; text that is no address comes back as it is. */
export function redactAddressText(text: string, level: LogLevel): string {
  const address = parseTransportAddress(text) ?? parseIpAddress(text);
  return address === undefined ? text : redactAddress(address, level);
}

/**
 * Text of strangers made fit for a log: control, format (bidirectional and invisible), line-separating and lone
 * surrogate characters become `\u{..}`, and what is longer than `most` characters is cut. One line stays one line.
 */
export function cleanText(text: string, most = LONGEST_FOREIGN_TEXT): string {
  const kept = text.length > most ? text.slice(0, most) : text;
  const clean = kept.replace(UNSAFE, (char) => `\\u{${char.codePointAt(0)!.toString(16)}}`);
  return kept === text ? clean : `${clean}...`;
}

/** USERNAME, REALM, ORIGIN and SOFTWARE are shown up to this many characters. */
export const LONGEST_FOREIGN_TEXT = 128;

const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
