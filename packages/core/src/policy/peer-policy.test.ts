import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseIpAddress } from '../path/address-text.js';
import { parseCidr } from './cidr.js';
import type { Cidr } from './cidr.js';
import { PeerPolicy } from './peer-policy.js';
import type { PeerDecision, PeerPolicyOptions, PeerProtocol } from './peer-policy.js';

function cidrs(...texts: string[]): Cidr[] {
  return texts.map((text) => {
    const result = parseCidr(text);
    assert.ok(result.ok, text);
    return result.cidr;
  });
}

const addresses = (...texts: string[]) => texts.map((text) => parseIpAddress(text)!);

function decide(policy: PeerPolicy, text: string, port = 40000, protocol: PeerProtocol = 17): PeerDecision {
  const address = parseIpAddress(text);
  assert.ok(address !== undefined, text);
  return policy.decide({ ...address, port }, protocol);
}

/** Every way the IPv6 family offers to write an IPv4 address. */
function disguises(ipv4: string): string[] {
  const [a, b, c, d] = ipv4.split('.').map(Number) as [number, number, number, number];
  const hex = (high: number, low: number) => ((high << 8) | low).toString(16);
  const inverted = `${hex(a ^ 255, b ^ 255)}:${hex(c ^ 255, d ^ 255)}`;
  const pair = `${hex(a, b)}:${hex(c, d)}`;
  return [
    `::ffff:${ipv4}`,
    `::${ipv4}`,
    `::ffff:0:${ipv4}`,
    `64:ff9b::${ipv4}`,
    `64:ff9b:1::${ipv4}`,
    `2002:${pair}::1`,
    `2002:${pair}:ffff:ffff:ffff:ffff:ffff`,
    `2001:0:808:808:8000:63bf:${inverted}`,
    `2001:0:${pair}::f7f7:f7f7`,
    `2a00:1450::5efe:${ipv4}`,
    `2a00:1450::200:5efe:${ipv4}`,
    `fe80::5efe:${ipv4}`,
    `2a00:64:${pair}::`,
    `2a00:96::${ipv4}`,
  ];
}

const NAT64 = { nat64Prefixes: cidrs('2a00:64::/32', '2a00:96::/96') };

test('refuses every special address in every disguise', () => {
  const targets = [
    '0.0.0.0', '0.1.2.3', '10.0.0.1', '10.255.255.255', '100.64.0.1', '100.127.255.255', '127.0.0.1', '127.255.255.254',
    '169.254.169.254', '172.16.0.1', '172.31.255.255', '192.0.0.8', '192.0.2.1', '192.31.196.1', '192.52.193.1', '192.88.99.1',
    '192.168.1.1', '192.175.48.1', '198.18.0.1', '198.19.255.255', '198.51.100.1', '203.0.113.1', '224.0.0.1', '239.255.255.250',
    '240.0.0.1', '255.255.255.255',
  ]; // prettier-ignore
  const policy = new PeerPolicy(NAT64);
  // Somebody who allows a range means the addresses as they are, not in disguise.
  const generous = new PeerPolicy({ ...NAT64, allowPeers: cidrs('0.0.0.0/0', '::/0') });
  let rows = 0;
  for (const target of targets) {
    assert.notEqual(decide(policy, target), 'allowed', target);
    for (const text of disguises(target)) {
      rows++;
      assert.notEqual(decide(policy, text), 'allowed', text);
      // ::0.0.0.0 is the unspecified address itself.
      assert.notEqual(decide(generous, text), 'allowed', text);
    }
  }
  assert.ok(rows >= 120, `${rows} rows`);
});

