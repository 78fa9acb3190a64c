import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeClientMessage } from '@madang/wire/decode';
import { encodeServerMessage } from '@madang/wire/encode';
import { WireLimit } from '@madang/wire/limits';
import type { JoinedMessage, ServerMessage } from '@madang/wire/server-messages';
import { Session } from './session.js';

const NO_STATE = { tracks: [], handRaised: false };

function joined(more: Partial<JoinedMessage> = {}): JoinedMessage {
  return {
    type: 'joined',
    seq: 1,
    version: 1,
    participantId: 'mina',
    resumeToken: 'first',
    room: { name: 'tea', locked: false, lobby: false, topology: 'mesh', participants: [], waiting: [] },
    chat: [],
    restored: false,
    iceServers: [],
    iceServersExpireAt: 0,
    ...more,
  };
}

const left = (seq: number): ServerMessage => ({
  type: 'participantLeft',
  seq,
  participantId: `p${seq}`,
  reason: 'left',
});

const receive = (session: Session, message: ServerMessage) => session.receive(encodeServerMessage(message));

/** What a server reads in texts of the client. */
function read(texts: readonly string[]): unknown[] {
  return texts.map((text) => {
    const decoded = decodeClientMessage(text);
    assert.ok(decoded.ok, text);
    return decoded.message;
  });
}

const due = (session: Session, nowMs = 0) => read(session.due(nowMs).texts);

function joinedSession(): Session {
  const session = new Session({ room: 'tea', name: 'Mina' });
  session.entry(NO_STATE);
  assert.equal(receive(session, joined()).kind, 'entered');
  return session;
}

function lose(session: Session): unknown {
  return read([session.entry({ tracks: [], handRaised: true })])[0];
}

function resumed(session: Session, lastRequestId: number): void {
  const message = {
    type: 'resumed',
    version: 1,
    participantId: 'mina',
    resumeToken: 'next',
    lastRequestId,
  } as const;
  assert.equal(receive(session, message).kind, 'entered');
}

test('joins first; requests wait for the answer and carry growing ids and the newest number', () => {
  const session = new Session({ room: 'tea', name: 'Mina', role: 'viewer' });
  const [join] = read([session.entry(NO_STATE)]);
  assert.deepEqual(join, { type: 'join', version: 1, room: 'tea', name: 'Mina', role: 'viewer' });
  session.request({ type: 'raiseHand', raised: true });
  assert.deepEqual(due(session), []);
  const message = joined();
  assert.deepEqual(receive(session, message), { kind: 'entered', message });
  assert.equal(session.participantId, 'mina');
  receive(session, left(2));
  session.request({ type: 'chat', text: 'hello' });
  assert.deepEqual(due(session), [
    { type: 'raiseHand', raised: true, id: 1, ack: 2 },
    { type: 'chat', text: 'hello', id: 2, ack: 2 },
  ]);
  assert.deepEqual(due(session), []);
});

test('messages come in order and once; a missing number is noticed', () => {
  const session = joinedSession();
  assert.equal(receive(session, left(2)).kind, 'message');
  assert.equal(receive(session, left(2)).kind, 'nothing');
  assert.equal(receive(session, left(1)).kind, 'nothing');
  assert.equal(receive(session, left(4)).kind, 'gap');
  assert.equal((lose(session) as { ack: number }).ack, 2);
});

test('answers settle the request they name, once', () => {
  const session = joinedSession();
  session.request({ type: 'lock', locked: true });
  session.request({ type: 'chat', text: 'x' });
  due(session);
  assert.deepEqual(receive(session, { type: 'error', seq: 2, re: 1, code: 'forbidden', message: '' }), {
    kind: 'answered',
    id: 1,
    code: 'forbidden',
  });
  assert.deepEqual(receive(session, { type: 'ok', seq: 3, re: 2 }), {
    kind: 'answered',
    id: 2,
    code: undefined,
  });
  assert.equal(receive(session, { type: 'ok', seq: 4, re: 2 }).kind, 'nothing');
  assert.equal(receive(session, { type: 'error', code: 'malformed', message: '' }).kind, 'nothing');
});

test('a resume presents the newest token and repeats exactly what did not arrive, with the same ids', () => {
  const session = joinedSession();
  for (const text of ['a', 'b', 'c']) session.request({ type: 'chat', text });
  due(session);
  receive(session, { type: 'ok', seq: 2, re: 1 });
  receive(session, { type: 'resumeToken', resumeToken: 'second' });
  assert.deepEqual(lose(session), {
    type: 'resume',
    version: 1,
    resumeToken: 'second',
    ack: 2,
    tracks: [],
    handRaised: true,
  });
  session.request({ type: 'chat', text: 'd' });
  assert.deepEqual(due(session), []);
  resumed(session, 2);
  assert.deepEqual(due(session), [
    { type: 'chat', text: 'c', id: 3, ack: 2 },
    { type: 'chat', text: 'd', id: 4, ack: 2 },
  ]);
  // The answer to what had arrived comes among what was missed.
  assert.equal(receive(session, { type: 'ok', seq: 3, re: 2 }).kind, 'answered');
  assert.equal((lose(session) as { resumeToken: string }).resumeToken, 'next');
});

