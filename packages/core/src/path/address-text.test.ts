import assert from 'node:assert/strict';
import { isIP, SocketAddress } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  formatIpAddress,
  formatTransportAddress,
  parseIpAddress,
  parseTransportAddress,
} from './address-text.js';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

test('reads addresses in every form RFC 4291 allows', () => {
  const rows: [text: string, bytes: string][] = [
    ['1.2.3.4', '01020304'],
    ['255.255.255.255', 'ffffffff'],
    ['0.0.0.0', '00000000'],
    ['::', '0'.repeat(32)],
    ['::1', '0'.repeat(31) + '1'],
    ['1::', '0001' + '0'.repeat(28)],
    ['2001:DB8::8:800:200C:417A', '20010db80000000000080800200c417a'],
    ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
    ['1:2:3:4:5:6:7::', '00010002000300040005000600070000'],
    ['::2:3:4:5:6:7:8', '00000002000300040005000600070008'],
    ['::ffff:192.0.2.1', '00000000000000000000ffffc0000201'],
    ['64:ff9b::192.0.2.33', '0064ff9b0000000000000000c0000221'],
    ['1:2:3:4:5:6:1.2.3.4', '00010002000300040005000601020304'],
    ['0001:0002:0003:0004:0005:0006:255.255.255.255', '000100020003000400050006ffffffff'],
  ];
  for (const [text, bytes] of rows) assert.equal(hex(parseIpAddress(text)!.bytes), bytes, text);
});

test('refuses everything else', () => {
  const texts = [
    '', ' ', '1', '1.2.3', '1.2.3.4.5', '1.2.3.256', '01.2.3.4', '1.2.3.04', '00.0.0.0', '0x7f.0.0.1', '0177.0.0.1',
    '2130706433', '127.1', '1.2.3.-4', '1.2.3.4 ', ' 1.2.3.4', '1.2.3.4\n', '1..2.3', '1.2.3.', '.1.2.3', '1.2.3.4/8', '１.2.3.4',
    ':', ':::', '::1::', '1:::2', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '1:2:3:4:5:6:7:8::', '::1:2:3:4:5:6:7:8', ':1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:', '12345::', 'g::', '::1%eth0', 'fe80::1%1', '[::1]', '::1.2.3', '::1.2.3.4.5', '::01.2.3.4', '1.2.3.4::', '::1.2.3.4:5',
    '1:2:3:4:5:6:7:1.2.3.4', '::-1', '::+1', '::0x1', 'x'.repeat(100_000),
  ]; // prettier-ignore
  for (const text of texts) assert.equal(parseIpAddress(text), undefined, JSON.stringify(text.slice(0, 50)));
});

test('writes the recommended form (RFC 5952 section 4)', () => {
  const rows = [
    ['2001:0db8::0001', '2001:db8::1'],
    ['2001:db8:0:0:0:0:2:1', '2001:db8::2:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:DB8::ABCD', '2001:db8::abcd'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['1:0:0:0:0:0:0:0', '1::'],
    ['::ffff:c000:201', '::ffff:192.0.2.1'],
    ['::ffff', '::ffff'],
    ['10.0.0.1', '10.0.0.1'],
  ];
  for (const [text, canonical] of rows) assert.equal(formatIpAddress(parseIpAddress(text!)!), canonical);
});

test('agrees with the address parser of the platform', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
    fc
      .array(fc.constantFrom(0, 0, 0, 1, 255), { minLength: 16, maxLength: 16 })
      .map((a) => Uint8Array.from(a)),
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
  );
  fc.assert(
    fc.property(bytes, (address) => {
      const family = address.length === 4 ? 4 : 6;
      const text = formatIpAddress({ family, bytes: address });
      assert.equal(isIP(text), family);
      assert.equal(hex(parseIpAddress(text)!.bytes), hex(address));
      // inet_ntop writes IPv4-compatible addresses in mixed notation, RFC 5952 does not ask for it.
      if (address.subarray(0, 12).every((byte) => byte === 0)) return;
      const platform = new SocketAddress({ address: text, family: family === 4 ? 'ipv4' : 'ipv6', port: 1 });
      assert.equal(text, platform.address);
    }),
    { numRuns: 5000 },
  );
  fc.assert(
    fc.property(fc.stringMatching(/^[0-9a-f:.]{0,20}$/), (text) => {
      assert.equal(parseIpAddress(text)?.family ?? 0, isIP(text), text);
    }),
    { numRuns: 20_000 },
  );
});

test('reads and writes addresses with ports', () => {
  for (const text of ['1.2.3.4:5', '0.0.0.0:0', '[::1]:65535', '[2001:db8::1]:3478', '[::ffff:1.2.3.4]:80']) {
    const address = parseTransportAddress(text);
    assert.ok(address !== undefined, text);
    assert.equal(formatTransportAddress(address), text);
  }
  const bad = [
    '', '1.2.3.4', '1.2.3.4:', ':80', '1.2.3.4:65536', '1.2.3.4:080', '1.2.3.4:-1', '1.2.3.4:1 ', '::1:80', '[::1]', '[::1]:',
    '[::1]:00', '[1.2.3.4]:80', '[fe80::1%1]:80', '[[::1]]:80', 'localhost:80', '1.2.3.4:1e3', '[]:1', 'x'.repeat(100_000),
  ]; // prettier-ignore
  for (const text of bad) assert.equal(parseTransportAddress(text), undefined, text.slice(0, 50));
});
