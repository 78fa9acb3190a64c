import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { changed, recorded } from './recorded-reports.test-support.js';
import { ServerMonitor } from './server-monitor.js';
import type { ServerSample } from './server-monitor.js';

/** In the recordings, video is `mid` 0 and audio `mid` 1. */
const sections = new Map([
  ['0', { mid: '0', participantId: 'joon', trackId: 'track' }],
  ['1', { mid: '1', participantId: 'mina', trackId: 'track' }],
]);

function sample(change: Partial<ServerSample>): ServerSample {
  return {
    up: undefined,
    down: undefined,
    sentTrackOf: (mid) => `sent ${mid}`,
    sections,
    state: 'connected',
    participantIds: ['mina', 'joon', 'ara'],
    atMs: 0,
    ...change,
  };
}

/** What is known after a second of a call. */
function call(recording: 'direct' | 'relay-tls', change: Partial<ServerSample> = {}) {
  const { sender, receiver } = recorded(recording);
  const monitor = new ServerMonitor();
  monitor.take(sample({ up: sender.first, down: receiver.first, ...change }));
  return monitor.take(sample({ up: sender.second, down: receiver.second, atMs: 1000, ...change }));
}

describe('statistics of connections by the media server', () => {
  test('each participant has the tracks that come from them, and all have what goes up', () => {
    const statistics = call('direct');
    assert.deepEqual([...statistics.keys()], ['mina', 'joon', 'ara']);
    const [mina, joon, ara] = [...statistics.values()];
    assert.deepEqual(
      [mina, joon, ara].map((one) => one!.received.map(({ kind, trackId }) => `${kind} ${trackId}`)),
      [['audio track'], ['video track'], []],
    );
    for (const one of [mina, joon, ara]) {
      assert.deepEqual(one!.sent.map(({ trackId }) => trackId).sort(), ['sent 0', 'sent 1']);
      assert.ok(one!.sentBitrateBps > 0);
      assert.equal(one!.roundTripMs, mina!.roundTripMs);
    }
    assert.equal(mina!.receivedBitrateBps, mina!.received[0]!.bitrateBps);
    assert.ok(mina!.receivedBitrateBps > 0 && mina!.receivedBitrateBps < joon!.receivedBitrateBps);
    assert.equal(ara!.receivedBitrateBps, 0);
  });

  test('the path leads to the server, or through a relay', () => {
    assert.equal(call('direct').get('mina')!.path.kind, 'server');
    const relayed = call('relay-tls').get('mina')!.path;
    assert.equal(relayed.kind, 'relayed');
  });

  test('who only receives sends nothing; who is alone knows the path up', () => {
    const viewer = call('direct', { up: undefined }).get('joon')!;
    assert.deepEqual([viewer.sent, viewer.sentBitrateBps], [[], 0]);
    assert.equal(viewer.path.kind, 'server');
    const alone = call('direct', { down: undefined }).get('joon')!;
    assert.equal(alone.path.kind, 'server');
    assert.deepEqual(alone.received, []);
  });

  test('a picture that stands still is a poor connection to the one who is in it, and to nobody else', () => {
    const { first } = recorded('direct').receiver;
    const monitor = new ServerMonitor();
    const after = (seconds: number) => {
      const down = changed(first, 'inbound-rtp', ({ kind, timestamp, totalFreezesDuration }) => ({
        timestamp: Number(timestamp) + 1000 * seconds,
        ...(kind === 'video' && { totalFreezesDuration: Number(totalFreezesDuration ?? 0) + 0.9 * seconds }),
      }));
      return monitor.take(sample({ down, atMs: 1000 * seconds }));
    };
    for (const seconds of [0, 1, 2, 3]) after(seconds);
    const statistics = after(4);
    assert.equal(statistics.get('mina')!.quality, 'excellent');
    assert.equal(statistics.get('joon')!.quality, 'poor');
  });

  test('a connection that broke has no path, and is lost to all', () => {
    const statistics = call('direct', { state: 'failed' });
    for (const one of statistics.values()) assert.deepEqual([one.path.kind, one.quality], ['none', 'lost']);
  });
});