test('what is posted is kept until it is known to have arrived, from whatever says so', () => {
  const post = { type: 'candidate', to: 'joon', candidate: 'c' } as const;
  const news: [string, ServerMessage][] = [
    ['an answer to a later request', { type: 'ok', seq: 2, re: 3 }],
    ['a refusal of it', { type: 'error', seq: 2, re: 2, code: 'notFound', message: '' }],
    ['any message', { ...left(2), lastRequestId: 2 } as ServerMessage],
    ['a pong', { type: 'pong', lastRequestId: 2 }],
  ];
  for (const [what, message] of news) {
    const session = joinedSession();
    session.request(post);
    session.request(post);
    assert.equal(session.hasPosted, false, 'not yet sent');
    due(session);
    assert.equal(session.hasPosted, true);
    session.request({ type: 'chat', text: 'x' });
    due(session);
    receive(session, { type: 'pong', lastRequestId: 1 });
    assert.equal(session.hasPosted, true);
    receive(session, message);
    assert.equal(session.hasPosted, false, what);
    // A server that was restarted gets what it does not know and nothing else.
    lose(session);
    receive(session, joined({ restored: true }));
    const again = due(session).map((one) => (one as { id: number }).id);
    assert.deepEqual(again, message.type === 'ok' ? [] : [3], what);
  }
});

test('a restored session counts anew from what answered it and repeats all that has no answer', () => {
  const session = joinedSession();
  for (let seq = 2; seq < 50; seq++) receive(session, left(seq));
  session.request({ type: 'chat', text: 'a' });
  session.request({ type: 'chat', text: 'b' });
  due(session);
  receive(session, { type: 'ok', seq: 50, re: 1 });
  lose(session);
  assert.equal(receive(session, joined({ restored: true, seq: 3 })).kind, 'entered');
  assert.deepEqual(due(session), [{ type: 'chat', text: 'b', id: 2, ack: 3 }]);
  assert.equal(receive(session, left(4)).kind, 'message');
});

test('admission from the lobby is a message like any other', () => {
  const session = new Session({ room: 'tea', name: 'Mina' });
  session.entry(NO_STATE);
  const waiting = { version: 1, participantId: 'mina', resumeToken: 'w', roomName: 'tea', restored: false };
  assert.equal(receive(session, { type: 'waiting', seq: 1, ...waiting }).kind, 'entered');
  assert.equal(receive(session, joined({ seq: 2 })).kind, 'message');
  assert.equal((lose(session) as { ack: number }).ack, 2);
});

test('a refused entry is told; what is unreadable or of a newer server changes nothing', () => {
  const session = new Session({ room: 'tea', name: 'Mina' });
  session.entry(NO_STATE);
  const refusal = { type: 'error', code: 'roomFull', message: '' } as const;
  assert.deepEqual(receive(session, refusal), { kind: 'refused', code: 'roomFull' });
  const other = joinedSession();
  for (const text of ['', 'null', '[]', '{', '{"type":"joined"}', '7', '{"seq":"2"}']) {
    assert.deepEqual(other.receive(text), { kind: 'nothing' }, text);
  }
  assert.equal(other.receive('{"seq":2,"type":"fireworks"}').kind, 'nothing');
  assert.equal(receive(other, left(3)).kind, 'message');
  other.request({ type: 'chat', text: 'a' });
  const answer = other.receive('{"seq":4,"type":"error","re":1,"code":"ofTheFuture","message":""}');
  assert.deepEqual(answer, { kind: 'answered', id: 1, code: 'malformed' });
});

test('what the server would cut the socket for is not sent', () => {
  const session = joinedSession();
  const sdp = (bytes: number) => ({ type: 'offer', to: 'joon', sdp: 'v'.repeat(bytes) }) as const;
  assert.equal(session.request(sdp(WireLimit.sdpMessageBytes)), 'tooLarge');
  assert.equal(session.request({ type: 'chat', text: '마'.repeat(WireLimit.messageBytes / 3) }), 'tooLarge');
  assert.equal(session.request(sdp(WireLimit.sdpMessageBytes - 200)), 1);
  assert.equal(due(session).length, 1);
});

test('much that was kept for a resume goes out in order and at the pace the server takes', () => {
  const session = joinedSession();
  lose(session);
  for (let i = 0; i < 300; i++) session.request({ type: 'raiseHand', raised: i % 2 === 0 });
  resumed(session, 0);
  const ids: number[] = [];
  let nowMs = 0;
  while (ids.length < 300) {
    const { texts, waitMs } = session.due(nowMs);
    ids.push(...read(texts).map((message) => (message as { id: number }).id));
    assert.ok(ids.length <= 100 + (50 * nowMs) / 1000, `${ids.length} after ${nowMs} ms`);
    assert.ok(waitMs !== undefined || ids.length === 300, `nothing more after ${ids.length}`);
    nowMs += waitMs ?? 0;
  }
  assert.deepEqual(
    ids,
    ids.map((_, i) => i + 1),
  );
  assert.ok(nowMs < 10_000);
  // The server counts anew for a new socket.
  session.request({ type: 'raiseHand', raised: true });
  assert.deepEqual(due(session, nowMs), []);
  lose(session);
  resumed(session, 300);
  assert.equal(due(session, nowMs).length, 1);
});

test('a flood is acknowledged long before the server has to drop some of it', () => {
  const session = joinedSession();
  let since = 0;
  for (let seq = 2; seq < 3000; seq++) {
    receive(session, left(seq));
    since++;
    if (!session.wantsToAcknowledge) continue;
    assert.deepEqual(read([session.ping()]), [{ type: 'ping', ack: seq }]);
    since = 0;
  }
  assert.ok(since < 500);
  session.ping();
  const offer = { type: 'offer', seq: 3000, from: 'joon', sdp: 'v'.repeat(130_000) } as const;
  receive(session, offer);
  receive(session, { ...offer, seq: 3001 });
  assert.ok(session.wantsToAcknowledge);
});

test('requests nobody answers do not pile up without limit', () => {
  const session = joinedSession();
  let kept = 0;
  while (kept < 100_000 && session.request({ type: 'raiseHand', raised: true }) !== 'tooMany') kept++;
  assert.ok(kept >= 1000 && kept <= 10_000, `${kept}`);
});
