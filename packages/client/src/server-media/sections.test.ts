import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compareSections } from './sections.js';
import type { Sections } from './sections.js';

/** `0=mina/camera`: m-section 0 carries Mina's camera. */
function sections(...texts: string[]): Sections {
  return new Map(
    texts.map((text) => {
      const [mid, participantId, trackId] = text.split(/[=/]/) as [string, string, string];
      return [mid, { mid, participantId, trackId }];
    }),
  );
}

function compare(before: Sections, after: Sections, connection: 'same' | 'other' = 'same') {
  const { ended, begun } = compareSections(before, after, connection);
  const text = ({ mid, participantId, trackId }: (typeof ended)[number]): string =>
    `${mid}=${participantId}/${trackId}`;
  return { ended: ended.map(text), begun: begun.map(text) };
}

describe('what the sections of the down connection carry', () => {
  const [mina, joon, ara] = ['0=mina/cam', '1=joon/cam', '0=ara/cam'] as const;
  for (const [what, before, after, ended, begun] of [
    ['a first description begins all', [], [mina, joon], [], [mina, joon]],
    ['what stays is not told again', [mina], [mina, joon], [], [joon]],
    ['what is missing has ended', [mina, joon], [joon], [mina], []],
    [
      'a section that serves another ends one track and begins the other',
      [mina, joon],
      [ara, joon],
      [mina],
      [ara],
    ],
    ['a track that moves begins there and does not end', ['0=mina/cam'], ['3=mina/cam'], [], ['3=mina/cam']],
    ['two may have named their tracks alike', ['0=mina/cam'], ['0=joon/cam'], [mina], ['0=joon/cam']],
  ] as const) {
    test(what, () => {
      assert.deepEqual(compare(sections(...before), sections(...after)), { ended, begun });
    });
  }

  test('in another connection every track is another one, and none has ended that is there again', () => {
    const result = compare(sections(mina, joon), sections(mina), 'other');
    assert.deepEqual(result, { ended: [joon], begun: [mina] });
  });
});
