import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NONCE_COOKIE_LENGTH, nonceCookie, readNonceCookie, SecurityFeature } from './nonce-cookie.js';

test('cookies of RFC 8489 section 9.2, bit 0 leftmost (section 18.1)', () => {
  assert.equal(nonceCookie(0), 'obMatJos2AAAA');
  assert.equal(nonceCookie(SecurityFeature.passwordAlgorithms), 'obMatJos2gAAA');
  assert.equal(nonceCookie(SecurityFeature.usernameAnonymity), 'obMatJos2QAAA');
  assert.equal(
    nonceCookie(SecurityFeature.passwordAlgorithms | SecurityFeature.usernameAnonymity),
    'obMatJos2wAAA',
  );
  assert.equal(nonceCookie(0).length, NONCE_COOKIE_LENGTH);
});

test('every bit set survives', () => {
  for (let bit = 0; bit < 24; bit++) {
    const features = (1 << bit) | 1;
    assert.equal(readNonceCookie(`${nonceCookie(features)}rest`), features);
  }
  assert.equal(readNonceCookie(nonceCookie(0xffffff)), 0xffffff);
});

test('nonces without cookie', () => {
  for (const nonce of [
    '',
    'obMatJos2',
    'obMatJos2AAA',
    'obMatJos1AAAAxyz',
    'obMatJos2AA A',
    'obMatJos2AA=A',
    'XobMatJos2AAAA',
  ]) {
    assert.equal(readNonceCookie(nonce), undefined, nonce);
  }
});
