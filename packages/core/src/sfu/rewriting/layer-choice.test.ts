import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant } from '../../time/instant.js';
import { LayerChoice } from './layer-choice.js';
import { LayerOffer } from './layer-offer.js';

/** Encoding, spatial layer, temporal layer, kbit/s, width, height, frames per second. */
type Step = readonly [number, number, number, number, number, number, number];

const SIMULCAST: readonly Step[] = [
  [0, 0, 0, 60, 320, 180, 7.5],
  [0, 0, 1, 90, 320, 180, 15],
  [0, 0, 2, 150, 320, 180, 30],
  [1, 0, 0, 200, 640, 360, 7.5],
  [1, 0, 1, 300, 640, 360, 15],
  [1, 0, 2, 500, 640, 360, 30],
  [2, 0, 0, 600, 1280, 720, 7.5],
  [2, 0, 1, 1000, 1280, 720, 15],
  [2, 0, 2, 1700, 1280, 720, 30],
];
const SVC: readonly Step[] = [
  [0, 0, 0, 100, 320, 180, 30],
  [0, 1, 0, 350, 640, 360, 30],
  [0, 2, 0, 1200, 1280, 720, 30],
];
const SLOW_SCREEN: readonly Step[] = [
  [0, 0, 0, 100, 1920, 1080, 2.5],
  [0, 0, 1, 200, 1920, 1080, 5],
];

/**
 * Lines: `offer NAME`, `without 2` (an encoding ends), `show 640x360`, `pause`, `resume`, or `at MS budget KBPS -> CHOSEN next NEXT
 * useful USEFUL`, where what is chosen is encoding.spatial.temporal:kbit/s.
 */
function play(lines: readonly string[]): void {
  const choice = new LayerChoice();
  const offer = new LayerOffer();
  let steps: readonly Step[] = SIMULCAST;
  for (const line of lines) {
    const [step = '', expected = ''] = line.split(' -> ');
    const [verb = '', first = '', , third = ''] = step.split(' ');
    if (verb === 'offer') steps = { SIMULCAST, SVC, SLOW_SCREEN, NOTHING: [] }[first]!;
    else if (verb === 'without') steps = steps.filter(([encoding]) => encoding !== Number(first));
    else if (verb === 'show') choice.show(...(first.split('x').map(Number) as [number, number]));
    else if (verb === 'pause') choice.pause();
    else if (verb === 'resume') choice.resume();
    else {
      offer.clear();
      for (const [encoding, spatial, temporal, kbps, width, height, fps] of steps) {
        offer.add(encoding, spatial, temporal, 1000 * kbps, width, height, fps);
      }
      choice.choose(instant(Number(first)), offer, 1000 * Number(third));
      const layers = `${choice.encoding}.${choice.spatialLayer}.${choice.temporalLayer}`;
      const chosen = choice.encoding < 0 ? 'none' : `${layers}:${choice.bitrateBps / 1000}`;
      assert.equal(
        `${chosen} next ${choice.nextBitrateBps / 1000} useful ${choice.usefulBitrateBps / 1000}`,
        expected,
        step,
      );
    }
  }
}

