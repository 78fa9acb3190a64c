import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MOST_LIMITED_STEPS, planSending } from './send-plan.js';
import type { PlannedTrack } from './send-plan.js';

const CAMERA: PlannedTrack = { kind: 'video', source: 'camera', shortEdge: 720 };
const SCREEN: PlannedTrack = { kind: 'video', source: 'screen', shortEdge: 1080 };

describe('what a camera sends', () => {
  test('goes by the number of receivers', () => {
    const of = (receivers: number): (number | undefined)[] => {
      const { maxBitrateBps, scaleResolutionDownBy, maxFramerate } = planSending(CAMERA, receivers, 0);
      return [maxBitrateBps, scaleResolutionDownBy, maxFramerate];
    };
    assert.deepEqual(of(0), [2_500_000, 1, 30]);
    assert.deepEqual(of(1), [2_500_000, 1, 30]);
    assert.deepEqual(of(2), [1_200_000, 1, 30]);
    for (const receivers of [3, 4]) assert.deepEqual(of(receivers), [600_000, 2, 25]);
    for (const receivers of [5, 7]) assert.deepEqual(of(receivers), [350_000, 2, 20]);
    for (const receivers of [8, 50]) assert.deepEqual(of(receivers), [200_000, 720 / 270, 15]);
  });

  test('is never scaled up, and by the shorter edge of what is captured', () => {
    assert.equal(planSending({ ...CAMERA, shortEdge: 240 }, 4, 0).scaleResolutionDownBy, 1);
    assert.equal(planSending({ ...CAMERA, shortEdge: 1440 }, 4, 0).scaleResolutionDownBy, 4);
  });

  test('is less with each step of a slow processor, and the total never grows with the room', () => {
    for (let receivers = 1; receivers < 20; receivers += 1) {
      for (let steps = 1; steps <= MOST_LIMITED_STEPS; steps += 1) {
        const [more, less] = [
          planSending(CAMERA, receivers, steps - 1),
          planSending(CAMERA, receivers, steps),
        ];
        const isLast = more.maxBitrateBps === 100_000;
        assert.ok(isLast || less.maxBitrateBps < more.maxBitrateBps, `${receivers} receivers, step ${steps}`);
      }
    }
    for (let receivers = 1; receivers <= 12; receivers += 1)
      assert.ok(
        planSending(CAMERA, receivers, 0).maxBitrateBps * receivers <= 2_500_000,
        `${receivers} receivers`,
      );
  });
});

describe('what a screen sends', () => {
  test('keeps its pixels and gives up frames', () => {
    for (const receivers of [1, 4, 10])
      for (const steps of [0, MOST_LIMITED_STEPS]) {
        const plan = planSending(SCREEN, receivers, steps);
        assert.equal(plan.scaleResolutionDownBy, 1);
        assert.equal(plan.degradationPreference, 'maintain-resolution');
      }
    assert.equal(planSending(SCREEN, 1, 0).maxFramerate, 30);
    assert.equal(planSending(SCREEN, 1, MOST_LIMITED_STEPS).maxFramerate, 5);
    assert.equal(planSending(SCREEN, 2, 0).maxBitrateBps, 2_500_000);
    assert.equal(planSending(SCREEN, 4, 0).maxBitrateBps, 1_250_000);
    assert.equal(planSending(SCREEN, 100, 0).maxBitrateBps, 500_000);
  });

  test('stays fluent when it is a film', () => {
    const plan = planSending({ ...SCREEN, contentHint: 'motion' }, 8, MOST_LIMITED_STEPS);
    assert.equal(plan.maxFramerate, 15);
    assert.equal(plan.scaleResolutionDownBy, 1.5);
    assert.equal(plan.degradationPreference, 'maintain-framerate');
  });
});

test('sound goes before pictures, and a slow processor does not touch it', () => {
  const microphone: PlannedTrack = { kind: 'audio', source: 'microphone' };
  assert.deepEqual(planSending(microphone, 2, 0), { maxBitrateBps: 40_000, priority: 'high' });
  assert.deepEqual(planSending(microphone, 9, MOST_LIMITED_STEPS), {
    maxBitrateBps: 32_000,
    priority: 'high',
  });
  assert.equal(planSending({ kind: 'audio', source: 'screenAudio' }, 2, 0).maxBitrateBps, 80_000);
});
