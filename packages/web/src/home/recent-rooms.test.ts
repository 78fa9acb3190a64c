import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KEPT_ROOMS, parseRecentRooms, withRoom } from './recent-rooms.js';

test('the newest is first, each once, no more than are kept', () => {
  let rooms = withRoom([], 'a', 1);
  rooms = withRoom(rooms, 'b', 2);
  rooms = withRoom(rooms, 'a', 3);
  assert.deepEqual(rooms, [
    { room: 'a', at: 3 },
    { room: 'b', at: 2 },
  ]);
  for (let i = 0; i < 20; i++) rooms = withRoom(rooms, `room ${i}`, i);
  assert.equal(rooms.length, KEPT_ROOMS);
  assert.equal(rooms[0]?.room, 'room 19');
});

test('what was stored by somebody else does no harm', () => {
  assert.deepEqual(parseRecentRooms(null), []);
  assert.deepEqual(parseRecentRooms('{'), []);
  assert.deepEqual(parseRecentRooms('{"room":"a"}'), []);
  const mixed = JSON.stringify([
    null,
    7,
    { room: 5, at: 1 },
    { room: ' a', at: 1 },
    { room: 'b', at: 'x' },
    { room: 'c', at: 4 },
  ]);
  assert.deepEqual(parseRecentRooms(mixed), [{ room: 'c', at: 4 }]);
});
