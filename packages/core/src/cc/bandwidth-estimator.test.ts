import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TransportFeedbackRecorder } from '../rtcp/transport-feedback-writer.js';
import { after, instant, NEVER } from '../time/instant.js';
import { BandwidthEstimator } from './bandwidth-estimator.js';
import { LinkSimulation } from './link-simulation.test-support.js';
import { SentKind } from './send-history.js';
import { Flow } from './simulated-flow.test-support.js';
import type { FlowOptions } from './simulated-flow.test-support.js';

const OPTIONS = { startBps: 500_000, minimumBps: 30_000, maximumBps: 4_000_000 };
const FEEDBACK_CAPACITY = 1200;

/** A peer that receives what is sent at a steady rate, except for what `isLost` names. */
class SteadyPeer {
  readonly estimator: BandwidthEstimator;
  now = instant(0);
  readonly #receiver = new TransportFeedbackRecorder();
  readonly #feedback = new Uint8Array(FEEDBACK_CAPACITY);

  constructor(estimator = new BandwidthEstimator(OPTIONS)) {
    this.estimator = estimator;
  }

  /** A packet of 1000 bytes every 20 ms (400 kbit/s), feedback every 100 ms. */
  run(seconds: number, isLost: (packet: number) => boolean = () => false): void {
    for (let packet = 0; packet < 50 * seconds; packet++) {
      const sequence = this.estimator.nextTransportSequence();
      this.estimator.sent(this.now, sequence, 1000, SentKind.media);
      if (!isLost(packet)) this.#receiver.arrived(after(this.now, 10), sequence);
      this.now = after(this.now, 20);
      if (packet % 5 !== 4) continue;
      const length = this.#receiver.write(this.now, 1, 2, this.#feedback, 0, FEEDBACK_CAPACITY);
      if (length > 0) assert.ok(this.estimator.handleFeedback(this.now, this.#feedback, 0, length));
    }
  }
}

function series(options: Partial<FlowOptions>): number[] {
  const link = { capacityBps: [[0, 2e6]], queueMs: 400, delayMs: 25 } as const;
  const simulation = new LinkSimulation<Flow>(link, 1, (behind, random) => [
    new Flow({ demandBps: [[0, 4e6]], ...options }, behind, random),
  ]);
  simulation.run(30);
  return simulation.users[0]!.series.estimateBps;
}

test('sequence numbers that start again change nothing', () => {
  assert.deepEqual(series({ firstSequence: 65_000 }), series({}));
});

test('reference times that start again change nothing', () => {
  // 24 signed bits of 64 ms end at 2^29 ms: after 8.5 s here. A multiple of 64 and 25 ms, so that nothing is rounded anew.
  assert.deepEqual(series({ receiverClockMs: 2 ** 29 - 8512 }), series({}));
});

test('a number that was handed out and not used is not lost', () => {
  const estimator = new BandwidthEstimator(OPTIONS);
  const peer = new SteadyPeer(estimator);
  for (let i = 0; i < 20; i++) {
    for (let unused = 0; unused < 20; unused++) estimator.nextTransportSequence();
    peer.run(0.2);
  }
  assert.equal(estimator.lossFraction, 0);
});

test('tells loss and round trip', () => {
  const peer = new SteadyPeer();
  peer.run(10, (packet) => packet % 20 === 0);
  assert.ok(Math.abs(peer.estimator.lossFraction - 0.05) < 0.02, `${peer.estimator.lossFraction}`);
  assert.ok(peer.estimator.roundTripMs >= 10 && peer.estimator.roundTripMs <= 40);
  peer.estimator.handleReceiverReport(peer.now, 0, 120);
  assert.equal(peer.estimator.roundTripMs, 120);
});

test('heavy loss that comes and goes lowers the estimate and lets it rise again', () => {
  const peer = new SteadyPeer();
  peer.run(5);
  const before = peer.estimator.estimateBps;
  peer.run(1.5, (packet) => packet % 2 === 0);
  const during = peer.estimator.estimateBps;
  assert.ok(during < 0.8 * before, `${before} ${during}`);
  peer.run(30);
  assert.ok(peer.estimator.estimateBps > 0.9 * before, `${peer.estimator.estimateBps}`);
});

test('malformed feedback is refused and changes nothing', () => {
  const peer = new SteadyPeer();
  peer.run(5);
  const before = peer.estimator.estimateBps;
  assert.equal(peer.estimator.handleFeedback(peer.now, new Uint8Array(40), 0, 40), false);
  assert.equal(peer.estimator.estimateBps, before);
});

test('a receiver estimate bounds; without other feedback it is all there is', () => {
  const peer = new SteadyPeer();
  peer.estimator.handleRemb(peer.now, 900_000);
  assert.equal(peer.estimator.estimateBps, 900_000);
  peer.estimator.handleRemb(peer.now, 1e12);
  assert.equal(peer.estimator.estimateBps, OPTIONS.maximumBps);
  peer.estimator.handleRemb(peer.now, 0);
  assert.equal(peer.estimator.estimateBps, OPTIONS.minimumBps);
  peer.estimator.handleRemb(peer.now, 450_000);
  peer.run(10);
  assert.equal(peer.estimator.estimateBps, 450_000);
  peer.estimator.handleRemb(peer.now, 200_000);
  assert.equal(peer.estimator.estimateBps, 200_000);
});

test('without transport-wide feedback, receiver reports lower the estimate, and silence does not', () => {
  const estimator = new BandwidthEstimator(OPTIONS);
  estimator.handleRemb(instant(0), 1_000_000);
  estimator.sent(instant(0), estimator.nextTransportSequence(), 1000, SentKind.media);
  assert.equal(estimator.nextDeadline(instant(0)), NEVER);
  estimator.handleTimeout(instant(60_000));
  assert.equal(estimator.estimateBps, 1_000_000);
  for (let s = 61; s < 70; s++) estimator.handleReceiverReport(instant(1000 * s), 0.4, 50);
  assert.ok(estimator.estimateBps < 400_000, `${estimator.estimateBps}`);
});

test('falls in silence while an answer is owed, and never below the minimum', () => {
  const peer = new SteadyPeer();
  peer.run(5);
  const { estimator } = peer;
  assert.equal(estimator.nextDeadline(peer.now), NEVER);
  const before = estimator.estimateBps;
  estimator.sent(peer.now, estimator.nextTransportSequence(), 1000, SentKind.media);
  const deadline = estimator.nextDeadline(peer.now);
  assert.equal(deadline - peer.now, 1000);
  estimator.handleTimeout(after(deadline, -1));
  assert.equal(estimator.estimateBps, before);
  estimator.handleTimeout(deadline);
  assert.equal(estimator.estimateBps, 0.8 * before);
  for (let i = 1; i < 100; i++) estimator.handleTimeout(after(deadline, 500 * i));
  assert.equal(estimator.estimateBps, OPTIONS.minimumBps);
});

test('after silence there is enough for a small picture again, and what was lost in it is forgotten', () => {
  const peer = new SteadyPeer();
  peer.run(5);
  const { estimator } = peer;
  for (let i = 0; i < 20; i++) {
    peer.run(0.5, () => true);
    estimator.handleTimeout(peer.now);
  }
  assert.ok(estimator.estimateBps < 60_000, `${estimator.estimateBps}`);
  peer.run(1);
  assert.ok(estimator.estimateBps >= 300_000, `${estimator.estimateBps}`);
  assert.ok(estimator.lossFraction < 0.1, `${estimator.lossFraction}`);
});

test('a new path starts at the start, or lower', () => {
  const peer = new SteadyPeer();
  peer.run(5);
  peer.estimator.handleRouteChange(peer.now, 300_000);
  assert.equal(peer.estimator.estimateBps, 300_000);
  assert.equal(peer.estimator.roundTripMs, 0);
  peer.run(10);
  assert.ok(peer.estimator.estimateBps > 300_000);
});

test('no feedback a peer makes up takes the estimate out of its bounds', () => {
  const arrival = fc.record({ skip: fc.nat(40), deltaMs: fc.integer({ min: -200, max: 6000 }) });
  fc.assert(
    fc.property(fc.array(fc.array(arrival, { maxLength: 30 }), { maxLength: 40 }), (messages) => {
      const estimator = new BandwidthEstimator(OPTIONS);
      const bytes = new Uint8Array(FEEDBACK_CAPACITY);
      let sequence = 0;
      let arrivalMs = 10_000;
      for (const [index, arrivals] of messages.entries()) {
        const now = instant(100 * index);
        for (let i = 0; i < 30; i++)
          estimator.sent(now, estimator.nextTransportSequence(), 1200, SentKind.media);
        const receiver = new TransportFeedbackRecorder();
        for (const { skip, deltaMs } of arrivals) {
          sequence = (sequence + skip) & 0xffff;
          arrivalMs += deltaMs;
          receiver.arrived(instant(arrivalMs), sequence);
        }
        const length = receiver.write(instant(arrivalMs), 1, 2, bytes, 0, FEEDBACK_CAPACITY);
        if (length > 0) estimator.handleFeedback(now, bytes, 0, length);
        estimator.paddingDue(now, 1e9);
        estimator.handleTimeout(now);
        assert.ok(estimator.estimateBps >= OPTIONS.minimumBps, `${estimator.estimateBps}`);
        assert.ok(estimator.estimateBps <= OPTIONS.maximumBps, `${estimator.estimateBps}`);
        assert.ok(estimator.lossFraction >= 0 && estimator.lossFraction <= 1);
      }
    }),
    { numRuns: 200, seed: 1 },
  );
});