test('names the reason', () => {
  const policy = new PeerPolicy(NAT64);
  const rows: [text: string, decision: PeerDecision][] = [
    ['8.8.8.8', 'allowed'],
    ['1.1.1.1', 'allowed'],
    ['9.255.255.255', 'allowed'],
    ['11.0.0.0', 'allowed'],
    ['100.63.255.255', 'allowed'],
    ['100.128.0.0', 'allowed'],
    ['126.255.255.255', 'allowed'],
    ['128.0.0.0', 'allowed'],
    ['172.15.255.255', 'allowed'],
    ['172.32.0.0', 'allowed'],
    ['192.0.1.0', 'allowed'],
    ['192.167.255.255', 'allowed'],
    ['192.169.0.0', 'allowed'],
    ['198.17.255.255', 'allowed'],
    ['198.20.0.0', 'allowed'],
    ['223.255.255.255', 'allowed'],
    ['2a00:1450:4001:800::200e', 'allowed'],
    ['2001:200::1', 'allowed'],
    ['2001:4860:4860::8888', 'allowed'],
    ['2002:808:808::1', 'allowed'],
    ['64:ff9b::8.8.8.8', 'allowed'],
    ['2a00:96::8.8.8.8', 'allowed'],
    ['2620:4f:7fff::1', 'allowed'],
    ['3fff:1000::1', 'allowed'],
    ['127.0.0.1', 'loopback'],
    ['::1', 'loopback'],
    ['::', 'unspecified'],
    ['0.0.0.0', 'unspecified'],
    ['10.1.2.3', 'private'],
    ['fd00::1', 'private'],
    ['fec0::1', 'private'],
    ['169.254.169.254', 'link_local'],
    ['fe80::1', 'link_local'],
    ['224.0.0.251', 'multicast'],
    ['ff02::fb', 'multicast'],
    ['255.255.255.255', 'reserved'],
    ['100::1', 'reserved'],
    ['100:0:0:1::1', 'reserved'],
    ['2620:4f:8000::1', 'reserved'],
    ['5f00::1', 'reserved'],
    ['::ffff:8.8.8.8', 'reserved'],
    ['3fff:fff::1', 'documentation'],
    ['2001:db8::1', 'documentation'],
    ['64:ff9b::127.0.0.1', 'loopback'],
    ['2002:a9fe:a9fe::', 'link_local'],
    ['2a00:96::10.0.0.1', 'private'],
    ['2a00:1450::5efe:192.168.0.1', 'private'],
  ];
  for (const [text, decision] of rows) assert.equal(decide(policy, text), decision, text);
});

test('refuses port 0 whatever the address', () => {
  const policy = new PeerPolicy({ allowPeers: cidrs('127.0.0.0/8'), mediaPorts: [0, 65535] });
  assert.equal(decide(policy, '8.8.8.8', 0), 'port_zero');
  assert.equal(decide(policy, '127.0.0.1', 0), 'port_zero');
  assert.equal(decide(policy, '127.0.0.1', 1), 'allowed');
});

test('lifts only loopback, private and documentation ranges, and only by a list', () => {
  const everything = new PeerPolicy({ allowPeers: cidrs('0.0.0.0/0', '::/0') });
  const rows: [text: string, decision: PeerDecision][] = [
    ['127.0.0.1', 'allowed'],
    ['10.0.0.1', 'allowed'],
    ['192.168.0.1', 'allowed'],
    ['100.64.0.1', 'allowed'],
    ['203.0.113.10', 'allowed'],
    ['::1', 'allowed'],
    ['fd00::1', 'allowed'],
    ['0.0.0.0', 'unspecified'],
    ['::', 'unspecified'],
    ['169.254.169.254', 'link_local'],
    ['fe80::1', 'link_local'],
    ['224.0.0.1', 'multicast'],
    ['ff02::1', 'multicast'],
    ['255.255.255.255', 'reserved'],
    ['192.0.0.1', 'reserved'],
    ['2001::1', 'reserved'],
    ['::ffff:10.0.0.1', 'reserved'],
    ['64:ff9b::10.0.0.1', 'private'],
    ['2002:7f00:1::', 'loopback'],
  ];
  for (const [text, decision] of rows) assert.equal(decide(everything, text), decision, text);
  const narrow = new PeerPolicy({ allowPeers: cidrs('10.1.0.0/16') });
  assert.equal(decide(narrow, '10.1.255.255'), 'allowed');
  assert.equal(decide(narrow, '10.2.0.0'), 'private');
});

