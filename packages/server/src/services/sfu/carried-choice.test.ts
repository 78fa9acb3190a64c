import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { chooseCarried, MOST_SECTIONS } from './carried-choice.js';
import type { DownPreference } from './carried-choice.js';
import { keyOf } from './publication.js';
import type { Publication } from './publication.js';

/** Tracks by name: `mina` is Mina's camera, `mina/mic`, `mina/mic-` (muted) and `mina/screen` what they say. */
function track(name: string): Publication {
  const [participantId = '', what = 'cam'] = name.split('/');
  const kind = what.startsWith('mic') ? 'audio' : 'video';
  const source = kind === 'audio' ? 'microphone' : what === 'screen' ? 'screen' : 'camera';
  return { participantId, trackId: what, kind, source, muted: what.endsWith('-'), codecs: [] };
}

function nameOf({ participantId, trackId }: Publication): string {
  return trackId === 'cam' ? participantId : `${participantId}/${trackId}`;
}

/** What a subscriber has said: `paused`, `pinned` or a width. */
type Wish = 'paused' | 'pinned' | number;

interface Case {
  readonly tracks: string;
  readonly lastN: number;
  /** Who has spoken, the last first. */
  readonly spoken?: string;
  readonly wishes?: Readonly<Record<string, Wish>>;
  readonly carriedNow?: string;
}

function choose({ tracks, lastN, spoken = '', wishes = {}, carriedNow = '' }: Case) {
  const words = (text: string): string[] => text.split(' ').filter((word) => word !== '');
  const preferences = new Map<string, DownPreference>();
  for (const [name, wish] of Object.entries(wishes)) {
    const { participantId, trackId } = track(name);
    preferences.set(keyOf({ participantId, trackId }), {
      ...{ participantId, trackId, height: 0 },
      paused: wish === 'paused',
      pinned: wish === 'pinned',
      width: typeof wish === 'number' ? wish : 0,
    });
  }
  const now = new Set(words(carriedNow).map((name) => keyOf(track(name))));
  return chooseCarried(new Map(words(tracks).map((name) => [keyOf(track(name)), track(name)])), {
    lastN,
    preferences,
    spoken: new Map(words(spoken).map((participantId, place) => [participantId, place])),
    isCarried: (key) => now.has(key),
  });
}

const CASES: Readonly<Record<string, Case & { readonly carried: string }>> = {
  'where there are no more than that, all are carried': { tracks: 'a b c', lastN: 3, carried: 'a b c' },
  'those of the last who spoke are': { tracks: 'a b c d', lastN: 2, spoken: 'd b a', carried: 'b d' },
  'before anybody has spoken, those who came first': { tracks: 'a b c', lastN: 2, carried: 'a b' },
  'who is carried keeps the place against others who never spoke': {
    ...{ tracks: 'a b c d', lastN: 2, spoken: 'd', carriedNow: 'c d' },
    carried: 'c d',
  },
  'screens come besides': { tracks: 'a b a/screen c/screen', lastN: 1, carried: 'a a/screen c/screen' },
  'sound is nothing of it': { tracks: 'a a/mic b b/mic c/mic-', lastN: 1, carried: 'a a/mic b/mic c/mic-' },
  'what is pinned is carried whoever speaks, and takes a place': {
    ...{ tracks: 'a b c d', lastN: 2, spoken: 'a b', wishes: { d: 'pinned' } },
    carried: 'a d',
  },
  'what is shown large is': {
    ...{ tracks: 'a b c d', lastN: 1, spoken: 'a', wishes: { c: 1280 } },
    carried: 'c',
  },
  'more pinned ones than places are carried too': {
    ...{ tracks: 'a b c d', lastN: 1, spoken: 'd', wishes: { a: 'pinned', b: 'pinned', c: 900 } },
    carried: 'a b c',
  },
  'what is hidden gives its place to what is shown, the longest silent one first': {
    ...{ tracks: 'a b c d', lastN: 3, spoken: 'a b c' },
    wishes: { a: 'paused', b: 'paused', d: 320 },
    carried: 'a c d',
  },
  'what is hidden keeps its place against what nobody asked for': {
    ...{ tracks: 'a b', lastN: 1, spoken: 'a', wishes: { a: 'paused' } },
    carried: 'a',
  },
  'nothing but screens and pinned ones with none': {
    ...{ tracks: 'a b c/screen', lastN: 0, spoken: 'a', wishes: { b: 'pinned' } },
    carried: 'b c/screen',
  },
};

for (const [says, { carried, ...terms }] of Object.entries(CASES)) {
  test(`last-N: ${says}`, () => {
    const choice = choose(terms);
    assert.equal([...choice.carried.values()].map(nameOf).join(' '), carried);
    const gone = terms.tracks.split(' ').filter((name) => !carried.split(' ').includes(name));
    assert.deepEqual([...choice.withheld].toSorted(), gone.map((name) => keyOf(track(name))).toSorted());
  });
}

test('of more sounds than there is room for, those come that are not muted, the last who spoke first', () => {
  const people = Array.from({ length: 150 }, (_, index) => `p${index}`);
  const tracks = people.map((name, index) => `${name}/mic${index < 90 ? '-' : ''}`).join(' ');
  const { carried, withheld } = choose({ tracks, lastN: 1, spoken: 'p89 p7' });
  assert.equal(carried.size, MOST_SECTIONS.audio);
  assert.equal([...carried.values()].filter(({ muted }) => !muted).length, 60);
  for (const name of ['p89/mic-', 'p7/mic-']) assert.ok(carried.has(keyOf(track(name))), name);
  assert.equal(withheld.size, 0, 'of sound nothing is said');
});

test('whatever is wanted: never more than the limits, nobody silent before who spoke', () => {
  const people = fc.uniqueArray(fc.integer({ min: 0, max: 120 }), { maxLength: 120 });
  fc.assert(
    fc.property(people, people, fc.nat(64), (present, spoken, lastN) => {
      const tracks = present.map((one) => `p${one} p${one}/screen p${one}/mic`).join(' ');
      const order = spoken.map((one) => `p${one}`);
      const { carried } = choose({ tracks, lastN, spoken: order.join(' ') });
      const all = [...carried.values()];
      const cameras = all.filter(({ source }) => source === 'camera');
      assert.equal(cameras.length, Math.min(lastN, present.length));
      assert.ok(all.filter(({ source }) => source === 'screen').length <= MOST_SECTIONS.screens);
      assert.ok(all.filter(({ kind }) => kind === 'audio').length <= MOST_SECTIONS.audio);
      const chosen = new Set(cameras.map(({ participantId }) => participantId));
      const due = order.filter((name) => present.includes(Number(name.slice(1)))).slice(0, lastN);
      for (const name of due) assert.ok(chosen.has(name), name);
    }),
    { numRuns: 60 },
  );
});
