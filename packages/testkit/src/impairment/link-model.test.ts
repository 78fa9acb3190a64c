import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Impairment, PacketFate } from './link-model.js';
import { LinkModel } from './link-model.js';

/** Sends `count` packets of 1000 bytes, one each `intervalMs`. */
function send(impairment: Impairment, options: { seed?: number; count?: number; intervalMs?: number } = {}) {
  const { seed = 1, count = 10_000, intervalMs = 1 } = options;
  const model = new LinkModel(impairment, seed);
  const fates = Array.from({ length: count }, (_, index) => model.accept(index * intervalMs, 1000));
  return { fates, counts: model.counts() };
}

/** Arrival time of each packet, NaN where it was dropped. */
function arrivals(fates: readonly PacketFate[]): number[] {
  return fates.map((fate) => (fate.kind === 'delivered' ? fate.atMs : NaN));
}

function delays(fates: readonly PacketFate[], intervalMs = 1): number[] {
  return arrivals(fates)
    .map((at, index) => at - index * intervalMs)
    .filter((delay) => !Number.isNaN(delay));
}

test('a link without impairment delivers everything at once', () => {
  const { fates, counts } = send({}, { count: 100 });
  assert.deepEqual(delays(fates), new Array(100).fill(0));
  assert.deepEqual(counts, {
    ...{ packets: 100, bytes: 100_000, lost: 0, queueDropped: 0 },
    ...{ heldBack: 0, delivered: 100 },
  });
});

test('the same seed and packets give the same fates; another seed gives others', () => {
  const impairment = { lossFraction: 0.2, delayMs: 50, jitterMs: 20, reorderFraction: 0.1, rateBps: 9e6 };
  assert.deepEqual(send(impairment, { seed: 5 }), send(impairment, { seed: 5 }));
  assert.notDeepEqual(send(impairment, { seed: 5 }).fates, send(impairment, { seed: 6 }).fates);
});

test('loss takes its share, each packet for itself', () => {
  const { fates, counts } = send({ lossFraction: 0.05 });
  // 500 expected, standard deviation 22.
  assert.ok(Math.abs(counts.lost - 500) < 5 * 22, `${counts.lost} lost`);
  assert.equal(counts.delivered, 10_000 - counts.lost);
  const isLost = fates.map(({ kind }) => kind === 'dropped');
  const pairs = isLost.filter((lost, index) => lost && isLost[index + 1]).length;
  // 25 expected, standard deviation 5: losses do not come in bursts, and do not avoid each other.
  assert.ok(Math.abs(pairs - 25) < 5 * 5, `${pairs} pairs lost in a row`);
});

test('which packets are lost does not hang on delay, order or rate', () => {
  const lost = (impairment: Impairment) =>
    send(impairment).fates.map((fate) => fate.kind === 'dropped' && fate.reason === 'loss');
  const plain = lost({ lossFraction: 0.1 });
  assert.deepEqual(lost({ lossFraction: 0.1, delayMs: 80, jitterMs: 30, reorderFraction: 0.3 }), plain);
  assert.deepEqual(lost({ lossFraction: 0.1, rateBps: 1e9 }), plain);
});

test('burst loss comes in bursts of the mean length, and as often as it should', () => {
  const { fates, counts } = send(
    { burstLoss: { beginFraction: 0.01, endFraction: 0.2 } },
    { count: 100_000 },
  );
  const isLost = fates.map(({ kind }) => kind === 'dropped');
  const bursts = isLost.filter((lost, index) => lost && isLost[index - 1] !== true).length;
  // Bad for 5 packets, good for 100.
  assert.ok(Math.abs(counts.lost / bursts - 5) < 0.7, `${counts.lost} lost in ${bursts} bursts`);
  assert.ok(Math.abs(counts.lost - 100_000 / 21) < 600, `${counts.lost} lost`);
});

