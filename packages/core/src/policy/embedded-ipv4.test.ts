import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatIpAddress, parseIpAddress } from '../path/address-text.js';
import { parseCidr, wordsOf } from './cidr.js';
import type { Cidr } from './cidr.js';
import { findEmbeddedIpv4, isNat64Prefix, maxEmbeddedIpv4 } from './embedded-ipv4.js';

function cidr(text: string): Cidr {
  const result = parseCidr(text);
  assert.ok(result.ok, text);
  return result.cidr;
}

function hiddenIn(text: string, prefixes: readonly Cidr[] = []): string[] {
  const words = wordsOf(parseIpAddress(text)!);
  const out = new Uint32Array(maxEmbeddedIpv4(prefixes));
  const count = findEmbeddedIpv4(words[0]!, words[1]!, words[2]!, words[3]!, prefixes, out);
  return Array.from(out.subarray(0, count), (word) => {
    const bytes = Uint8Array.of(word >>> 24, word >>> 16, word >>> 8, word);
    return formatIpAddress({ family: 4, bytes });
  });
}

test('finds the IPv4 address in every encoding', () => {
  const rows: [text: string, hidden: string[]][] = [
    ['2001:db8::1', []],
    ['::', []],
    ['::1', []],
    ['::2', ['0.0.0.2']],
    ['::192.0.2.1', ['192.0.2.1']],
    ['::ffff:192.0.2.1', ['192.0.2.1']],
    ['::ffff:0:192.0.2.1', ['192.0.2.1']],
    ['64:ff9b::192.0.2.1', ['192.0.2.1']],
    ['64:ff9b::1:192.0.2.1', []],
    ['2002:c000:0201::1', ['192.0.2.1']],
    ['2002:c000:0201::5efe:127.0.0.1', ['192.0.2.1', '127.0.0.1']],
    // RFC 4380 section 4: client 192.0.2.45 behind server 65.54.227.120.
    ['2001:0:4136:e378:8000:63bf:3fff:fdd2', ['65.54.227.120', '192.0.2.45']],
    ['fe80::5efe:192.0.2.1', ['192.0.2.1']],
    ['2001:db8::200:5efe:192.0.2.1', ['192.0.2.1']],
    ['2001:db8::100:5efe:192.0.2.1', []],
  ];
  for (const [text, hidden] of rows) assert.deepEqual(hiddenIn(text), hidden, text);
});

test('finds the IPv4 address behind configured prefixes (RFC 6052 section 2.4)', () => {
  const rows: [prefix: string, text: string][] = [
    ['2001:db8::/32', '2001:db8:c000:221::'],
    ['2001:db8:100::/40', '2001:db8:1c0:2:21::'],
    ['2001:db8:122::/48', '2001:db8:122:c000:2:2100::'],
    ['2001:db8:122:300::/56', '2001:db8:122:3c0:0:221::'],
    ['2001:db8:122:344::/64', '2001:db8:122:344:c0:2:2100::'],
    ['2001:db8:122:344::/96', '2001:db8:122:344::192.0.2.33'],
  ];
  for (const [prefix, text] of rows) {
    assert.ok(isNat64Prefix(cidr(prefix)));
    assert.deepEqual(hiddenIn(text, [cidr(prefix)]), ['192.0.2.33'], prefix);
    assert.deepEqual(hiddenIn(text), [], prefix);
  }
  for (const prefix of ['2001:db8::/33', '64:ff9b::/95', '10.0.0.0/8', '192.0.2.0/32']) {
    assert.ok(!isNat64Prefix(cidr(prefix)), prefix);
  }
});
