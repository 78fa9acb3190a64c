import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chatGroups } from './chat-groups.js';
import type { ChatMessage } from '../../sdk.js';

let nextId = 1;

function message(from: string, sentAt: number, more: Partial<ChatMessage> = {}): ChatMessage {
  return { chatId: nextId++, from, name: from, text: 'x', sentAt, ...more };
}

function shape(messages: readonly ChatMessage[]): string {
  return chatGroups(messages)
    .map((group) => `${group.from}${group.messages.length}`)
    .join(' ');
}

test('what one person says in a row stands together', () => {
  assert.equal(
    shape([message('a', 0), message('a', 1000), message('b', 2000), message('a', 3000)]),
    'a2 b1 a1',
  );
  assert.equal(shape([]), '');
});

test('after a pause the name is shown again', () => {
  assert.equal(shape([message('a', 0), message('a', 5 * 60_000)]), 'a1 a1');
});

test('a slow exchange of short pauses stays together', () => {
  assert.equal(shape([message('a', 0), message('a', 3 * 60_000), message('a', 6 * 60_000)]), 'a3');
});

test('what was for one person only does not stand among what was for all', () => {
  assert.equal(shape([message('a', 0), message('a', 1, { to: 'me' }), message('a', 2)]), 'a1 a1 a1');
});

test('two of the same name are two people, and a new name of one begins anew', () => {
  assert.equal(shape([message('a', 0, { name: 'Kim' }), message('b', 1, { name: 'Kim' })]), 'a1 b1');
  assert.equal(shape([message('a', 0, { name: 'Kim' }), message('a', 1, { name: 'Lee' })]), 'a1 a1');
});
