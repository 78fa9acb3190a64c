import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expectedPath, relayProtocol, siteBehaviour } from './theory.js';
import type { SiteName } from './topology.js';
import { SITE_NAMES } from './topology.js';

// Written down by hand from RFC 5128 section 3.3: D direct, R relay.
const TABLE: Readonly<Record<SiteName, string>> = {
  //                 open full addr port sym  cgn  udp  443  v6
  open: '            D    D    D    D    D    D    R    R    R',
  fullCone: '        D    D    D    D    D    D    R    R    R',
  addressRestricted: 'D   D    D    D    D    D    R    R    R',
  portRestricted: '  D    D    D    D    R    D    R    R    R',
  symmetric: '       D    D    D    R    R    R    R    R    R',
  carrierGrade: '    D    D    D    D    R    D    R    R    R',
  udpBlocked: '      R    R    R    R    R    R    R    R    R',
  tcp443Only: '      R    R    R    R    R    R    R    R    R',
  ipv6Only: '        R    R    R    R    R    R    R    R    D',
};

test('every pair of sites is direct or relayed as the RFCs say', () => {
  for (const a of SITE_NAMES) {
    const row = SITE_NAMES.map((b) => (expectedPath(a, b) === 'direct' ? 'D' : 'R'));
    assert.equal(row.join(' '), TABLE[a].trim().split(/\s+/).join(' '), a);
  }
});

test('gateways in a row behave like the strictest of them', () => {
  assert.deepEqual(siteBehaviour('carrierGrade'), {
    mapping: 'endpointIndependent',
    filtering: 'addressAndPortDependent',
  });
  assert.deepEqual(siteBehaviour('open'), { mapping: 'none', filtering: 'endpointIndependent' });
  assert.equal(siteBehaviour('udpBlocked'), undefined);
});

test('a site relays over the best transport its firewall leaves', () => {
  assert.deepEqual(SITE_NAMES.map(relayProtocol), [
    ...['udp', 'udp', 'udp', 'udp', 'udp', 'udp'],
    ...['tcp', 'tls', 'udp'],
  ]);
});
