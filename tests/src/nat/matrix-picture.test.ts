import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matrixDocument } from './matrix-document.js';
import { matrixPicture, summary } from './matrix-picture.js';
import type { PairResult } from './matrix-result.js';
import { median } from './matrix-result.js';

const RESULTS: readonly PairResult[] = [
  {
    ...{ from: 'open', to: 'open', path: 'direct', expected: 'direct', calls: 3, good: 3 },
    ...{ connectedMs: 90.4, firstFrameMs: 140.6 },
  },
  {
    ...{ from: 'open', to: 'tcp443Only', path: 'relay tls', expected: 'relay', calls: 3, good: 3 },
    ...{ connectedMs: 180, firstFrameMs: 260 },
  },
  {
    ...{ from: 'tcp443Only', to: 'tcp443Only', path: 'none', expected: 'relay', calls: 3, good: 1 },
    ...{ connectedMs: undefined, firstFrameMs: undefined },
  },
];

test('the median is the middle one, or between the two in the middle', () => {
  assert.equal(median([9, 1, 5]), 5);
  assert.equal(median([4, 1]), 2.5);
  assert.equal(median([]), undefined);
});

test('the summary counts what connected in every call', () => {
  assert.equal(summary(RESULTS), '2 of 3 pairs connected: 1 direct, 1 through a relay');
});

test('the picture has a cell for each pair, in the colour of its path, and only the sites that were called', () => {
  const picture = matrixPicture(RESULTS);
  const cells = [...picture.matchAll(/<g><title>([^<]*)<\/title><rect class="(\w+)"/g)];
  assert.deepEqual(
    cells.map(([, about, kind]) => [about, kind]),
    [
      ['open and open: direct, 141 ms', 'direct'],
      ['open and TCP 443 only: relay tls, 260 ms', 'stream'],
      ['TCP 443 only and TCP 443 only: none, ', 'failed'],
    ],
  );
  assert.doesNotMatch(picture, /symmetric/);
});

test('the page says how often a pair did not connect', () => {
  const page = matrixDocument(RESULTS, { browserVersion: '1.2', processors: 2, load: 3.4 });
  assert.match(page, /\| open +\| direct, 141 ms \(90\) +\| relay tls, 260 ms \(180\) +\|/);
  assert.match(page, /none \(1 of 3\)/);
});
