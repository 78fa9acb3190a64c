import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant } from '../time/instant.js';
import { PacketState, SendHistory } from './send-history.js';

function sendOne(history: SendHistory, ms: number, bytes = 100, cluster = 0): number {
  const sequence = history.allot();
  assert.ok(history.record(instant(ms), sequence, bytes, cluster));
  return sequence;
}

test('finds what was sent, with all that was noted', () => {
  const history = new SendHistory(8, 100);
  const sequence = sendOne(history, 5.25, 1200, 7);
  assert.equal(sequence, 100);
  const index = history.find(sequence);
  assert.equal(history.sentAt(index), 5.25);
  assert.equal(history.bytesOf(index), 1200);
  assert.equal(history.clusterOf(index), 7);
  assert.equal(history.stateOf(index), PacketState.inFlight);
  history.setState(index, PacketState.missing);
  assert.equal(history.stateOf(index), PacketState.missing);
});

test('remembers as many packets as it holds, across the wrap of the numbers', () => {
  const history = new SendHistory(8, 65_530);
  const sequences = Array.from({ length: 12 }, (_, i) => sendOne(history, i));
  assert.deepEqual(sequences.slice(5, 8), [65_535, 0, 1]);
  assert.deepEqual(
    sequences.map((sequence) => history.find(sequence) >= 0),
    sequences.map((_, i) => i >= 4),
  );
  assert.equal(history.sentAt(history.find(0)), 6);
});

test('knows no number that was not sent', () => {
  const history = new SendHistory(8, 0);
  assert.equal(history.find(0), -1);
  const sequence = history.allot();
  assert.equal(history.find(sequence), -1);
  assert.equal(history.find(sequence + 1), -1);
  assert.equal(history.find(sequence + 8), -1);
  assert.equal(history.record(instant(0), sequence + 1, 100, 0), false);
});

test('notes a number once', () => {
  const history = new SendHistory(8, 0);
  const sequence = sendOne(history, 1);
  assert.equal(history.record(instant(2), sequence, 100, 0), false);
  assert.equal(history.sentAt(history.find(sequence)), 1);
});

test('a number of the round before is another packet', () => {
  const history = new SendHistory(8, 0);
  sendOne(history, 0);
  for (let i = 1; i < 8; i++) history.allot();
  const again = history.allot();
  assert.equal(again, 8);
  assert.equal(history.find(0), -1);
  assert.equal(history.find(8), -1);
});

test('only powers of two up to half of the numbers will do', () => {
  for (const capacity of [0, 3, 65_536]) assert.throws(() => new SendHistory(capacity, 0));
});
