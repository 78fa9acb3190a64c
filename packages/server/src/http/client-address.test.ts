import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCidr } from '@madang/core/policy/cidr';
import { clientAddress } from './client-address.js';

const cidrs = (...texts: string[]) =>
  texts.map((text) => {
    const read = parseCidr(text);
    assert.ok(read.ok);
    return read.cidr;
  });

test('G10: X-Forwarded-For counts from a trusted proxy only, and only its rightmost stranger', () => {
  const proxies = cidrs('10.0.0.0/8', '2001:db8:1::/48');
  const table: [remote: string, header: string | string[] | undefined, client: string][] = [
    ['203.0.113.9', undefined, '203.0.113.9'],
    ['203.0.113.9', '198.51.100.1', '203.0.113.9'],
    ['::ffff:203.0.113.9', '10.0.0.1', '203.0.113.9'],
    ['10.0.0.1', undefined, '10.0.0.1'],
    ['10.0.0.1', '', '10.0.0.1'],
    ['10.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['::ffff:10.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['10.0.0.1', '1.1.1.1, 198.51.100.1', '198.51.100.1'],
    ['10.0.0.1', '1.1.1.1, 198.51.100.1, 10.2.3.4', '198.51.100.1'],
    ['10.0.0.1', ['1.1.1.1', '198.51.100.1,10.2.3.4'], '198.51.100.1'],
    ['10.0.0.1', '10.0.0.7,10.0.0.8', '10.0.0.7'],
    ['10.0.0.1', '198.51.100.1, nonsense', '10.0.0.1'],
    ['10.0.0.1', '198.51.100.1, nonsense, 10.0.0.2', '10.0.0.2'],
    ['10.0.0.1', '198.51.100.1:4711', '198.51.100.1'],
    ['10.0.0.1', '[2001:db8:2::1]:4711', '2001:db8:2::1'],
    ['10.0.0.1', '2001:DB8:2:0::1', '2001:db8:2::1'],
    ['2001:db8:1::5', '::ffff:198.51.100.1', '198.51.100.1'],
    ['10.0.0.1', ','.repeat(5000), '10.0.0.1'],
    ['', '198.51.100.1', ''],
  ];
  for (const [remote, header, client] of table) {
    assert.equal(clientAddress(remote, header, proxies), client, `${remote} ${String(header).slice(0, 60)}`);
  }
  assert.equal(clientAddress('10.0.0.1', '198.51.100.1', []), '10.0.0.1', 'nobody is trusted unasked');
});
