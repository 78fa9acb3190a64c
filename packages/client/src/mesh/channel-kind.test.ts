import assert from 'node:assert/strict';
import { test } from 'node:test';
import { channelInit, channelKey, isLabel, kindOf } from './channel-kind.js';
import type { ChannelShape } from './channel-kind.js';

const RELIABLE: ChannelShape = {
  label: 'chat',
  protocol: 'madang',
  ordered: true,
  maxRetransmits: null,
  maxPacketLifeTime: null,
};

test('a channel is known at the other side as what it was opened', () => {
  for (const reliable of [true, false]) {
    const init = channelInit({ label: 'x', reliable });
    const shape = { ...RELIABLE, label: 'x', maxRetransmits: null, ...init } as ChannelShape;
    assert.deepEqual(kindOf(shape), { label: 'x', reliable });
  }
});

test('channels that are none of ours have no kind', () => {
  const strange: Partial<ChannelShape>[] = [
    { protocol: '' },
    { label: '' },
    { label: 'x'.repeat(65) },
    { ordered: false },
    { maxRetransmits: 0 },
    { ordered: false, maxRetransmits: 3 },
    { maxPacketLifeTime: 100 },
    { ordered: false, maxRetransmits: 0, maxPacketLifeTime: 1 },
  ];
  for (const change of strange)
    assert.equal(kindOf({ ...RELIABLE, ...change }), undefined, JSON.stringify(change));
});

test('labels have 1 to 64 characters', () => {
  assert.deepEqual(['', 'x', 'x'.repeat(64), 'x'.repeat(65)].map(isLabel), [false, true, true, false]);
});

test('channels of one label and different reliability are different', () => {
  assert.notEqual(channelKey({ label: 'x', reliable: true }), channelKey({ label: 'x', reliable: false }));
  assert.notEqual(channelKey({ label: 'lx', reliable: true }), channelKey({ label: 'x', reliable: true }));
});
