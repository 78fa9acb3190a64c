import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRoute, roomPath, takeToken } from './route.js';

const at = (path: string) => readRoute(new URL(path, 'https://calls.example'));

test('the start page, rooms, and nothing else', () => {
  assert.deepEqual(at('/'), { page: 'home' });
  assert.deepEqual(at('/left'), { page: 'unknown' });
  assert.deepEqual(at('/r/'), { page: 'unknown' });
  assert.deepEqual(at('/r/a/b'), { page: 'unknown' });
  assert.deepEqual(at('/r/%0a'), { page: 'unknown' });
});

test('a room is read back as it was written', () => {
  for (const room of ['tea', '고요한-감나무-마루', 'a/b?c#d %', '100%']) {
    const route = at(roomPath(room));
    assert.equal(route.page === 'room' && route.room, room);
  }
});

test('without a query everything is asked', () => {
  assert.deepEqual(at('/r/tea'), {
    page: 'room',
    room: 'tea',
    entry: {
      joinAtOnce: false,
      name: undefined,
      camera: undefined,
      microphone: undefined,
      viewer: false,
      topology: undefined,
    },
  });
});

test('a query says how to enter', () => {
  assert.deepEqual(at('/r/tea?topology=mesh&name=%20Mina%20&join=1&camera=0&microphone=1&role=viewer'), {
    page: 'room',
    room: 'tea',
    entry: {
      joinAtOnce: true,
      name: 'Mina',
      camera: false,
      microphone: true,
      viewer: true,
      topology: 'mesh',
    },
  });
});

test('what a query cannot mean is left out', () => {
  const route = at('/r/tea?topology=star&name=%20&join=0&role=host');
  assert.deepEqual(route.page === 'room' && route.entry, {
    joinAtOnce: false,
    name: undefined,
    camera: undefined,
    microphone: undefined,
    viewer: false,
    topology: undefined,
  });
});

test('a token is taken out of the address, the rest stays', () => {
  const { token, rest } = takeToken(new URL('https://calls.example/r/tea?join=1#token=a.b.c&x=1'));
  assert.equal(token, 'a.b.c');
  assert.equal(rest.href, 'https://calls.example/r/tea?join=1#x=1');
  const alone = takeToken(new URL('https://calls.example/r/tea#token=a.b.c'));
  assert.equal(alone.rest.href, 'https://calls.example/r/tea');
  const without = new URL('https://calls.example/r/tea#part');
  assert.equal(takeToken(without).token, undefined);
  assert.equal(takeToken(without).rest.href, without.href);
});
