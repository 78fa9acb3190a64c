import assert from 'node:assert/strict';
import { test } from 'node:test';
import { middleOfNtp, roundTripMs } from './ntp.js';

test('the round trip of RFC 3550 figure 2 is 6.125 s', () => {
  assert.equal(middleOfNtp(0xb44d_b705, 0x2000_0000), 0xb705_2000);
  assert.equal(roundTripMs(0xb710_8000, 0xb705_2000, 0x0005_4000), 6125);
});

test('a round trip is right where the middle bits wrap around, and is not known without a sender report', () => {
  assert.equal(roundTripMs(0x0000_8000, 0xffff_8000, 0x0000_8000), 500);
  assert.equal(roundTripMs(0x0000_8000, 0, 0), -1);
});
