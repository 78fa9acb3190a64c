import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SpeakerChoice } from './speaker-choice.js';

test('the first one heard is shown at once', () => {
  const choice = new SpeakerChoice();
  assert.equal(choice.shown, undefined);
  assert.equal(choice.update(['a'], 1000), undefined);
  assert.equal(choice.shown, 'a');
});

test('silence keeps whoever spoke last', () => {
  const choice = new SpeakerChoice();
  choice.update(['a'], 0);
  assert.equal(choice.update([], 60_000), undefined);
  assert.equal(choice.shown, 'a');
});

test('a short sound of somebody else changes nothing', () => {
  const choice = new SpeakerChoice();
  choice.update(['a'], 0);
  assert.equal(choice.update(['b'], 10_000), 600);
  choice.update([], 10_300);
  assert.equal(choice.update(['b'], 10_700), 600);
  assert.equal(choice.shown, 'a');
});

test('whoever goes on speaking is shown after the time that was answered', () => {
  const choice = new SpeakerChoice();
  choice.update(['a'], 0);
  const waitMs = choice.update(['b'], 10_000);
  assert.equal(waitMs, 600);
  assert.equal(choice.update(['b'], 10_600), undefined);
  assert.equal(choice.shown, 'b');
});

test('nobody is replaced sooner than after two and a half seconds', () => {
  const choice = new SpeakerChoice();
  choice.update(['a'], 0);
  assert.equal(choice.update(['b'], 100), 2400);
  assert.equal(choice.update(['b'], 2499), 1);
  assert.equal(choice.shown, 'a');
  choice.update(['b'], 2500);
  assert.equal(choice.shown, 'b');
});

test('whoever is shown and still speaks is not replaced by somebody louder', () => {
  const choice = new SpeakerChoice();
  choice.update(['a'], 0);
  choice.update(['b', 'a'], 10_000);
  choice.update(['b', 'a'], 20_000);
  assert.equal(choice.shown, 'a');
});

test('somebody who left makes room at once', () => {
  const choice = new SpeakerChoice();
  choice.update(['a'], 0);
  choice.remove('a');
  assert.equal(choice.shown, undefined);
  choice.update(['b'], 1);
  assert.equal(choice.shown, 'b');
});
