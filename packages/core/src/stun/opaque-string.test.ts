import assert from 'node:assert/strict';
import { test } from 'node:test';
import { prepareOpaqueString } from './opaque-string.js';

test('RFC 8265 section 4.3: accepted examples', () => {
  assert.equal(prepareOpaqueString('correct horse battery staple'), 'correct horse battery staple');
  assert.equal(prepareOpaqueString('Correct Horse Battery Staple'), 'Correct Horse Battery Staple');
  assert.equal(prepareOpaqueString('\u03c0\u00df\u00e5'), '\u03c0\u00df\u00e5');
  assert.equal(prepareOpaqueString('Jack of \u2666s'), 'Jack of \u2666s');
  assert.equal(prepareOpaqueString('foo\u1680bar'), 'foo bar');
});

test('RFC 8265 section 4.3: refused examples and other control characters', () => {
  for (const text of [
    '',
    'my cat is a \u0009by',
    '\u0000',
    'a\u007f',
    'a\u0085b',
    '\ud800',
    'a\uffff',
    '\ufdd0',
  ]) {
    assert.equal(prepareOpaqueString(text), undefined, JSON.stringify(text));
  }
});

test('composed and decomposed forms become one', () => {
  assert.equal(prepareOpaqueString('e\u0301'), '\u00e9');
  assert.equal(prepareOpaqueString('\u1112\u1161\u11ab'), '\ud55c');
});

test('every non-ASCII space becomes U+0020', () => {
  for (const space of '\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000') {
    assert.equal(prepareOpaqueString(`a${space}b`), 'a b');
  }
});
