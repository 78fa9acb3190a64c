import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TrackStatistics } from '../api/connection.js';
import { ConnectionMonitor } from './connection-monitor.js';
import { measure, noStatistics } from './connection-statistics.js';
import type { Measurement, TrackOf } from './connection-statistics.js';
import { changed, recorded } from './recorded-reports.test-support.js';
import type { ReportPair } from './recorded-reports.test-support.js';

const trackOf: TrackOf = (mid, direction) => ({ 0: `camera ${direction}`, 1: `voice ${direction}` })[mid];

function measured({ first, second }: ReportPair): Measurement {
  const { raw } = measure(undefined, first, trackOf, 1000);
  return measure(raw, second, trackOf, 2000).measurement;
}

describe('statistics of recorded calls', () => {
  // What the recording has beside that: the machine was busy during the first two.
  for (const [name, height, freezeCount, limitation] of [
    ['direct', 270, 1, 'bandwidth'],
    ['relay-udp', 360, 2, 'none'],
    ['relay-tcp', 360, 0, 'none'],
    ['relay-tls', 360, 0, 'none'],
  ] as const) {
    test(`what is sent arrives (${name})`, () => {
      const { sender, receiver } = recorded(name);
      const [sent, received] = [measured(sender), measured(receiver)];
      const both = (what: string): { out: TrackStatistics; in: TrackStatistics } => ({
        out: sent.sent.find(({ trackId }) => trackId === `${what} sent`)!,
        in: received.received.find(({ trackId }) => trackId === `${what} received`)!,
      });
      const [camera, voice] = [both('camera'), both('voice')];

      assert.deepEqual([sent.sent.length, sent.received.length], [2, 0]);
      assert.deepEqual([received.sent.length, received.received.length], [0, 2]);
      for (const track of [camera, voice]) {
        assert.ok(track.out.bitrateBps > 15_000, `${track.out.bitrateBps}`);
        assert.ok(Math.abs(track.out.bitrateBps - track.in.bitrateBps) < track.out.bitrateBps / 4);
        assert.equal(track.in.lossFraction, 0);
        assert.equal(track.out.lossFraction, 0);
        assert.ok(track.in.jitterMs! < 60 && track.in.jitterMs! > 0);
      }
      assert.deepEqual([camera.out.codec, voice.in.codec], ['VP8', 'opus']);
      for (const picture of [camera.out, camera.in]) {
        assert.deepEqual([picture.kind, picture.width, picture.height], ['video', (height * 16) / 9, height]);
        assert.ok(picture.framesPerSecond! > 10 && picture.frames! > 50);
      }
      assert.deepEqual([camera.in.freezeCount, camera.in.concealedFraction], [freezeCount, undefined]);
      assert.deepEqual(
        [voice.in.kind, voice.in.width, voice.in.freezeCount],
        ['audio', undefined, undefined],
      );
      assert.ok(voice.in.concealedFraction! < 0.05);
      assert.equal(camera.out.qualityLimitationReason, limitation);

      assert.ok(sent.sentBitrateBps >= camera.out.bitrateBps + voice.out.bitrateBps, 'headers are bytes too');
      assert.ok(Math.abs(received.receivedBitrateBps - sent.sentBitrateBps) < sent.sentBitrateBps / 5);
      assert.ok(sent.roundTripMs! > 0 && sent.roundTripMs! < 100);
      assert.ok(sent.availableOutgoingBitrateBps! > 100_000);
      assert.equal(sent.at, 2000);
    });
  }

  test('the first report has no rates, and counters that went back count as begun anew', () => {
    const { sender } = recorded('direct');
    const { raw, measurement } = measure(undefined, sender.second, trackOf, 0);
    assert.equal(measurement.sentBitrateBps, 0);
    assert.deepEqual(new Set(measurement.sent.map(({ bitrateBps }) => bitrateBps)), new Set([0]));
    const later = changed(sender.first, 'transport', () => ({ timestamp: raw.bytes.timestamp + 1000 }));
    assert.equal(measure(raw, later, trackOf, 1000).measurement.sentBitrateBps, 0);
  });

  test('tracks nobody knows are left out', () => {
    const { measurement } = measure(undefined, recorded('direct').sender.first, () => undefined, 0);
    assert.deepEqual(measurement.sent, []);
  });

  test('loss, concealment and freezes are of the time since the report before', () => {
    const { first, second } = recorded('direct').receiver;
    const kinds: Record<string, Record<string, number>> = {
      audio: { packetsLost: 50, packetsReceived: 50, totalSamplesReceived: 48_000, concealedSamples: 12_000 },
      video: { packetsLost: 10, packetsReceived: 30, totalFreezesDuration: 0.5 },
    };
    const before = measure(undefined, first, trackOf, 0).raw;
    const worse = changed(second, 'inbound-rtp', (stat) => {
      const old = first.get(stat['id'] as string) as Record<string, number>;
      const grown = Object.entries(kinds[stat['kind'] as string]!).map(([name, by]) => [
        name,
        (old[name] ?? 0) + by,
      ]);
      return {
        ...Object.fromEntries(grown),
        silentConcealedSamples: 2400,
        timestamp: old['timestamp']! + 1000,
      };
    });
    const { measurement } = measure(before, worse, trackOf, 1000);
    const [voice] = measurement.received.filter(({ kind }) => kind === 'audio');
    const [camera] = measurement.received.filter(({ kind }) => kind === 'video');
    assert.equal(voice!.lossFraction, 0.5);
    assert.equal(voice!.concealedFraction, 0.2, 'silence is not counted');
    assert.equal(camera!.lossFraction, 0.25);
    assert.ok(Math.abs(Math.max(...measurement.frozenFractions) - 0.5) < 1e-9);
  });
});

describe('statistics of a connection', () => {
  test('before any report nothing is known, and a lost connection is lost', () => {
    assert.equal(noStatistics('connected').quality, 'unknown');
    assert.equal(noStatistics('connecting').quality, 'unknown');
    assert.equal(noStatistics('failed').quality, 'lost');
    assert.equal(noStatistics('new').path.kind, 'none');
  });

  test('a good call is excellent, and loses path and rating with its connection', () => {
    const { first, second } = recorded('relay-tls').receiver;
    const monitor = new ConnectionMonitor();
    monitor.take(first, trackOf, 'connected', 0);
    const good = monitor.take(second, trackOf, 'connected', 1000);
    assert.equal(good.quality, 'excellent');
    assert.equal(good.path.kind, 'relayed');
    assert.ok(!('frozenFractions' in good));
    const cut = monitor.take(second, trackOf, 'reconnecting', 2000);
    assert.equal(cut.quality, 'lost');
    assert.equal(cut.receivedBitrateBps, 0);
    assert.equal(monitor.take(second, trackOf, 'failed', 3000).path.kind, 'none');
  });
});
