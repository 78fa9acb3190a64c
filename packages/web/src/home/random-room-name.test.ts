import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomRoomName } from './random-room-name.js';
import { cleanRoomName } from './room-name.js';

for (const language of ['en', 'ko'] as const) {
  test(`${language}: every name is three words that a server takes`, () => {
    for (const random of [() => 0, () => 0.5, () => 1 - Number.EPSILON]) {
      const name = randomRoomName(language, random);
      assert.equal(name.split('-').length, 3);
      assert.equal(cleanRoomName(name), name);
    }
  });

  test(`${language}: names seldom repeat`, () => {
    const names = new Set(Array.from({ length: 300 }, () => randomRoomName(language)));
    assert.ok(names.size > 290, `${names.size} of 300 are different`);
  });
}

test('each language has words of its own', () => {
  assert.match(randomRoomName('ko'), /^\p{Script=Hangul}+-\p{Script=Hangul}+-\p{Script=Hangul}+$/u);
  assert.match(randomRoomName('en'), /^[a-z]+-[a-z]+-[a-z]+$/);
});
