import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChecksumTransform } from './checksum-transform.test-support.js';
import { SrtpReceiver } from './srtp-receiver.js';
import { SrtpSender } from './srtp-sender.js';

test('the roll-over counter is what an extended sequence number has above its low 16 bits', () => {
  const transform = new ChecksumTransform();
  const sender = new SrtpSender(transform);
  const bytes = new Uint8Array(40);
  for (const extended of [0, 65_535, 65_536, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 47 + 5])
    assert.equal(sender.protectRtp(bytes, 3, 12, 20, extended), 24);
  assert.deepEqual(transform.protectedWith, [0, 0, 1, 2 ** 15, 2 ** 16 - 1, 2 ** 16, 2 ** 31]);
});

test('every RTCP packet has the next index, so that none is taken for a replay', () => {
  const transform = new ChecksumTransform();
  const sender = new SrtpSender(transform);
  const receiver = new SrtpReceiver(transform);
  for (let i = 0; i < 300; i++) {
    const bytes = new Uint8Array(40);
    assert.equal(sender.protectRtcp(bytes, 3, 12), 20);
    assert.equal(receiver.unprotectRtcp(bytes, 3, 20), 12);
    assert.equal(receiver.unprotectRtcp(bytes, 3, 20), -1);
  }
  assert.deepEqual(transform.protectedWith.slice(0, 3), [0, 1, 2]);
});
