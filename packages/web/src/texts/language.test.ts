import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changePreferences } from '../settings/preferences.js';
import { defineTexts } from './define-texts.js';
import { browserLanguage, language } from './language.js';

test('the first language of the browser that the app speaks', () => {
  assert.equal(browserLanguage(['fr-FR', 'ko-KR', 'en-US']), 'ko');
  assert.equal(browserLanguage(['en-GB', 'ko']), 'en');
  assert.equal(browserLanguage(['de']), 'en');
  assert.equal(browserLanguage([]), 'en');
});

test('texts follow the chosen language', () => {
  const texts = defineTexts({
    en: { open: 'Open', people: (n: number) => `${n} people` },
    ko: { open: '열기', people: (n: number) => `${n}명` },
  });
  changePreferences({ language: 'ko' });
  assert.equal(language.value, 'ko');
  assert.equal(texts().open, '열기');
  assert.equal(texts().people(3), '3명');
  changePreferences({ language: 'en' });
  assert.equal(texts().open, 'Open');
  changePreferences({ language: undefined });
});

test('a missing text or another parameter does not compile', () => {
  // @ts-expect-error: `close` is missing in Korean
  defineTexts({ en: { open: 'Open', close: 'Close' }, ko: { open: '열기' } });
  // @ts-expect-error: a function of another parameter
  defineTexts({ en: { n: (n: number) => `${n}` }, ko: { n: (n: string) => n } });
});