test('a bad link may lose a part only, and is good again without burst loss', () => {
  const burstLoss = { beginFraction: 1, endFraction: 0, lossFraction: 0.5 };
  const model = new LinkModel({ burstLoss }, 1);
  for (let index = 0; index < 1000; index++) model.accept(index, 1000);
  const { lost } = model.counts();
  assert.ok(Math.abs(lost - 500) < 80, `${lost} lost`);
  model.change({});
  for (let index = 0; index < 1000; index++) model.accept(1000 + index, 1000);
  assert.equal(model.counts().lost, lost);
});

test('delay shifts every packet by the same time', () => {
  for (const delay of delays(send({ delayMs: 80 }).fates)) assert.equal(delay, 80);
});

test('jitter spreads delays on both sides and keeps the order', () => {
  const spread = delays(send({ delayMs: 50, jitterMs: 20 }, { intervalMs: 100 }).fates, 100);
  assert.ok(Math.min(...spread) >= 30 && Math.min(...spread) < 30.1);
  assert.ok(Math.max(...spread) <= 70 && Math.max(...spread) > 69.9);
  const mean = spread.reduce((sum, delay) => sum + delay, 0) / spread.length;
  assert.ok(Math.abs(mean - 50) < 0.6, `the mean delay is ${mean}`);

  const dense = arrivals(send({ delayMs: 50, jitterMs: 20 }).fates);
  assert.ok(dense.every((at, index) => index === 0 || at >= dense[index - 1]!));
  // Jitter larger than the delay never sends a packet back in time.
  for (const delay of delays(send({ delayMs: 5, jitterMs: 20 }, { intervalMs: 100 }).fates, 100))
    assert.ok(delay >= 0 && delay <= 25);
});

test('packets held back are overtaken, and nobody else waits for them', () => {
  const { fates, counts } = send({ delayMs: 10, reorderFraction: 0.1, reorderMs: 30 });
  assert.ok(Math.abs(counts.heldBack - 1000) < 5 * 30, `${counts.heldBack} held back`);
  const late = delays(fates).filter((delay) => delay === 40).length;
  const onTime = delays(fates).filter((delay) => delay === 10).length;
  assert.equal(late, counts.heldBack);
  assert.equal(onTime, 10_000 - late);
});

test('a rate spaces packets out, and the queue in front of it is bounded', () => {
  // 1000 bytes each 4 ms are 2 Mbit/s: twice the rate.
  const { fates, counts } = send({ rateBps: 1e6, queueMs: 100 }, { count: 1000, intervalMs: 4 });
  const delivered = arrivals(fates).filter((at) => !Number.isNaN(at));
  for (let i = 1; i < delivered.length; i++) assert.ok(delivered[i]! - delivered[i - 1]! >= 8 - 1e-6);
  assert.ok(Math.abs(counts.queueDropped - 490) < 10, `${counts.queueDropped} did not fit`);
  assert.equal(counts.lost, 0);
  // The longest wait is the queue and the packet's own time on the wire.
  assert.ok(Math.max(...delays(fates, 4)) <= 108 + 1e-6);
});

test('a rate leaves alone what comes more slowly than it', () => {
  for (const delay of delays(send({ rateBps: 1e6 }, { intervalMs: 10 }).fates, 10))
    assert.ok(Math.abs(delay - 8) < 1e-6, `${delay} ms`);
});

test('a change counts for what comes later, and order holds across it', () => {
  const model = new LinkModel({ delayMs: 100 }, 1);
  assert.deepEqual(model.accept(0, 100), { kind: 'delivered', atMs: 100 });
  model.change({});
  assert.deepEqual(model.accept(10, 100), { kind: 'delivered', atMs: 100 });
  assert.deepEqual(model.accept(150, 100), { kind: 'delivered', atMs: 150 });
  model.change({ lossFraction: 1 });
  assert.deepEqual(model.accept(160, 100), { kind: 'dropped', reason: 'loss' });
});
