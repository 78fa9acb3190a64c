import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shownLink } from './shown-link.js';

test('a link is shown in letters and leads to the same place', () => {
  for (const [link, shown] of [
    ['https://a.example/r/tea', 'https://a.example/r/tea'],
    ['https://a.example/r/%EB%A7%88%EB%8B%B9', 'https://a.example/r/마당'],
    ['https://a.example/r/%EB%A7%88%EB%8B%B9%20tea', 'https://a.example/r/마당%20tea'],
    ['https://a.example/r/a%2Fb%3Fc%23d', 'https://a.example/r/a%2Fb%3Fc%23d'],
    ['https://a.example/r/a%E2%80%AEb', 'https://a.example/r/a%E2%80%AEb'],
  ] as const) {
    assert.equal(shownLink(link), shown);
    assert.equal(new URL(shown).href, link);
  }
});

test('what is no encoding is shown as it is', () => {
  assert.equal(shownLink('https://a.example/r/%'), 'https://a.example/r/%');
});

test('an access token is not shown', () => {
  assert.equal(shownLink('https://a.example/r/tea#token=a.b-c_d'), 'https://a.example/r/tea');
  assert.equal(shownLink('https://a.example/r/%#token=a.b-c_d'), 'https://a.example/r/%');
});
