import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hueOf, HUES, initialsOf } from './initials.js';

for (const [name, initials] of [
  ['Mina', 'M'],
  ['ada lovelace', 'AL'],
  ['Jean Luc Picard', 'JP'],
  ['김미나', '미나'],
  ['남궁민수', '민수'],
  ['미나', '미나'],
  ['마당지기모임', '마당'],
  ['👩‍👩‍👧 family', '👩‍👩‍👧F'],
  ['   ', '?'],
  ['', '?'],
] as const) {
  test(`${name || 'nobody'} is ${initials}`, () => {
    assert.equal(initialsOf(name), initials);
  });
}

test('a name always has the same of the colours, names have many', () => {
  const hues = new Set(Array.from({ length: 200 }, (_, i) => hueOf(`person ${i}`)));
  assert.equal(hues.size, HUES);
  assert.equal(hueOf('Mina'), hueOf('Mina'));
  for (const hue of hues) assert.ok(hue >= 0 && hue < HUES);
});
