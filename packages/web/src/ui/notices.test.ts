import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { closeNotice, KEPT_NOTICES, noticeHistory, notify, shownMs, shownNotices } from './notices.js';

beforeEach(() => {
  shownNotices.value = [];
  noticeHistory.value = [];
});

test('a message that was closed can be read again', () => {
  const close = notify('Copied', { kind: 'ok' });
  close();
  assert.deepEqual(shownNotices.value, []);
  assert.equal(noticeHistory.value[0]?.text, 'Copied');
});

test('the same words are shown once', () => {
  notify('Offline');
  notify('Offline');
  assert.equal(shownNotices.value.length, 1);
});

test('a flood shows the last three and keeps a limited number', () => {
  for (let i = 0; i < 100; i++) notify(`message ${i}`);
  assert.deepEqual(
    shownNotices.value.map((notice) => notice.text),
    ['message 97', 'message 98', 'message 99'],
  );
  assert.equal(noticeHistory.value.length, KEPT_NOTICES);
});

test('longer messages stay longer; errors and what wants an answer stay', () => {
  notify('Short');
  notify('A message that is a good deal longer than the one before it');
  notify('Broken', { kind: 'error' });
  const [short, long, broken] = shownNotices.value.map(shownMs);
  assert.ok(short !== undefined && long !== undefined && long > short && short >= 5000);
  assert.equal(broken, undefined);
  closeNotice(-1);
  assert.equal(shownNotices.value.length, 3);
});
