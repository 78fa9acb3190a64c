import { formatIpAddress, parseIpAddress } from '@madang/core/path/address-text';
import type { IpAddress } from '@madang/core/path/address-text';
import { formatCidr, parseCidr } from '@madang/core/policy/cidr';
import type { Cidr } from '@madang/core/policy/cidr';
import { isNat64Prefix } from '@madang/core/policy/embedded-ipv4';
import { CONTROL } from './scalar-kinds.js';
import { read, refuse } from './value-kind.js';
import type { Read, ValueKind } from './value-kind.js';

/** First and last port, both inclusive. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** A long-term credential. */
export interface TurnUser {
  readonly username: string;
  readonly password: string;
}

/** An IPv4 or IPv6 address that a machine can have: not 0.0.0.0, not multicast. */
export function address(): ValueKind<IpAddress> {
  return {
    placeholder: 'ADDRESS',
    range: 'an IPv4 or IPv6 address',
    shape: 'value',
    parse(text) {
      const value = parseIpAddress(text);
      if (value === undefined)
        return refuse('it is not an IPv4 or IPv6 address', 'write numbers, not a name, without a port');
      if (value.bytes.every((byte) => byte === 0))
        return refuse('it is the unspecified address', 'leave it out to use all');
      const isMulticast = value.family === 4 ? value.bytes[0]! >= 224 : value.bytes[0] === 0xff;
      if (isMulticast)
        return refuse('no machine has a multicast or broadcast address', 'write an address of this machine');
      return read(value);
    },
    show: formatIpAddress,
  };
}

/** A range of addresses. */
export function cidr(): ValueKind<Cidr> {
  return {
    placeholder: 'CIDR',
    range: 'ADDRESS or ADDRESS/BITS',
    shape: 'value',
    parse(text) {
      const result = parseCidr(text);
      return result.ok
        ? read(result.cidr)
        : refuse(result.reason, 'write a range like 10.0.0.0/8 or 2001:db8::/32');
    },
    show: formatCidr,
  };
}

/** A prefix that translators put before IPv4 addresses (RFC 6052). */
export function nat64Prefix(): ValueKind<Cidr> {
  return {
    ...cidr(),
    range: 'an IPv6 prefix of 32, 40, 48, 56, 64 or 96 bits',
    parse(text) {
      const result = parseCidr(text);
      if (result.ok && isNat64Prefix(result.cidr)) return read(result.cidr);
      const reason = result.ok ? 'RFC 6052 knows no such prefix' : result.reason;
      return refuse(reason, 'write an IPv6 prefix of 32, 40, 48, 56, 64 or 96 bits');
    },
  };
}

/** FIRST-LAST. */
export function portRange(): ValueKind<PortRange> {
  return {
    placeholder: 'FIRST-LAST',
    range: 'FIRST-LAST within 1024 to 65535, from an even to an odd port',
    shape: 'value',
    parse(text) {
      const mend = 'write FIRST-LAST, for example 49152-65535';
      const parts = /^([1-9][0-9]{0,4})-([1-9][0-9]{0,4})$/.exec(text);
      if (parts === null) return refuse('it is not two ports with a hyphen between', mend);
      const [first, last] = [Number(parts[1]), Number(parts[2])];
      if (last > 65535) return refuse('there is no port above 65535', mend);
      if (first < 1024) return refuse('ports below 1024 belong to other services', mend);
      if (last < first) return refuse('it ends before it starts', mend);
      // EVEN-PORT with the R bit hands out an even port and the odd one above it: a half pair could not be used.
      if (first % 2 !== 0 || last % 2 !== 1) {
        return refuse('relay ports come in pairs, the lower one even', `write ${first & ~1}-${last | 1}`);
      }
      return read({ first, last });
    },
    show: (range) => `${range.first}-${range.last}`,
  };
}

/** NAME:PASSWORD. */
export function turnUser(): ValueKind<TurnUser> {
  return {
    placeholder: 'NAME:PASSWORD',
    range: 'NAME:PASSWORD; no colon in NAME',
    shape: 'value',
    parse(text) {
      const mend = 'write NAME:PASSWORD';
      const colon = text.indexOf(':');
      if (colon < 0) return refuse('there is no colon between name and password', mend);
      const username = text.slice(0, colon);
      const password = text.slice(colon + 1);
      if (username === '') return refuse('the name is empty', mend);
      if (password === '') return refuse('the password is empty', mend);
      if (CONTROL.test(text)) return refuse('it has control characters', 'leave them out');
      // RFC 8489 section 14.3: USERNAME has less than 509 bytes.
      if (Buffer.byteLength(username) > 508)
        return refuse('the name has more than 508 bytes', 'write a shorter one');
      return read({ username, password });
    },
    show: (user) => `${user.username}:...`,
  };
}

/** Several values with commas between them. Empty text is an empty list. */
export function list<T>(kind: ValueKind<T>): ValueKind<readonly T[]> {
  const parseEntries = (entries: readonly string[]): Read<readonly T[]> => {
    const values: T[] = [];
    for (const [index, entry] of entries.entries()) {
      const result = kind.parse(entry);
      // Said by number: an entry may be secret.
      if (!result.ok && entries.length > 1)
        return refuse(`entry ${index + 1}: ${result.reason}`, result.mend);
      if (!result.ok) return result;
      values.push(result.value);
    }
    return read(values);
  };
  return {
    placeholder: `${kind.placeholder},...`,
    range: kind.range,
    shape: 'list',
    parse: (text) => parseEntries(text.trim() === '' ? [] : text.split(',').map((part) => part.trim())),
    parseEntries,
    show: (values) => values.map((value) => kind.show(value)).join(','),
  };
}
