import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readDoor } from './door.js';

test('what the server says at a door is read, and what is no such answer is not', () => {
  const open = { mayEnter: true, count: 2, locked: false, lobby: true };
  assert.deepEqual(readDoor(open), { ...open, names: [] });
  assert.deepEqual(readDoor({ ...open, names: ['Mina', 3, '준'] }), { ...open, names: ['Mina', '준'] });
  assert.deepEqual(readDoor({ mayEnter: false, code: 'tokenExpired' }), {
    mayEnter: false,
    code: 'tokenExpired',
  });
  assert.deepEqual(readDoor({ mayEnter: false }), { mayEnter: false, code: 'unauthorized' });
  for (const no of [undefined, null, 'tea', {}, { mayEnter: true }, { mayEnter: 1, count: 2 }]) {
    assert.equal(readDoor(no), undefined);
  }
});
