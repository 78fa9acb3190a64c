import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Emitter } from './events.js';

interface Sounds {
  readonly drum: readonly [beats: number];
  readonly silence: readonly [];
}

class Band extends Emitter<Sounds> {
  drum(beats: number): void {
    this.emit('drum', beats);
  }

  silence(): void {
    this.emit('silence');
  }
}

test('listeners run in the order they were added, until they are removed', () => {
  const band = new Band();
  const heard: string[] = [];
  const second = (beats: number) => void heard.push(`second ${beats}`);
  const stop = band.on('drum', (beats) => void heard.push(`first ${beats}`));
  band.on('drum', second);
  band.drum(1);
  stop();
  band.drum(2);
  band.off('drum', second);
  band.drum(3);
  band.silence();
  assert.deepEqual(heard, ['first 1', 'second 1', 'second 2']);
});

test('a listener for one event runs once, even when it causes the same event', () => {
  const band = new Band();
  let calls = 0;
  band.once('drum', (beats) => {
    calls += 1;
    if (beats < 5) band.drum(beats + 1);
  });
  band.drum(1);
  band.drum(2);
  assert.equal(calls, 1);
});

test('a listener added twice runs once; one that was removed by an earlier one does not run', () => {
  const band = new Band();
  const heard: string[] = [];
  const late = () => void heard.push('late');
  band.on('silence', () => band.off('silence', late));
  const twice = () => void heard.push('twice');
  band.on('silence', twice);
  band.on('silence', twice);
  band.on('silence', late);
  band.silence();
  assert.deepEqual(heard, ['twice']);
});

test('a listener added during an event hears the next one', () => {
  const band = new Band();
  const heard: number[] = [];
  band.once('drum', () => void band.on('drum', (beats) => void heard.push(beats)));
  band.drum(1);
  band.drum(2);
  assert.deepEqual(heard, [2]);
});

test('an error of one listener is reported and keeps no other from running', (t) => {
  const reported: unknown[] = [];
  const scope = globalThis as { reportError?: unknown };
  const before = scope.reportError;
  scope.reportError = (error: unknown) => void reported.push(error);
  t.after(() => (scope.reportError = before));
  const band = new Band();
  const failure = new Error('out of tune');
  let ran = false;
  band.on('silence', () => {
    throw failure;
  });
  band.on('silence', () => (ran = true));
  band.silence();
  assert.deepEqual(reported, [failure]);
  assert.ok(ran);
});
