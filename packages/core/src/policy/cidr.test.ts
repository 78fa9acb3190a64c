import assert from 'node:assert/strict';
import { BlockList } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatIpAddress, parseIpAddress } from '../path/address-text.js';
import { cidrCovers, cidrOf, formatCidr, parseCidr } from './cidr.js';

function covers(range: string, address: string): boolean {
  const result = parseCidr(range);
  assert.ok(result.ok, range);
  return cidrCovers(result.cidr, parseIpAddress(address)!);
}

test('holds what lies inside, at both edges', () => {
  const rows: [range: string, address: string, inside: boolean][] = [
    ['10.0.0.0/8', '10.0.0.0', true],
    ['10.0.0.0/8', '10.255.255.255', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['10.0.0.0/8', '9.255.255.255', false],
    ['0.0.0.0/0', '203.0.113.7', true],
    ['0.0.0.0/0', '::1', false],
    ['::/0', 'ffff::', true],
    ['::/0', '1.2.3.4', false],
    ['128.0.0.0/1', '255.0.0.0', true],
    ['128.0.0.0/1', '127.255.255.255', false],
    ['192.0.2.7', '192.0.2.7', true],
    ['192.0.2.7', '192.0.2.6', false],
    ['2001:db8::/33', '2001:db8:7fff:ffff:ffff:ffff:ffff:ffff', true],
    ['2001:db8::/33', '2001:db8:8000::', false],
    // Byte-by-byte comparison gets this one wrong: a later byte is smaller than the range's.
    ['2001:db8:ff00::/40', '2001:db8:ff01::1', true],
    ['fe80::/10', 'febf::1', true],
    ['fe80::/10', 'fec0::', false],
    ['::1', '::1', true],
  ];
  for (const [range, address, inside] of rows)
    assert.equal(covers(range, address), inside, `${range} ${address}`);
});

test('refuses slips with a reason', () => {
  const rows: [text: string, reason: RegExp][] = [
    ['10.0.0.1/8', /write 10\.0\.0\.0\/8 or 10\.0\.0\.1/],
    ['2001:db8::1/64', /write 2001:db8::\/64 or 2001:db8::1/],
    ['10.0.0.0/33', /'33' is not a number from 0 to 32/],
    ['::/129', /0 to 128/],
    ['10.0.0.0/', /prefix length ''/],
    ['10.0.0.0/08', /'08'/],
    ['10.0.0.0/-1', /'-1'/],
    ['10.0.0.0/8/8', /'8\/8'/],
    ['10.0.0/8', /'10\.0\.0' is not an IPv4 or IPv6 address/],
    ['010.0.0.0/8', /is not an IPv4/],
    ['', /'' is not/],
    ['localhost', /'localhost' is not/],
    ['fe80::%1/64', /is not/],
    ['10.0.0.0/255.0.0.0', /prefix length '255\.0\.0\.0'/],
  ];
  for (const [text, reason] of rows) {
    const result = parseCidr(text);
    assert.ok(!result.ok, text);
    assert.match(result.reason, reason);
    assert.ok(!result.reason.includes('\n'));
  }
});

test('agrees with the block list of the platform', () => {
  const address = fc.oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
  );
  fc.assert(
    fc.property(address, fc.integer({ min: 0, max: 128 }), fc.nat(200), (bytes, length, flip) => {
      const family = bytes.length === 4 ? 4 : 6;
      const cidr = cidrOf({ family, bytes }, Math.min(length, bytes.length * 8));
      const parsed = parseCidr(formatCidr(cidr));
      assert.ok(parsed.ok);
      assert.deepEqual(parsed.cidr, cidr);
      const other = Uint8Array.from(bytes);
      if (flip < bytes.length * 8) other[flip >> 3]! ^= 0x80 >> (flip & 7);
      const list = new BlockList();
      const kind = family === 4 ? 'ipv4' : 'ipv6';
      const text = formatCidr(cidr).split('/')[0]!;
      if (cidr.prefixLength === 0) return;
      list.addSubnet(text, cidr.prefixLength, kind);
      assert.equal(
        cidrCovers(cidr, { family, bytes: other }),
        list.check(formatIpAddress({ family, bytes: other }), kind),
      );
    }),
    { numRuns: 5000 },
  );
});
