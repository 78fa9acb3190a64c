import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WantedMedia } from '../api/track.js';
import { RemotePublication } from './remote-publication.js';

const SMALL = { paused: false, width: 320, height: 180 };
const LARGE = { paused: false, width: 1280, height: 720 };

function publication(): { one: RemotePublication; told: WantedMedia[] } {
  const told: WantedMedia[] = [];
  const info = { trackId: 'cam', kind: 'video', source: 'camera', muted: false } as const;
  return { one: new RemotePublication(info, false, (wanted) => told.push(wanted)), told };
}

test('what elements show counts until the application says something, and again after that', () => {
  const { one, told } = publication();
  one.setShown(SMALL);
  one.setWanted({});
  one.setShown(LARGE);
  one.setWanted(undefined);
  assert.deepEqual(told, [SMALL, {}, LARGE]);
});

test('a pinned video is shown in the size of its elements', () => {
  const { one, told } = publication();
  one.setShown(SMALL);
  one.setWanted({ pinned: true });
  one.setShown(LARGE);
  one.setWanted({ ...SMALL, pinned: true });
  one.setShown(LARGE);
  assert.deepEqual(told, [
    SMALL,
    { ...SMALL, pinned: true },
    { ...LARGE, pinned: true },
    { ...SMALL, pinned: true },
  ]);
});

test('when video is withheld, that its elements hid it is forgotten, what the application said is not', () => {
  const { one, told } = publication();
  one.setShown({ paused: true });
  one.forgetShown();
  assert.deepEqual(told, [{ paused: true }, {}]);
  one.setWanted({ paused: true });
  one.forgetShown();
  assert.deepEqual(told.slice(2), [{ paused: true }]);
});
