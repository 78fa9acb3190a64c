import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { instant } from '@madang/core/time/instant';
import { ReceivedLoadStream } from './received-stream.js';

describe('a stream a load client receives', () => {
  const scenarios: { readonly title: string; readonly arrive: number[]; packets: number; missing: number }[] =
    [
      { title: 'packets in order leave no gap', arrive: [7, 8, 9], packets: 3, missing: 0 },
      { title: 'what is jumped over is missing', arrive: [7, 10], packets: 2, missing: 2 },
      { title: 'a late packet fills its gap', arrive: [7, 9, 8], packets: 3, missing: 0 },
      { title: 'a repetition counts once', arrive: [7, 8, 8, 7], packets: 2, missing: 0 },
      { title: 'numbers wrap around', arrive: [65534, 65535, 0, 2], packets: 4, missing: 1 },
      {
        title: 'what was sent before the first one does not count',
        arrive: [7, 6, 8],
        packets: 2,
        missing: 0,
      },
    ];
  for (const { title, arrive, packets, missing } of scenarios) {
    test(title, () => {
      const stream = new ReceivedLoadStream(1);
      arrive.forEach((sequence, index) => stream.received(instant(index), sequence));
      assert.deepEqual([stream.packets, stream.missingPackets], [packets, missing]);
    });
  }

  test('nothing is missing of a stream that has not begun', () => {
    assert.equal(new ReceivedLoadStream(1).missingPackets, 0);
  });
});
