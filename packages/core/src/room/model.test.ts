import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Yard } from './room-harness.test-support.js';
import type { TestClient } from './room-harness.test-support.js';

const ACTIONS = [
  'join',
  'joinHost',
  'leave',
  'cut',
  'notice',
  'resume',
  'wait',
  'chat',
  'hand',
  'publish',
  'lock',
  'lobby',
  'admit',
  'remove',
  'restart',
] as const;

type Step = readonly [action: (typeof ACTIONS)[number], who: number, amount: number];

/** Every client that is online sees what the room is, after any history of joins, leaves, losses and time. */
test('the views of all participants equal the state of the room', () => {
  const step: fc.Arbitrary<Step> = fc.tuple(fc.constantFrom(...ACTIONS), fc.nat(5), fc.nat(3));
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 60, size: 'max' }),
      fc.constantFrom('asGiven', 'firstIsHost'),
      (steps, hostRule) => {
        const yard = new Yard({ hostRule, limits: { outbox: { messages: 12, units: 50_000 } } });
        const people: TestClient[] = [];
        for (const one of steps) {
          play(yard, people, one);
          check(yard, people);
        }
        for (const client of people) client.cut();
        for (const client of people) client.noticed();
        yard.wait(61_000);
        assert.equal(yard.registry.size, 0);
        assert.equal(yard.registry.participants, 0);
      },
    ),
    { numRuns: 400 },
  );
});

function play(yard: Yard, people: TestClient[], [action, who, amount]: Step): void {
  const one = people[who % Math.max(1, people.length)];
  if (action === 'join' || action === 'joinHost') {
    if (people.length < 6) people.push(yard.join(`n${people.length}`, action === 'join' ? 'member' : 'host'));
    return;
  }
  if (action === 'wait') {
    yard.wait(amount * 11_000);
    return;
  }
  if (action === 'restart') {
    if (amount === 0) yard.restart();
    return;
  }
  if (one === undefined) return;
  if (action === 'resume') {
    if (one.state === 'cut') one.resume();
  } else if (action === 'cut') one.cut();
  else if (action === 'notice') {
    if (one.state === 'cut') one.noticed();
  } else if (one.state === 'online') request(one, people, action, amount);
}

function request(one: TestClient, people: TestClient[], action: Step[0], amount: number): void {
  const target = people[amount % people.length]!.participantId;
  const isOn = amount % 2 === 0;
  if (action === 'leave') one.ask({ type: 'leave' });
  else if (action === 'chat') one.ask({ type: 'chat', text: `${amount}` });
  else if (action === 'hand') one.ask({ type: 'raiseHand', raised: isOn });
  else if (action === 'publish') {
    one.ask({
      type: 'publish',
      track: { trackId: `t${amount}`, kind: 'audio', source: 'other', muted: isOn },
    });
  } else if (action === 'lock') one.ask({ type: 'lock', locked: isOn });
  else if (action === 'lobby') one.ask({ type: 'setLobby', enabled: isOn });
  else if (action === 'admit') one.ask({ type: 'admit', participantId: target });
  else if (action === 'remove') one.ask({ type: 'remove', participantId: target });
}

function check(yard: Yard, people: readonly TestClient[]): void {
  const state = yard.registry.room('tea')?.state();
  for (const client of people) {
    if (client.state !== 'online' || client.view === undefined) continue;
    assert.ok(state, 'somebody is in a room that is no more');
    const me = state.participants.find((one) => one.participantId === client.participantId);
    assert.ok(me, 'somebody believes to be in a room that does not know him');
    assert.deepEqual(client.view.room, { ...state, waiting: me.role === 'host' ? state.waiting : [] });
  }
}
