import assert from 'node:assert/strict';
import { test } from 'node:test';
import { servesTheLink } from './ethernet.js';

function frame(etherType: number, nextHeader = 0, type = 0): Uint8Array {
  const bytes = new Uint8Array(80);
  bytes.set([etherType >> 8, etherType & 0xff], 12);
  bytes[20] = nextHeader;
  bytes[54] = type;
  return bytes;
}

test('ARP, IPv6 neighbour discovery and IPv6 multicast are told from other frames', () => {
  assert.ok(servesTheLink(frame(0x0806)));
  assert.ok(servesTheLink(frame(0x86dd, 58, 135)));
  assert.ok(servesTheLink(frame(0x86dd, 58, 136)));
  assert.ok(!servesTheLink(frame(0x86dd, 58, 128)), 'an echo request');
  assert.ok(!servesTheLink(frame(0x86dd, 17, 135)), 'UDP');
  assert.ok(!servesTheLink(frame(0x0800, 58, 135)), 'IPv4');
  const multicast = frame(0x86dd, 17);
  multicast[38] = 0xff;
  assert.ok(servesTheLink(multicast));
  assert.ok(!servesTheLink(new Uint8Array(3)));
});
