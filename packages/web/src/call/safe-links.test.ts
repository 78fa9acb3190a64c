import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { textPieces } from './safe-links.js';

function linksOf(text: string): string[] {
  return textPieces(text).flatMap((piece) => (piece.kind === 'link' ? [piece.text] : []));
}

test('an address becomes a link and the words around it stay text', () => {
  assert.deepEqual(textPieces('see https://madang.example/r/tea now'), [
    { kind: 'text', text: 'see ' },
    { kind: 'link', text: 'https://madang.example/r/tea', href: 'https://madang.example/r/tea' },
    { kind: 'text', text: ' now' },
  ]);
});

test('a text without an address is one piece, an empty one none', () => {
  assert.deepEqual(textPieces('안녕하세요'), [{ kind: 'text', text: '안녕하세요' }]);
  assert.deepEqual(textPieces(''), []);
});

test('marks of the sentence do not belong to the address', () => {
  assert.deepEqual(linksOf('Go to https://a.example/x.'), ['https://a.example/x']);
  assert.deepEqual(linksOf('(https://a.example/x)'), ['https://a.example/x']);
  assert.deepEqual(linksOf('https://a.example/x?!'), ['https://a.example/x']);
  assert.deepEqual(linksOf('「https://a.example/가」'), ['https://a.example/가']);
  assert.deepEqual(linksOf('"https://a.example/x"'), ['https://a.example/x']);
});

test('brackets that belong to the address stay', () => {
  assert.deepEqual(linksOf('https://a.example/wiki/Yard_(house)'), ['https://a.example/wiki/Yard_(house)']);
  assert.deepEqual(linksOf('(https://a.example/wiki/Yard_(house))'), ['https://a.example/wiki/Yard_(house)']);
});

test('several addresses in several lines', () => {
  assert.deepEqual(linksOf('http://a.example\nhttps://b.example, https://c.example'), [
    'http://a.example',
    'https://b.example',
    'https://c.example',
  ]);
});

test('no other scheme becomes a link', () => {
  for (const text of [
    'javascript:alert(1)',
    'JaVaScRiPt://https.example/%0aalert(1)',
    'data:text/html,<script>alert(1)</script>',
    'file:///etc/passwd',
    'vbscript:x',
    'blob:https://a.example/1',
    'www.example.com',
    'mailto:a@b.example',
  ]) {
    // "blob:https://…" holds an address of its own, which is harmless.
    for (const link of linksOf(text)) assert.match(link, /^https?:\/\//u, text);
  }
  assert.deepEqual(linksOf('javascript:alert(1)'), []);
});

test('an address that hides where it leads stays text', () => {
  assert.deepEqual(linksOf('https://bank.example@evil.example/'), []);
  assert.deepEqual(linksOf('https://bank.example:secret@evil.example/'), []);
  assert.deepEqual(linksOf('https://a.example/\u202egpj.exe'), []);
  assert.deepEqual(linksOf('https://a.example/\u200bx'), []);
  assert.deepEqual(linksOf('https://'), []);
  assert.deepEqual(linksOf('https://[::1'), []);
});

test('quotes and angle brackets end an address', () => {
  assert.deepEqual(linksOf('<a href="https://a.example/x" onclick="alert(1)">'), ['https://a.example/x']);
});

test('the pieces together are the text, and links are http or https whatever was written', () => {
  const word = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('https://', 'http://a.example', '(', ')', '.', '@', '\u202e', '[::1]', ' ', '가'),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 12 }), (words) => {
      const text = words.join('');
      const pieces = textPieces(text);
      assert.equal(pieces.map((piece) => piece.text).join(''), text);
      for (const piece of pieces) {
        assert.notEqual(piece.text, '');
        if (piece.kind === 'link') {
          const url = new URL(piece.href);
          assert.ok(url.protocol === 'http:' || url.protocol === 'https:');
          assert.equal(url.username + url.password, '');
        }
      }
    }),
    { numRuns: 2000 },
  );
});

test('a long text of brackets takes no long time', () => {
  const startedAt = performance.now();
  textPieces(`https://a.example/${')'.repeat(4000)}`);
  assert.ok(performance.now() - startedAt < 1000);
});
