import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RequestMessage, RequestType } from '@madang/wire/client-messages';
import { mayRequest, PERMITTED } from './permissions.js';
import type { Standing } from './permissions.js';
import { SAME, Yard } from './room-harness.test-support.js';
import type { TestClient } from './room-harness.test-support.js';

type Ask = {
  [T in RequestType]: (target: string) => Omit<Extract<RequestMessage, { type: T }>, 'id' | 'ack'>;
};

/** A request of every type, aimed at a member (or somebody in the lobby) where it needs one. */
const REQUESTS: Ask = {
  leave: () => ({ type: 'leave' }),
  offer: (to) => ({ type: 'offer', to, sdp: 'v=0' }),
  answer: (to) => ({ type: 'answer', to, sdp: 'v=0' }),
  candidate: (to) => ({ type: 'candidate', to, candidate: '' }),
  receive: () => ({ type: 'receive', tracks: [] }),
  publish: () => ({
    type: 'publish',
    track: { trackId: 't', kind: 'audio', source: 'microphone', muted: false },
  }),
  unpublish: () => ({ type: 'unpublish', trackId: 't' }),
  chat: () => ({ type: 'chat', text: 'hello' }),
  raiseHand: () => ({ type: 'raiseHand', raised: true }),
  refreshIceServers: () => ({ type: 'refreshIceServers' }),
  renewToken: () => ({ type: 'renewToken', token: SAME }),
  requestMute: (participantId) => ({ type: 'requestMute', participantId, kind: 'audio' }),
  remove: (participantId) => ({ type: 'remove', participantId }),
  setRole: (participantId) => ({ type: 'setRole', participantId, role: 'viewer' }),
  lock: () => ({ type: 'lock', locked: true }),
  setLobby: () => ({ type: 'setLobby', enabled: false }),
  admit: (participantId) => ({ type: 'admit', participantId }),
  deny: (participantId) => ({ type: 'deny', participantId }),
  setTopology: () => ({ type: 'setTopology', topology: 'mesh' }),
};

/** Written down a second time, so that a slip in the table is seen. */
const HOSTS_ONLY = ['admit', 'deny', 'lock', 'remove', 'requestMute', 'setLobby', 'setRole', 'setTopology'];
const NOT_FOR_VIEWERS = ['publish', 'unpublish'];

function expected(standing: Standing, type: string): boolean {
  if (standing === 'waiting') return type === 'leave' || type === 'renewToken';
  if (HOSTS_ONLY.includes(type)) return standing === 'host';
  return standing !== 'viewer' || !NOT_FOR_VIEWERS.includes(type);
}

interface Scene {
  readonly yard: Yard;
  readonly actor: TestClient;
  readonly others: readonly TestClient[];
  readonly target: string;
}

/** A room with its lobby on: a host, a member, somebody waiting, and the one who acts. */
function setScene(standing: Standing, type: RequestType): Scene {
  const yard = new Yard();
  const host = yard.join('Host', 'host');
  const member = yard.join('Member');
  const actor = standing === 'waiting' ? host : yard.join('Actor', standing);
  assert.equal(host.ask({ type: 'setLobby', enabled: true }), 'ok');
  if (type === 'receive') host.ask({ type: 'setTopology', topology: 'sfu' });
  const guest = yard.join('Guest');
  const mover = standing === 'waiting' ? yard.join('Waiting') : actor;
  if (type === 'unpublish' && (standing === 'host' || standing === 'member')) mover.ask(REQUESTS.publish(''));
  const target = type === 'admit' || type === 'deny' ? guest.participantId : member.participantId;
  return { yard, actor: mover, others: [host, member, guest].filter((one) => one !== mover), target };
}

for (const standing of ['host', 'member', 'viewer', 'waiting'] as const) {
  for (const type of Object.keys(PERMITTED) as RequestType[]) {
    const allowed = expected(standing, type);
    test(`G8: ${standing} ${allowed ? 'may' : 'may not'} send ${type}`, () => {
      const { yard, actor, others, target } = setScene(standing, type);
      const before = JSON.stringify(yard.registry.room('tea')!.state());
      const counts = others.map((one) => one.received.length);
      const answer = actor.ask(REQUESTS[type](target) as Parameters<TestClient['ask']>[0]);
      if (allowed) {
        assert.equal(answer, type === 'leave' ? 'ended' : 'ok');
        return;
      }
      assert.equal(answer, 'forbidden');
      assert.equal(JSON.stringify(yard.registry.room('tea')!.state()), before);
      assert.deepEqual(
        others.map((one) => one.received.length),
        counts,
        'nobody was told anything',
      );
    });
  }
}

test('the permissions of a token take rights away and never give any', () => {
  assert.equal(mayRequest('member', 'chat', []), false);
  assert.equal(mayRequest('member', 'chat', ['chat']), true);
  assert.equal(mayRequest('member', 'remove', ['remove']), false);
  assert.equal(mayRequest('member', 'leave', []), true);
  assert.equal(mayRequest('member', 'renewToken', []), true);
  assert.equal(mayRequest('host', 'constructor' as RequestType, undefined), false);
  const yard = new Yard();
  const quiet = yard.join('Quiet', 'member', 'tea', ['offer', 'answer', 'candidate']);
  assert.equal(quiet.ask({ type: 'chat', text: 'x' }), 'forbidden');
});

test("sender, name and role are the server's: a socket cannot speak for somebody else", () => {
  const yard = new Yard();
  const [mina, joon] = [yard.join('Mina', 'host'), yard.join('Joon')];
  const forged = { type: 'chat', id: 1, text: 'hi', from: mina.participantId, name: 'Mina' } as const;
  const { connection } = joon;
  yard.do({
    kind: 'request',
    connection,
    participantId: joon.participantId,
    message: forged,
    wallClockMs: 5,
  });
  const heard = mina.last('chat')!.chat;
  assert.deepEqual([heard.from, heard.name], [joon.participantId, 'Joon']);
  // The connection of one with the id of another is nobody's.
  const lock = { type: 'lock', id: 9, locked: true } as const;
  yard.do({ kind: 'request', connection, participantId: mina.participantId, message: lock, wallClockMs: 5 });
  assert.equal(yard.registry.room('tea')!.state().locked, false);
});

test('messages reach nobody outside the room', () => {
  const yard = new Yard();
  const [mina, joon] = [yard.join('Mina', 'host', 'tea'), yard.join('Joon', 'host', 'coffee')];
  const count = joon.received.length;
  const to = joon.participantId;
  assert.equal(mina.ask({ type: 'offer', to, sdp: 'v=0' }), 'notFound');
  assert.equal(mina.ask({ type: 'chat', text: 'x', to }), 'notFound');
  assert.equal(mina.ask({ type: 'remove', participantId: to }), 'notFound');
  mina.ask({ type: 'chat', text: 'for all' });
  assert.equal(joon.received.length, count);
});
