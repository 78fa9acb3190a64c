import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ReceivePlan } from './receive-plan.js';

const big = { paused: false, width: 1280, height: 720 };
const small = { paused: false, width: 320, height: 180 };
const of = (trackId: string, wanted: object): object => ({ participantId: 'mina', trackId, ...wanted });

describe('what the media server is told is wanted', () => {
  test('what is said at once goes in one message, and nothing twice', () => {
    const plan = new ReceivePlan();
    plan.set('mina', 'camera', small);
    plan.set('mina', 'camera', big);
    plan.set('mina', 'screen', { paused: true });
    assert.deepEqual(plan.take(0).tracks, [of('camera', big), of('screen', { paused: true })]);
    plan.set('mina', 'camera', big);
    assert.deepEqual(plan.take(10_000), { tracks: [] });
  });

  test('at most four messages a second, with the newest of what was said in between', () => {
    const plan = new ReceivePlan();
    let messages = 0;
    for (let atMs = 0; atMs < 1000; atMs += 10) {
      plan.set('mina', 'camera', { width: 1 + atMs, height: 100 });
      const { tracks } = plan.take(atMs);
      if (tracks.length > 0) messages += 1;
    }
    assert.equal(messages, 4);
    const { againAtMs } = plan.take(999);
    const [last] = plan.take(againAtMs!).tracks;
    assert.deepEqual(last, of('camera', { paused: false, width: 991, height: 100 }));
  });

  test('what is taken back before it was said is not said', () => {
    const plan = new ReceivePlan();
    plan.set('mina', 'camera', big);
    plan.take(0);
    plan.set('mina', 'camera', small);
    plan.set('mina', 'camera', big);
    assert.deepEqual(plan.take(10_000), { tracks: [] });
  });

  test('sizes are whole pixels within what the protocol takes', () => {
    const plan = new ReceivePlan();
    plan.set('mina', 'camera', { width: 0.2, height: 99_999.5 });
    assert.deepEqual(plan.take(0).tracks, [of('camera', { paused: false, width: 1, height: 16_384 })]);
  });

  test('a restarted server hears all of it again, and a track that comes anew what was said of it', () => {
    const plan = new ReceivePlan();
    plan.set('mina', 'camera', big);
    plan.set('mina', 'screen', small);
    plan.take(0);
    plan.set('mina', 'screen', { paused: true });
    plan.restart();
    const again = [of('screen', { paused: true }), of('camera', big)];
    assert.deepEqual(plan.take(1000).tracks, again);
    plan.repeat('mina', 'camera');
    plan.repeat('mina', 'other');
    assert.deepEqual(plan.take(2000).tracks, [of('camera', big)]);
  });

  test('nothing is said of somebody who has left', () => {
    const plan = new ReceivePlan();
    plan.set('mina', 'camera', big);
    plan.forget('mina');
    plan.restart();
    assert.deepEqual(plan.take(0), { tracks: [] });
  });

  test('more tracks than fit into a message go in several', () => {
    const plan = new ReceivePlan();
    for (let count = 0; count < 300; count++) plan.set('mina', `${count}`, small);
    const first = plan.take(0);
    assert.equal(first.tracks.length, 256);
    assert.equal(plan.take(first.againAtMs!).tracks.length, 44);
  });

  test('how many videos are wanted is said once, with what else there is to say, and to a restarted server again', () => {
    const plan = new ReceivePlan();
    plan.setLastN(undefined);
    assert.deepEqual(plan.take(0), { tracks: [] }, 'the server knows its limit');
    plan.setLastN(4);
    plan.set('mina', 'camera', small);
    assert.deepEqual(plan.take(1000), { tracks: [of('camera', small)], lastN: 4 });
    plan.setLastN(4);
    assert.deepEqual(plan.take(2000), { tracks: [] });
    plan.restart();
    assert.equal(plan.take(3000).lastN, 4);
    plan.setLastN(undefined);
    assert.deepEqual(plan.take(4000), { tracks: [], lastN: 1000 }, 'as many as the server sends');
    plan.restart();
    assert.equal(plan.take(5000).lastN, undefined);
  });

  test('that a video is pinned is said, and that it is not any more', () => {
    const plan = new ReceivePlan();
    plan.set('mina', 'camera', { ...small, pinned: true });
    assert.deepEqual(plan.take(0).tracks, [{ ...of('camera', small), pinned: true }]);
    plan.set('mina', 'camera', small);
    assert.deepEqual(plan.take(1000).tracks, [of('camera', small)]);
  });
});
