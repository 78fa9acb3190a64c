import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DROP_REASONS } from '@madang/core/path/drop-reason';
import { createMetrics } from './prometheus.js';
import type { Figures } from './prometheus.js';

const ZERO: Figures = {
  allocations: 0,
  allocationsCreated: 0,
  packetsToPeers: 0,
  bytesToPeers: 0,
  packetsToClients: 0,
  bytesToClients: 0,
  bindingAnswers: 0,
  drops: [],
  sendErrors: {},
  limitsHit: {},
  mediaTransports: 0,
  mediaPackets: {},
  mediaBytes: {},
  mediaDrops: {},
  workerRestarts: 0,
};

/** Series of a text: name with labels, and value. */
function seriesOf(text: string): Map<string, number> {
  const rows = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    rows.map((row) => {
      const parts = /^([a-zA-Z_:][\w:]*(?:\{(?:\w+="(?:[^"\\]|\\.)*",?)*\})?) (\S+)$/.exec(row);
      assert.ok(parts !== null, row);
      return [parts[1]!, Number(parts[2])];
    }),
  );
}

test('writes every family with its labels', async () => {
  const metrics = createMetrics(() => ({
    allocations: 3,
    allocationsCreated: 10,
    packetsToPeers: 100,
    bytesToPeers: 1e12,
    packetsToClients: 200,
    bytesToClients: 2e12,
    bindingAnswers: 7,
    drops: DROP_REASONS.map((_, index) => index),
    sendErrors: { ECONNREFUSED: 4, ENETUNREACH: 5 },
    limitsHit: { allocations_per_user: 6 },
    mediaTransports: 8,
    mediaPackets: { received: 300, forwarded: 900 },
    mediaBytes: { forwarded: 3e12 },
    mediaDrops: { unknown_ssrc: 2 },
    workerRestarts: 1,
  }));
  assert.match(metrics.contentType, /^text\/plain; version=0\.0\.4/);
  const text = await metrics.text();
  const series = seriesOf(text);
  const expected: Record<string, number> = {
    madang_turn_allocations: 3,
    madang_turn_allocations_created_total: 10,
    'madang_relay_packets_total{direction="to_peer"}': 100,
    'madang_relay_packets_total{direction="to_client"}': 200,
    'madang_relay_bytes_total{direction="to_peer"}': 1e12,
    'madang_relay_bytes_total{direction="to_client"}': 2e12,
    madang_stun_binding_answers_total: 7,
    'madang_limits_hit_total{limit="allocations_per_user"}': 6,
    'madang_send_errors_total{errno="ECONNREFUSED"}': 4,
    'madang_send_errors_total{errno="ENETUNREACH"}': 5,
    madang_media_transports: 8,
    'madang_media_packets_total{kind="received"}': 300,
    'madang_media_packets_total{kind="forwarded"}': 900,
    'madang_media_bytes_total{kind="forwarded"}': 3e12,
    'madang_media_drops_total{reason="unknown_ssrc"}': 2,
    madang_worker_restarts_total: 1,
  };
  DROP_REASONS.forEach((reason, index) => (expected[`madang_drops_total{reason="${reason}"}`] = index));
  for (const [name, value] of Object.entries(expected)) assert.equal(series.get(name), value, name);
  const own = [...series.keys()].filter((name) => name.startsWith('madang_'));
  assert.deepEqual(own.sort(), Object.keys(expected).sort());
  for (const name of [
    'process_cpu_seconds_total',
    'process_resident_memory_bytes',
    'nodejs_eventloop_lag_seconds',
  ]) {
    assert.ok((series.get(name) ?? -1) >= 0, name);
  }
  assert.match(text, /^# TYPE madang_turn_allocations gauge$/m);
  assert.match(text, /^# TYPE madang_drops_total counter$/m);
  assert.match(text, /^# HELP madang_drops_total \S/m);
});

test('every text shows the figures of its moment, not their sum', async () => {
  let reads = 0;
  let figures = ZERO;
  const metrics = createMetrics(() => {
    reads++;
    return figures;
  });
  const first = seriesOf(await metrics.text());
  assert.equal(first.get('madang_turn_allocations_created_total'), 0);
  assert.equal(first.get('madang_drops_total{reason="channel_not_bound"}'), 0);
  figures = { ...ZERO, allocations: 5, allocationsCreated: 8, limitsHit: { a: 1 } };
  const before = reads;
  await metrics.text();
  assert.equal(reads, before + 1);
  figures = { ...figures, allocations: 2, allocationsCreated: 9 };
  const last = seriesOf(await metrics.text());
  assert.equal(last.get('madang_turn_allocations'), 2);
  assert.equal(last.get('madang_turn_allocations_created_total'), 9);
  assert.equal(last.get('madang_limits_hit_total{limit="a"}'), 1);
});

test('several programs in one process do not disturb each other', async () => {
  const one = createMetrics(() => ({ ...ZERO, allocations: 1 }));
  const two = createMetrics(() => ({ ...ZERO, allocations: 2 }));
  assert.equal(seriesOf(await one.text()).get('madang_turn_allocations'), 1);
  assert.equal(seriesOf(await two.text()).get('madang_turn_allocations'), 2);
});
