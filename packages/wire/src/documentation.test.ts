import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { CLIENT_MESSAGE_TYPES } from './client-shapes.js';
import { CloseCode, END_REASONS, ERROR_CODES } from './error-codes.js';
import { SERVER_MESSAGE_TYPES } from './server-shapes.js';

const document = readFileSync(new URL('../../../docs/signaling-protocol.md', import.meta.url), 'utf8');

/** The part of the document under one heading of the second level. */
function section(title: string): string {
  const parts = document.split(/^## /m).filter((part) => part.startsWith(`${title}\n`));
  assert.equal(parts.length, 1, title);
  return parts[0]!;
}

test('docs/signaling-protocol.md has a row for every message, error code, end and close code', () => {
  const rows: [string, readonly (string | number)[]][] = [
    ['Client messages', CLIENT_MESSAGE_TYPES],
    ['Server messages', SERVER_MESSAGE_TYPES],
    ['Errors', ERROR_CODES],
    ['The end of a session', [...END_REASONS, ...Object.values(CloseCode)]],
  ];
  for (const [title, words] of rows) {
    const text = section(title);
    for (const word of words) assert.ok(text.includes(`\n| \`${word}\` |`), `${word} in ${title}`);
    const listed = [...text.matchAll(/\n\| `(\w+)` \|/g)].map((match) => match[1]);
    assert.deepEqual(listed.toSorted(), words.map(String).toSorted(), `${title} lists what there is`);
  }
});