test('deny beats allow, also in disguise and for our own ports', () => {
  const options: PeerPolicyOptions = {
    allowPeers: cidrs('10.0.0.0/8', 'fd00::/8'),
    denyPeers: cidrs('10.9.0.0/16', '8.8.8.8', '2a00:bad::/32'),
    ownAddresses: addresses('10.9.0.1', '10.8.0.1'),
    mediaPorts: [40000, 40003],
  };
  const policy = new PeerPolicy(options);
  assert.equal(decide(policy, '10.8.0.1'), 'allowed');
  for (const text of [
    '10.9.0.1',
    '10.9.255.255',
    '8.8.8.8',
    '2a00:bad::1',
    '64:ff9b::8.8.8.8',
    '2002:808:808::',
    '::ffff:8.8.8.8',
  ]) {
    assert.equal(decide(policy, text), 'denied_by_configuration', text);
  }
});

test('our own addresses are reachable on media and relay ports over UDP only', () => {
  const own = addresses('93.184.216.34', '192.168.7.2', '127.0.0.1', '2a00:1450::34', '::1', 'fe80::7');
  const policy = new PeerPolicy({
    ownAddresses: own,
    mediaPorts: [40000, 40003],
    relayPorts: [49152, 65535],
  });
  for (const text of ['93.184.216.34', '192.168.7.2', '127.0.0.1', '2a00:1450::34', '::1']) {
    for (const port of [40000, 40003, 49152, 65535]) {
      assert.equal(decide(policy, text, port), 'allowed', `${text} ${port}`);
      assert.equal(decide(policy, text, port, 6), 'own_address', `${text} ${port}`);
    }
    for (const port of [1, 22, 80, 443, 3478, 4222, 6379, 39999, 40004, 49151]) {
      assert.equal(decide(policy, text, port), 'own_address', `${text} ${port}`);
    }
  }
  for (const text of ['64:ff9b::93.184.216.34', '2002:5db8:d822::1', '2a00::5efe:93.184.216.34']) {
    assert.equal(decide(policy, text, 40000), 'own_address', text);
  }
  assert.equal(decide(policy, '93.184.216.35'), 'allowed');
  assert.equal(decide(policy, '192.168.7.3', 40000), 'private');
});

test('an allow list opens our own addresses, as far as their kind can be opened', () => {
  const policy = new PeerPolicy({
    ownAddresses: addresses('127.0.0.1', '93.184.216.34', '169.254.1.1'),
    allowPeers: cidrs('127.0.0.0/8', '93.184.216.34', '169.254.0.0/16'),
  });
  assert.equal(decide(policy, '127.0.0.1', 9), 'allowed');
  assert.equal(decide(policy, '127.0.0.1', 9, 6), 'allowed');
  assert.equal(decide(policy, '93.184.216.34', 80), 'allowed');
  assert.equal(decide(policy, '169.254.1.1', 80), 'link_local');
});

test('follows our own addresses when they change', () => {
  const policy = new PeerPolicy({ ownAddresses: addresses('93.184.216.34') });
  policy.setOwnAddresses(addresses('93.184.216.35'));
  assert.equal(decide(policy, '93.184.216.34'), 'allowed');
  assert.equal(decide(policy, '93.184.216.35'), 'own_address');
});

test('decides from bytes in the middle of a message', () => {
  const policy = new PeerPolicy();
  const message = Uint8Array.of(9, 9, 127, 0, 0, 1, 8, 8, 8, 8, 9);
  assert.equal(policy.decideBytes(4, message, 2, 5), 'loopback');
  assert.equal(policy.decideBytes(4, message, 6, 5), 'allowed');
});

test('a prefix no translator can have is our mistake', () => {
  assert.throws(() => new PeerPolicy({ nat64Prefixes: cidrs('2001:db8::/33') }));
});
