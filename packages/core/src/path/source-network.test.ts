import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseIpAddress } from './address-text.js';
import { sourceNetworkOf } from './source-network.js';

test('an IPv4 address counts for itself, an IPv6 address for its /64', () => {
  const network = (text: string): string => sourceNetworkOf(parseIpAddress(text)!);
  assert.equal(network('192.0.2.7'), '192.0.2.7');
  assert.notEqual(network('192.0.2.8'), network('192.0.2.7'));
  assert.equal(network('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64');
  assert.equal(network('2001:db8:1:2:ffff::1'), network('2001:db8:1:2::1'));
  assert.notEqual(network('2001:db8:1:3::1'), network('2001:db8:1:2::1'));
});

test('the address itself is left as it was', () => {
  const address = parseIpAddress('2001:db8::1')!;
  sourceNetworkOf(address);
  assert.equal(address.bytes[15], 1);
});
