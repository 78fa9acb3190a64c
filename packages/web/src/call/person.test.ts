import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Track } from '../sdk.js';
import { renewPeople } from './person.js';
import type { Person } from './person.js';

function person(participantId: string, more: Partial<Person> = {}): Person {
  return {
    participantId,
    name: participantId,
    role: 'member',
    isLocal: false,
    handRaised: false,
    microphone: 'on',
    camera: undefined,
    screen: undefined,
    ...more,
  };
}

test('who is as before stays the same object, and a list without any difference is the one before', () => {
  const before = [person('mina'), person('joon')];
  assert.equal(renewPeople(before, [person('mina'), person('joon')]), before);
  const now = renewPeople(before, [person('mina'), person('joon', { microphone: 'muted' })]);
  assert.equal(now[0], before[0]);
  assert.notEqual(now[1], before[1]);
  assert.equal(now[1]?.microphone, 'muted');
});

test('whatever is shown of somebody makes a difference', () => {
  const track = {} as Track;
  const before = [person('mina', { camera: { trackId: 'c', track: undefined, isWithheld: false } })];
  for (const change of [
    { name: 'Mina' },
    { role: 'viewer' },
    { handRaised: true },
    { microphone: 'none' },
    { camera: undefined },
    { camera: { trackId: 'c', track, isWithheld: false } },
    { camera: { trackId: 'd', track: undefined, isWithheld: false } },
    { camera: { trackId: 'c', track: undefined, isWithheld: true } },
    { screen: { trackId: 's', track: undefined, isWithheld: false } },
  ] as const) {
    const [now] = renewPeople(before, [{ ...before[0]!, ...change }]);
    assert.notEqual(now, before[0], JSON.stringify(change));
  }
});

test('who comes, goes or stands elsewhere makes another list', () => {
  const before = [person('mina'), person('joon')];
  assert.deepEqual(renewPeople(before, [person('joon')]), [before[1]]);
  assert.deepEqual(renewPeople(before, [person('joon'), person('mina')]), [before[1], before[0]]);
  assert.equal(renewPeople(before, [...before, person('ara')]).length, 3);
});
