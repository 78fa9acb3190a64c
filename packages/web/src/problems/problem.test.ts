import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERROR_CODES } from '@madang/wire/error-codes';
import { changePreferences } from '../settings/preferences.js';
import { NetworkError, RefusedError } from '../sdk.js';
import { ACTIONS, PROBLEMS, problemOf, problemOfEnd } from './problem.js';
import { problemTexts } from './problem-texts.js';

/** Codes only a client in need of mending gets: to a person they are one and the same. */
const OF_DEVELOPERS = [
  'malformed',
  'tooLarge',
  'unknownType',
  'notJoined',
  'alreadyJoined',
  'notFound',
  'limitReached',
  'topologyUnavailable',
];

test('every code a server can refuse with has words of its own, but those for developers', () => {
  for (const code of ERROR_CODES) {
    const problem = problemOf(new RefusedError(code, 'for developers'));
    const expected = OF_DEVELOPERS.includes(code) ? 'unexpected' : code === 'resumeRefused' ? 'lost' : code;
    assert.equal(problem?.code, expected, code);
  }
  for (const code of ['denied', 'removed'] as const) {
    assert.equal(problemOf(new RefusedError(code, 'x'))?.code, code);
  }
});

test('who gave up has no problem; the network has some', () => {
  assert.equal(problemOf(new NetworkError('aborted', 'x')), undefined);
  assert.equal(problemOf(new NetworkError('serverUnreachable', 'x'))?.code, 'serverUnreachable');
  assert.equal(problemOf(new NetworkError('timeout', 'x'))?.code, 'timeout');
  assert.equal(problemOf(new NetworkError('notConnected', 'x'))?.code, 'lost');
  assert.equal(problemOf(new NetworkError('replaced', 'x'))?.code, 'replaced');
});

test('whatever else is thrown is told as unexpected, with what it says', () => {
  assert.deepEqual(problemOf(new TypeError('no')), { code: 'unexpected', detail: 'TypeError: no' });
  assert.equal(problemOf(undefined)?.code, 'unexpected');
});

test('only an end one did not wish is a problem', () => {
  assert.equal(problemOfEnd('left'), undefined);
  for (const reason of ['removed', 'replaced', 'lost'] as const)
    assert.equal(problemOfEnd(reason)?.code, reason);
});

for (const language of ['en', 'ko'] as const) {
  test(`${language}: each problem says what, why and what to do, and has a button`, () => {
    changePreferences({ language });
    const text = problemTexts();
    for (const code of PROBLEMS) {
      const { what, why, todo } = text[code];
      assert.match(what, /[.요]\.?$/, code);
      assert.ok(why.length > 5 && todo.length > 5, code);
      assert.ok(text.action[ACTIONS[code]].length > 0, code);
    }
    changePreferences({ language: undefined });
  });
}
