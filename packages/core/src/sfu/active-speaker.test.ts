import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant } from '../time/instant.js';
import { ActiveSpeaker } from './active-speaker.js';

/** Plays levels by participant (-dBov every 20 ms) from one moment to another; answers who was the speaker when. */
function play(
  speaker: ActiveSpeaker,
  fromMs: number,
  toMs: number,
  levels: Record<string, number>,
): string[] {
  const seen: string[] = [];
  for (let ms = fromMs; ms < toMs; ms += 20) {
    for (const [name, level] of Object.entries(levels)) speaker.heard(instant(ms), name, level);
    const now = speaker.participantId ?? 'nobody';
    if (seen.at(-1) !== now) seen.push(now);
  }
  return seen;
}

test('who is audible first is the speaker, noise makes nobody one', () => {
  const speaker = new ActiveSpeaker();
  assert.deepEqual(play(speaker, 0, 2000, { mina: 80, joon: 127 }), ['nobody']);
  assert.deepEqual(play(speaker, 2000, 4000, { mina: 80, joon: 20 }), ['nobody', 'joon']);
});

test('the speaker changes to who is clearly louder, not with every breath, and stays through a pause', () => {
  const speaker = new ActiveSpeaker();
  play(speaker, 0, 2000, { mina: 25, joon: 127 });
  assert.deepEqual(play(speaker, 2000, 4000, { mina: 25, joon: 22 }), ['mina'], 'about as loud');
  assert.deepEqual(play(speaker, 4000, 5000, { mina: 127, joon: 127 }), ['mina'], 'nobody speaks');
  assert.deepEqual(play(speaker, 5000, 6000, { mina: 127, joon: 30 }), ['mina', 'joon']);
  let changes = 0;
  for (let turn = 0; turn < 20; turn++) {
    const louder = turn % 2 === 0 ? { mina: 10, joon: 60 } : { mina: 60, joon: 10 };
    changes += play(speaker, 6000 + turn * 300, 6300 + turn * 300, louder).length - 1;
  }
  assert.ok(changes <= 6, `${changes} changes in six seconds`);
});

test('who sends nothing any more gives way, and who left is nobody', () => {
  const speaker = new ActiveSpeaker();
  play(speaker, 0, 2000, { mina: 20 });
  assert.deepEqual(play(speaker, 3500, 4500, { joon: 40 }).at(-1), 'joon');
  speaker.forget('joon');
  assert.equal(speaker.participantId, undefined);
});

test('who talks for a second stands first in the order, a cough changes nothing', () => {
  const speaker = new ActiveSpeaker();
  play(speaker, 0, 3000, { mina: 20, joon: 127, hana: 127 });
  assert.deepEqual(speaker.takeOrder(instant(3000)), ['mina']);
  play(speaker, 3000, 3300, { mina: 127, joon: 10, hana: 127 });
  play(speaker, 3300, 6000, { mina: 127, joon: 127, hana: 127 });
  assert.equal(speaker.takeOrder(instant(6000)), undefined, 'a cough of 0.3 seconds');
  play(speaker, 6000, 8000, { mina: 127, joon: 20, hana: 127 });
  assert.deepEqual(speaker.takeOrder(instant(8000)), ['joon', 'mina']);
  assert.equal(speaker.takeOrder(instant(8600)), undefined, 'said once');
});

test('who goes on talking stays before those who say a word in between', () => {
  const speaker = new ActiveSpeaker();
  play(speaker, 0, 3000, { mina: 20, joon: 127, hana: 127 });
  play(speaker, 3000, 6000, { mina: 20, joon: 20, hana: 127 });
  play(speaker, 6000, 9000, { mina: 20, joon: 127, hana: 127 });
  play(speaker, 9000, 12_000, { mina: 20, joon: 127, hana: 20 });
  play(speaker, 12_000, 15_000, { mina: 20, joon: 127, hana: 127 });
  assert.deepEqual(speaker.takeOrder(instant(15_000)), ['mina', 'hana', 'joon']);
});

test('who sends no sound any more does not speak, and who left has no place in the order', () => {
  const speaker = new ActiveSpeaker();
  play(speaker, 0, 3000, { mina: 20 });
  play(speaker, 5000, 8000, { joon: 20 });
  assert.deepEqual(speaker.takeOrder(instant(8000)), ['joon', 'mina']);
  play(speaker, 8000, 11_000, { hana: 20 });
  assert.deepEqual(speaker.takeOrder(instant(11_000)), ['hana', 'joon', 'mina']);
  speaker.forget('joon');
  assert.deepEqual(speaker.takeOrder(instant(12_000)), ['hana', 'mina']);
});

test('the order is told twice a second at most', () => {
  const speaker = new ActiveSpeaker();
  play(speaker, 0, 2000, { mina: 20 });
  assert.deepEqual(speaker.takeOrder(instant(2000)), ['mina']);
  speaker.forget('mina');
  assert.equal(speaker.takeOrder(instant(2400)), undefined);
  assert.deepEqual(speaker.takeOrder(instant(2500)), []);
});
