import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant } from '../time/instant.js';
import type { ForwardedPacket } from './forwarded-packet.js';
import { ForwardingBatch } from './forwarding-batch.js';
import type { PublishedTrack } from './published-track.js';
import type { ReceivedStream } from './received-stream.js';

const NOW = instant(1);
const STREAM = { encoding: 0 } as ReceivedStream;

/** A track whose subscribers only write down what they get: their name and the number of the packet. */
function trackOf(names: readonly string[], got: string[]): PublishedTrack {
  const subscriptions = names.map((name) => ({
    forward: (_now: unknown, _stream: unknown, packet: ForwardedPacket) => {
      got.push(`${name}${packet.extendedSequence}`);
    },
  }));
  return { subscriptions } as unknown as PublishedTrack;
}

function add(batch: ForwardingBatch, track: PublishedTrack, number: number): void {
  batch.next(NOW).extendedSequence = number;
  batch.add(track, STREAM);
}

test('each subscriber gets all packets of a track, in their order, before the next one gets any', () => {
  const got: string[] = [];
  const batch = new ForwardingBatch();
  const [first, second] = [trackOf(['a', 'b'], got), trackOf(['c'], got)];
  add(batch, first, 1);
  add(batch, second, 2);
  add(batch, first, 3);
  assert.deepEqual(got, []);
  batch.flush(NOW);
  assert.deepEqual(got, ['a1', 'a3', 'b1', 'b3', 'c2']);
  batch.flush(NOW);
  assert.equal(got.length, 5);
});

test('a packet that was begun and not added is not forwarded', () => {
  const got: string[] = [];
  const batch = new ForwardingBatch();
  batch.next(NOW).extendedSequence = 7;
  add(batch, trackOf(['a'], got), 8);
  batch.next(NOW).extendedSequence = 9;
  batch.flush(NOW);
  assert.deepEqual(got, ['a8']);
});

test('more packets than there is room for are forwarded as they come, none twice and none lost', () => {
  const got: string[] = [];
  const batch = new ForwardingBatch();
  const track = trackOf(['a'], got);
  for (let number = 0; number < 1000; number++) add(batch, track, number);
  batch.flush(NOW);
  assert.deepEqual(
    got,
    Array.from({ length: 1000 }, (_, number) => `a${number}`),
  );
});
