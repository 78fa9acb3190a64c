import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changePreferences, DEFAULT_PREFERENCES, parsePreferences, preferences } from './preferences.js';

test('what is not understood is the default, the rest is kept', () => {
  assert.deepEqual(parsePreferences(null), DEFAULT_PREFERENCES);
  for (const text of ['', 'null', '7', '[]', '{"theme":']) {
    assert.deepEqual(parsePreferences(text), DEFAULT_PREFERENCES, text);
  }
  const stored = {
    name: 'Mina',
    theme: 'dark',
    language: 'fr',
    cameraHeight: 5000,
    microphoneId: '',
    relayOnly: true,
    mirrorSelf: 'no',
  };
  assert.deepEqual(parsePreferences(JSON.stringify(stored)), {
    ...DEFAULT_PREFERENCES,
    name: 'Mina',
    theme: 'dark',
    relayOnly: true,
  });
});

test('what is stored is read again as it was', () => {
  const chosen = {
    ...DEFAULT_PREFERENCES,
    language: 'ko',
    cameraId: 'abc',
    cameraHeight: 1080,
    cameraOn: false,
  } as const;
  assert.deepEqual(parsePreferences(JSON.stringify(chosen)), chosen);
});

test('a change is seen at once, also where nothing can be stored', () => {
  changePreferences({ name: 'Joon' });
  assert.equal(preferences.value.name, 'Joon');
  changePreferences({ name: '' });
});
