import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SHORTCUT_KEYS, shortcutOf } from './shortcuts.js';
import type { KeyPress } from './shortcuts.js';

function press(key: string, code: string, changes: Partial<KeyPress> = {}): KeyPress {
  return { key, code, ctrlKey: false, altKey: false, metaKey: false, isComposing: false, ...changes };
}

test('every key that is shown does what is shown', () => {
  for (const { key, action } of SHORTCUT_KEYS) {
    if (key === 'Space') assert.equal(shortcutOf(press(' ', 'Space'), 'page'), action);
    else if (key === '?') assert.equal(shortcutOf(press('?', 'Slash'), 'page'), action);
    else if (key.length > 1) assert.equal(shortcutOf(press(key, key), 'page'), action);
    else assert.equal(shortcutOf(press(key.toLowerCase(), `Key${key}`), 'page'), action);
  }
});

test('with a Korean layout the same keys do the same', () => {
  assert.equal(shortcutOf(press('ㅡ', 'KeyM'), 'page'), 'microphone');
  assert.equal(shortcutOf(press('ㅍ', 'KeyV'), 'page'), 'camera');
});

test('a letter elsewhere on the keyboard counts as the letter it writes', () => {
  // On a French keyboard M lies where the semicolon is.
  assert.equal(shortcutOf(press('m', 'Semicolon'), 'page'), 'microphone');
  assert.equal(shortcutOf(press('q', 'KeyA'), 'page'), undefined);
});

test('capitals and small letters are alike', () => {
  assert.equal(shortcutOf(press('M', 'KeyM'), 'page'), 'microphone');
});

test('nothing is taken from whoever writes, composes or uses the browser', () => {
  assert.equal(shortcutOf(press('m', 'KeyM'), 'text'), undefined);
  assert.equal(shortcutOf(press('?', 'Slash'), 'text'), undefined);
  assert.equal(shortcutOf(press(' ', 'Space'), 'text'), undefined);
  assert.equal(shortcutOf(press('c', 'KeyC', { ctrlKey: true }), 'page'), undefined);
  assert.equal(shortcutOf(press('v', 'KeyV', { metaKey: true }), 'page'), undefined);
  assert.equal(shortcutOf(press('p', 'KeyP', { altKey: true }), 'page'), undefined);
  assert.equal(shortcutOf(press('m', 'KeyM', { isComposing: true }), 'page'), undefined);
});

test('Space presses a button that has the focus and else talks; letters work on buttons too', () => {
  assert.equal(shortcutOf(press(' ', 'Space'), 'control'), undefined);
  assert.equal(shortcutOf(press(' ', 'Space'), 'page'), 'talk');
  assert.equal(shortcutOf(press('m', 'KeyM'), 'control'), 'microphone');
});

test('other keys do nothing', () => {
  assert.equal(shortcutOf(press('x', 'KeyX'), 'page'), undefined);
  assert.equal(shortcutOf(press('Enter', 'Enter'), 'page'), undefined);
});
