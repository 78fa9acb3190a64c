import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cleanRoomName, readInvitation } from './room-name.js';

const ORIGIN = 'https://calls.example';

test('names are trimmed and composed; what no server takes is no name', () => {
  assert.equal(cleanRoomName('  tea  '), 'tea');
  assert.equal(cleanRoomName('차방'.normalize('NFD')), '차방');
  for (const bad of ['', '   ', 'a\nb', 'a\u202eb', 'x'.repeat(65), '.', '..', '\ud800']) {
    assert.equal(cleanRoomName(bad), undefined, JSON.stringify(bad));
  }
});

test('a link of this server leads to its room, with its query and its token', () => {
  assert.deepEqual(readInvitation(` ${ORIGIN}/r/tea?role=viewer#token=abc `, ORIGIN), {
    kind: 'room',
    path: '/r/tea?role=viewer#token=abc',
  });
});

test('a link without its beginning is understood', () => {
  assert.deepEqual(readInvitation('calls.example/r/tea', ORIGIN), { kind: 'room', path: '/r/tea' });
});

test('a name is a room of this server, whatever letters it has', () => {
  assert.deepEqual(readInvitation('tea & cake/2', ORIGIN), { kind: 'room', path: '/r/tea%20%26%20cake%2F2' });
  assert.deepEqual(readInvitation('감나무', ORIGIN), {
    kind: 'room',
    path: `/r/${encodeURIComponent('감나무')}`,
  });
});

test('a room of another server is told as such', () => {
  const found = readInvitation('https://other.example/r/tea', ORIGIN);
  assert.equal(found.kind, 'elsewhere');
});

test('links to anything else are no rooms', () => {
  for (const bad of [
    `${ORIGIN}/`,
    `${ORIGIN}/doctor`,
    `${ORIGIN}/r/`,
    `${ORIGIN}/r/a/b`,
    'https://',
    `${ORIGIN}/r/%00`,
  ]) {
    assert.equal(readInvitation(bad, ORIGIN).kind, 'noRoom', bad);
  }
  assert.equal(readInvitation('  ', ORIGIN).kind, 'nothing');
});

test('a script is a name at most, never an address to go to', () => {
  const found = readInvitation('javascript:alert(1)', ORIGIN);
  assert.deepEqual(found, { kind: 'room', path: '/r/javascript%3Aalert(1)' });
});
