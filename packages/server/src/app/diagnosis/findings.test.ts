import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFindings, isBroken, summarize } from './findings.js';
import type { FindingGroup, Verdict } from './findings.js';

function groupOf(...verdicts: Verdict[]): FindingGroup {
  return {
    title: 'Ports',
    findings: verdicts.map((verdict, i) => ({ verdict, subject: 'x'.repeat(i + 1), text: verdict })),
  };
}

test('every finding is one line with its mark, subjects in one column', () => {
  assert.equal(
    formatFindings([groupOf('ok', 'note'), groupOf('warning', 'broken')]),
    '\nPorts\n  ✓ x   ok\n  · xx  note\n\nPorts\n  ! x   warning\n  ✗ xx  broken\n',
  );
});

test('only what is broken counts as broken', () => {
  assert.equal(isBroken([groupOf('ok', 'note', 'warning')]), false);
  assert.equal(isBroken([groupOf('ok'), groupOf('broken')]), true);
  assert.equal(summarize([groupOf('ok', 'note')]), 'Nothing is broken.');
  assert.equal(summarize([groupOf('ok', 'warning')]), 'Nothing is broken, 1 to look at (!).');
  assert.equal(summarize([groupOf('broken')]), '1 thing is broken (✗).');
  assert.equal(
    summarize([groupOf('broken', 'broken', 'warning')]),
    '2 things are broken (✗), 1 to look at (!).',
  );
});
