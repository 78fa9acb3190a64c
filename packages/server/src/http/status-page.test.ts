import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const PAGE = new URL('../../page/', import.meta.url);
const { TEXTS } = (await import(new URL('texts.js', PAGE).href)) as {
  TEXTS: Record<string, Record<string, string>>;
};

test('every language has every text, with the same words to fill in', () => {
  const { en, ...others } = TEXTS;
  const wordsOf = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();
  for (const [language, texts] of Object.entries(others)) {
    assert.deepEqual(Object.keys(texts).sort(), Object.keys(en!).sort(), language);
    for (const [key, text] of Object.entries(texts)) {
      assert.notEqual(text.trim(), '', `${language} ${key}`);
      assert.deepEqual(wordsOf(text), wordsOf(en![key]!), `${language} ${key}`);
    }
  }
});

test('the page names no text that is missing, and no text is unused', () => {
  const used = new Set<string>();
  for (const file of ['index.html', 'page.js', 'probe.js']) {
    const source = readFileSync(new URL(file, PAGE), 'utf8');
    for (const [, key] of source.matchAll(/['"`]((?:why|note|term)\.\w+|\w+)['"`]/g)) used.add(key!);
  }
  for (const key of used)
    if (/^(?:why|note)\./.test(key)) assert.ok(key in TEXTS['en']!, `${key} has no text`);
  const computed = /^(?:name|headline|explanation|term)\./;
  const unused = Object.keys(TEXTS['en']!).filter((key) => !computed.test(key) && !used.has(key));
  // Results of paths are shown by their state.
  assert.deepEqual(unused, []);
});

test('nothing of the page is inline or from elsewhere, as its content security policy wants it', () => {
  const html = readFileSync(new URL('index.html', PAGE), 'utf8');
  assert.doesNotMatch(html, /<style|\sstyle=|\son\w+=|"javascript:/i);
  for (const [, url] of html.matchAll(/(?:src|href)="([^"]*)"/g))
    assert.match(url!, /^\/(?:doctor\/[\w.]+)?$/);
  for (const [tag] of html.matchAll(/<script[^>]*>/g)) assert.match(tag, /\ssrc="\//);
});
