import assert from 'node:assert/strict';
import { test } from 'node:test';
import { after, instant } from '../time/instant.js';
import { middleOfNtp, NtpClock, roundTripMs } from './ntp.js';

const START = instant(123_456.5);

for (const [unixMs, seconds, fraction] of [
  [0, 2_208_988_800, 0],
  [500, 2_208_988_800, 0x8000_0000],
  [1_700_000_000_250, 3_908_988_800, 0x4000_0000],
  // The first era ends on 2036-02-07 at 06:28:16.
  [Date.UTC(2036, 1, 7, 6, 28, 15), 0xffff_ffff, 0],
  [Date.UTC(2036, 1, 7, 6, 28, 17), 1, 0],
] as const) {
  test(`${unixMs} ms of Unix time are ${seconds} s and ${fraction} of NTP`, () => {
    const clock = new NtpClock(START, unixMs);
    clock.read(START);
    assert.deepEqual([clock.seconds, clock.fraction], [seconds, fraction]);
  });
}

test('NTP time runs with the monotonic clock', () => {
  const clock = new NtpClock(START, 1_700_000_000_000);
  clock.read(after(START, 61_000 + 125));
  assert.equal(clock.seconds, 3_908_988_861);
  assert.ok(Math.abs(clock.fraction - 0x2000_0000) < 2 ** 32 / 100_000, `${clock.fraction}`);
  clock.read(after(START, -1000));
  assert.equal(clock.seconds, 3_908_988_799);
});

test('the round trip of RFC 3550 figure 2 is 6.125 s', () => {
  assert.equal(middleOfNtp(0xb44d_b705, 0x2000_0000), 0xb705_2000);
  assert.equal(roundTripMs(0xb710_8000, 0xb705_2000, 0x0005_4000), 6125);
});

test('a round trip is right where the middle bits wrap around, and is not known without a sender report', () => {
  assert.equal(roundTripMs(0x0000_8000, 0xffff_8000, 0x0000_8000), 500);
  assert.equal(roundTripMs(0x0000_8000, 0, 0), -1);
});
