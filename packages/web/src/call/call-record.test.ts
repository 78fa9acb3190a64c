import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CallRecord } from './call-record.js';

test('a summary tells how long, with whom and how', () => {
  const record = new CallRecord('tea', 1_000_000);
  record.saw('Mina', 'a');
  record.saw('Joon', 'b');
  record.wentBy('none');
  record.wentBy('relayed');
  record.wentBy('direct');
  record.wentBy('direct');
  assert.deepEqual(record.summary('left', 1_090_400), {
    roomName: 'tea',
    durationSeconds: 90,
    people: ['Mina', 'Joon'],
    path: 'direct',
    reason: 'left',
  });
});

test('alone there was nobody and no path, and a clock set back makes no negative time', () => {
  assert.deepEqual(new CallRecord('tea', 5000).summary('lost', 1000), {
    roomName: 'tea',
    durationSeconds: 0,
    people: [],
    path: 'none',
    reason: 'lost',
  });
});

test('whoever came back is told once, by the newest name', () => {
  const record = new CallRecord('tea', 0);
  record.saw('Mina', 'a');
  record.saw('Mina', 'later');
  record.saw('Joon', 'b');
  record.saw('Jun', 'b');
  assert.deepEqual(record.summary('left', 0).people, ['Mina', 'Jun']);
});

test('a crowd does not fill the memory', () => {
  const record = new CallRecord('tea', 0);
  for (let index = 0; index < 5000; index += 1) record.saw(`name ${index}`, `id ${index}`);
  assert.equal(record.summary('left', 0).people.length, 500);
});