const SCENARIOS: Readonly<Record<string, readonly string[]>> = {
  'the first choice needs not wait': ['at 0 budget 9000 -> 2.0.2:1700 next 0 useful 1700'],
  'a small picture gets the smallest encoding that fills it': [
    'show 320x180',
    'at 0 budget 9000 -> 0.0.2:150 next 0 useful 150',
    'show 380x200',
    'at 10 budget 9000 -> 0.0.2:150 next 0 useful 150',
    'show 400x250',
    'at 20 budget 9000 -> 1.0.2:500 next 0 useful 500',
    'show 4000x3000',
    'at 30 budget 9000 -> 2.0.2:1700 next 0 useful 1700',
    'show 300x900',
    'at 40 budget 9000 -> 0.0.2:150 next 0 useful 150',
  ],
  'never above the budget, and rather a smaller picture than a slow one': [
    'at 0 budget 599 -> 1.0.2:500 next 1000 useful 1700',
    'at 1 budget 499 -> 1.0.1:300 next 500 useful 1700',
    'at 2 budget 299 -> 0.0.2:150 next 300 useful 1700',
    'at 3 budget 149 -> 0.0.1:90 next 150 useful 1700',
    'at 4 budget 89 -> 0.0.0:60 next 90 useful 1700',
    'at 5 budget 59 -> none next 60 useful 1700',
  ],
  'up only with room to spare that lasts': [
    'show 640x360',
    'at 0 budget 320 -> 0.0.2:150 next 300 useful 500',
    'at 1000 budget 600 -> 0.0.2:150 next 300 useful 500',
    'at 2000 budget 310 -> 0.0.2:150 next 300 useful 500',
    'at 2500 budget 600 -> 0.0.2:150 next 300 useful 500',
    'at 4499 budget 600 -> 0.0.2:150 next 300 useful 500',
    'at 4500 budget 600 -> 1.0.2:500 next 0 useful 500',
    'at 4501 budget 499 -> 1.0.1:300 next 500 useful 500',
  ],
  'an estimate that swings around a step stays below it': [
    'show 640x360',
    'at 0 budget 400 -> 1.0.1:300 next 500 useful 500',
    'at 1000 budget 520 -> 1.0.1:300 next 500 useful 500',
    'at 9000 budget 570 -> 1.0.1:300 next 500 useful 500',
    'at 20000 budget 480 -> 1.0.1:300 next 500 useful 500',
  ],
  'what was taken away for want of bandwidth comes back like any better step': [
    'at 0 budget 70 -> 0.0.0:60 next 90 useful 1700',
    'at 100 budget 50 -> none next 60 useful 1700',
    'at 200 budget 70 -> none next 60 useful 1700',
    'at 2199 budget 70 -> none next 60 useful 1700',
    'at 2200 budget 70 -> 0.0.0:60 next 90 useful 1700',
  ],
  'a pause ends everything at once, and its end needs not wait': [
    'at 0 budget 9000 -> 2.0.2:1700 next 0 useful 1700',
    'pause',
    'at 1 budget 9000 -> none next 0 useful 0',
    'resume',
    'at 2 budget 9000 -> 2.0.2:1700 next 0 useful 1700',
  ],
  'an encoding that ends gives way to the next best at once, and one that begins comes after a while': [
    'at 0 budget 9000 -> 2.0.2:1700 next 0 useful 1700',
    'without 2',
    'at 1 budget 9000 -> 1.0.2:500 next 0 useful 500',
    'offer SIMULCAST',
    'at 1000 budget 9000 -> 1.0.2:500 next 1000 useful 1700',
    'at 3000 budget 9000 -> 2.0.2:1700 next 0 useful 1700',
  ],
  'while nothing is offered nothing is chosen, and then the best at once': [
    'offer NOTHING',
    'at 0 budget 9000 -> none next 0 useful 0',
    'offer SVC',
    'at 1 budget 9000 -> 0.2.0:1200 next 0 useful 1200',
  ],
  'spatial layers are chosen like encodings': [
    'offer SVC',
    'show 640x360',
    'at 0 budget 9000 -> 0.1.0:350 next 0 useful 350',
    'at 1 budget 340 -> 0.0.0:100 next 350 useful 350',
  ],
  'a screen that is slow by itself is not too slow': [
    'offer SLOW_SCREEN',
    'show 100x100',
    'at 0 budget 9000 -> 0.0.1:200 next 0 useful 200',
    'at 1 budget 150 -> 0.0.0:100 next 200 useful 200',
  ],
};

for (const [says, lines] of Object.entries(SCENARIOS)) test(says, () => play(lines));

test('steps that are not sent and steps beyond the limit are left out', () => {
  const offer = new LayerOffer();
  offer.add(0, 0, 0, 0, 320, 180, 30);
  assert.equal(offer.count, 0);
  for (let i = 0; i < 20; i++) offer.add(i, 0, 0, 1000, 320, 180, 30);
  assert.equal(offer.count, 16);
});
