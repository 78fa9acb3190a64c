import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WireLimit } from './limits.js';
import type { RoomView } from './room-view.js';
import { applyToView } from './room-view.js';

test('a view keeps the last messages of a chat, and no more than a room does', () => {
  const room = {
    name: 'tea',
    topology: 'mesh',
    locked: false,
    lobby: false,
    participants: [],
    waiting: [],
  } as const;
  let view: RoomView | undefined = { room, chat: [] };
  for (let seq = 1; seq <= WireLimit.chatHistory + 2; seq++) {
    const chat = { chatId: seq, from: 'm', name: 'Mina', text: String(seq), sentAt: seq };
    view = applyToView(view, { type: 'chat', seq, chat });
  }
  assert.equal(view?.chat.length, WireLimit.chatHistory);
  assert.deepEqual([view.chat[0]?.text, view.chat.at(-1)?.text], ['3', '502']);
});
