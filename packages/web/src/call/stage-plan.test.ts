import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSamePlan, pictureKey, planStage } from './stage-plan.js';
import type { Picture, StagePerson, StagePlan, StageRequest } from './stage-plan.js';

function person(participantId: string, sharesScreen = false): StagePerson {
  return { participantId, isLocal: participantId === 'me', isViewer: false, sharesScreen };
}

function viewer(participantId: string): StagePerson {
  return { ...person(participantId), isViewer: true };
}

function plan(people: readonly StagePerson[], request: Partial<StageRequest> = {}): string {
  return words(
    planStage({ people, mode: 'auto', selfView: 'auto', pinned: undefined, speaker: undefined, ...request }),
  );
}

/** `spotlight a:screen | b:camera +self` */
function words(stage: StagePlan): string {
  const self = stage.floatingSelf ? ' +self' : '';
  switch (stage.kind) {
    case 'alone':
    case 'empty':
      return `${stage.kind}${self}`;
    case 'grid':
      return `grid ${stage.pictures.map(pictureKey).join(' ')}${self}`;
    case 'spotlight':
      return `spotlight ${pictureKey(stage.main)} | ${stage.strip.map(pictureKey).join(' ')}${self}`;
  }
}

const ME = person('me');
const A = person('a');
const B = person('b');

test('alone, oneself floats beside the invitation', () => {
  assert.equal(plan([ME]), 'alone +self');
  assert.equal(plan([ME], { mode: 'speaker' }), 'alone +self');
  assert.equal(plan([ME], { selfView: 'hidden' }), 'alone');
});

test('one other person has the whole window, oneself floats', () => {
  assert.equal(plan([ME, A]), 'grid a:camera +self');
});

test('of three, all stand in the grid in the order they came, oneself last', () => {
  assert.equal(plan([A, ME, B]), 'grid a:camera b:camera me:camera');
});

test('oneself goes where one wants', () => {
  assert.equal(plan([A, ME, B], { selfView: 'floating' }), 'grid a:camera b:camera +self');
  assert.equal(plan([A, ME, B], { selfView: 'hidden' }), 'grid a:camera b:camera');
  assert.equal(plan([A, ME], { selfView: 'tile' }), 'grid a:camera me:camera');
  assert.equal(
    plan([A, B, ME], { selfView: 'tile', mode: 'speaker' }),
    'spotlight a:camera | b:camera me:camera',
  );
});

test('a screen takes the stage, its owner and the others stand beside it', () => {
  assert.equal(plan([ME, person('a', true), B]), 'spotlight a:screen | a:camera b:camera me:camera');
});

test('of two screens the later one is large', () => {
  assert.equal(
    plan([ME, person('a', true), person('b', true)]),
    'spotlight b:screen | a:screen a:camera b:camera me:camera',
  );
});

test("one's own screen stands among the pictures, never large by itself", () => {
  assert.equal(plan([person('me', true), A]), 'grid me:screen a:camera me:camera');
  assert.equal(plan([person('me', true)]), 'alone +self');
});

test('in grid mode a screen is one picture of many', () => {
  assert.equal(plan([ME, person('a', true)], { mode: 'grid' }), 'grid a:screen a:camera me:camera');
});

test('in speaker mode whoever speaks is large, else whoever came first', () => {
  assert.equal(
    plan([ME, A, B], { mode: 'speaker', speaker: 'b' }),
    'spotlight b:camera | a:camera me:camera',
  );
  assert.equal(plan([ME, A, B], { mode: 'speaker' }), 'spotlight a:camera | b:camera me:camera');
  assert.equal(
    plan([ME, A, B], { mode: 'speaker', speaker: 'gone' }),
    'spotlight a:camera | b:camera me:camera',
  );
  assert.equal(plan([ME, A], { mode: 'speaker' }), 'spotlight a:camera |  +self');
});

test('a pinned picture is large in every mode and before screens', () => {
  for (const mode of ['auto', 'grid', 'speaker'] as const) {
    assert.equal(
      plan([ME, A, person('b', true)], { mode, pinned: 'a:camera', speaker: 'b' }),
      'spotlight a:camera | b:screen b:camera me:camera',
    );
  }
});

test('a pin whose picture is gone does nothing', () => {
  assert.equal(plan([ME, A, B], { pinned: 'c:camera' }), 'grid a:camera b:camera me:camera');
  assert.equal(plan([ME, A, B], { pinned: 'a:screen' }), 'grid a:camera b:camera me:camera');
});

test('where one is large, oneself floats only when nobody stands beside', () => {
  const request = { mode: 'speaker', selfView: 'floating' } as const;
  assert.equal(plan([ME, A], { mode: 'speaker' }), 'spotlight a:camera |  +self');
  assert.equal(plan([ME, A, B], request), 'spotlight a:camera | b:camera +self');
  assert.equal(plan([ME, A, B], { ...request, selfView: 'hidden' }), 'spotlight a:camera | b:camera');
});

test('oneself can be pinned and then does not float as well', () => {
  assert.equal(plan([ME, A], { pinned: 'me:camera' }), 'spotlight me:camera | a:camera');
});

test('viewers stand in no picture: neither others nor oneself', () => {
  assert.equal(plan([ME, A, viewer('v'), B]), 'grid a:camera b:camera me:camera');
  assert.equal(plan([viewer('me'), A, B]), 'grid a:camera b:camera');
  assert.equal(plan([viewer('me'), A]), 'grid a:camera');
  assert.equal(
    plan([viewer('me'), A, B], { mode: 'speaker', selfView: 'tile' }),
    'spotlight a:camera | b:camera',
  );
});

test('before viewers alone one sees oneself, and viewers without anybody else see nobody', () => {
  assert.equal(plan([ME, viewer('v'), viewer('w')]), 'grid me:camera');
  assert.equal(plan([person('me', true), viewer('v')]), 'grid me:screen +self');
  assert.equal(plan([viewer('me'), viewer('v')]), 'empty');
  assert.equal(plan([viewer('me')]), 'alone');
});

test('plans are the same as long as the same pictures stand in the same places', () => {
  const cameras = ['a', 'b', 'c'].map((participantId) => ({ participantId, source: 'camera' as const }));
  const [a, b, c] = cameras as [Picture, Picture, Picture];
  const grid: StagePlan = { kind: 'grid', pictures: [a, b, c], floatingSelf: false };
  assert.ok(isSamePlan(grid, { ...grid, pictures: [{ ...a }, { ...b }, { ...c }] }));
  assert.ok(!isSamePlan(grid, { ...grid, pictures: [a, c, b] }));
  assert.ok(!isSamePlan(grid, { ...grid, pictures: [a, b] }));
  assert.ok(!isSamePlan(grid, { ...grid, floatingSelf: true }));
  assert.ok(!isSamePlan(grid, { kind: 'spotlight', main: a, strip: [b, c], floatingSelf: false }));
  assert.ok(!isSamePlan(grid, { ...grid, pictures: [{ ...a, source: 'screen' }, b, c] }));
});
