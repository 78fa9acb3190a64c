import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloseCode } from '@madang/wire/error-codes';
import { after } from '../time/instant.js';
import { Yard } from './room-harness.test-support.js';

test('two people who join see each other', () => {
  const yard = new Yard();
  const [mina, joon] = [yard.join('Mina'), yard.join('Joon')];
  const names = (client: ReturnType<Yard['join']>) => client.view?.room.participants.map((one) => one.name);
  assert.deepEqual(names(mina), ['Mina', 'Joon']);
  assert.deepEqual(names(joon), ['Mina', 'Joon']);
});

test('a lost socket resumes within 30 s: nothing is missed, nobody sees a leave', () => {
  const yard = new Yard();
  const [mina, joon] = [yard.join('Mina', 'host'), yard.join('Joon')];
  const seen = mina.received.length;
  joon.cut();
  joon.noticed();
  mina.ask({ type: 'chat', text: 'one' });
  mina.ask({ type: 'offer', to: joon.participantId, sdp: 'v=0 two' });
  yard.wait(29_000);
  joon.resume();
  assert.equal(joon.last('resumed')?.participantId, joon.participantId);
  assert.equal(joon.last('chat')?.chat.text, 'one');
  assert.equal(joon.last('offer')?.sdp, 'v=0 two');
  const types = mina.received.slice(seen).map((one) => one.type);
  assert.deepEqual(types, ['chat', 'ok', 'pong']);
});

test('after 30 s the others see a leave, TURN is told, and the token is refused', () => {
  const yard = new Yard();
  const [mina, joon] = [yard.join('Mina', 'host'), yard.join('Joon')];
  joon.cut();
  joon.noticed();
  yard.wait(29_000);
  assert.equal(mina.last('participantLeft'), undefined);
  yard.wait(2_000);
  assert.equal(mina.last('participantLeft')?.reason, 'lost');
  assert.deepEqual(yard.gone, [joon.participantId]);
  joon.resume();
  assert.equal(joon.last('error')?.code, 'resumeRefused');
  assert.equal(joon.closeCode, CloseCode.refused);
});

test('a resume before the server noticed the loss takes the session over', () => {
  const yard = new Yard();
  const joon = yard.join('Joon', 'host');
  const old = joon.connection;
  joon.cut();
  joon.resume();
  assert.equal(joon.last('resumed')?.lastRequestId, 0);
  // The late notice about the old socket changes nothing.
  yard.do({ kind: 'connectionLost', connection: old, participantId: joon.participantId });
  yard.wait(40_000);
  assert.equal(joon.ask({ type: 'raiseHand', raised: true }), 'ok');
});

test('a token is good for one resume; the last one again until the client was heard', () => {
  const yard = new Yard();
  const joon = yard.join('Joon', 'host');
  const first = joon.resumeToken;
  joon.cut();
  joon.resume(first);
  assert.notEqual(joon.resumeToken, first);
  joon.cut();
  joon.resume(first);
  assert.equal(joon.state, 'online');
  joon.ask({ type: 'raiseHand', raised: true });
  joon.cut();
  joon.resume(first);
  assert.equal(joon.last('error')?.code, 'resumeRefused');
});

test('a repeated request is carried out once, and its answer comes with the resume', () => {
  const yard = new Yard();
  const [mina, joon] = [yard.join('Mina', 'host'), yard.join('Joon')];
  joon.cut();
  const message = { type: 'chat', id: joon.nextId++, text: 'once' } as const;
  const send = () =>
    yard.do({
      kind: 'request',
      connection: joon.connection,
      participantId: joon.participantId,
      message,
      wallClockMs: 1,
    });
  send();
  joon.noticed();
  joon.resume();
  assert.equal(joon.last('resumed')?.lastRequestId, message.id);
  assert.equal(joon.last('ok')?.re, message.id);
  send();
  assert.equal(mina.received.filter((one) => one.type === 'chat').length, 1);
});

test('what is relayed is answered only when it is refused; what comes next says that it was handled', () => {
  const yard = new Yard();
  const [mina, joon] = [yard.join('Mina', 'host'), yard.join('Joon')];
  const post = (to: string) => {
    const message = { type: 'candidate', id: mina.nextId++, to, candidate: 'c' } as const;
    const { connection, participantId } = mina;
    yard.do({ kind: 'request', connection, participantId, message, wallClockMs: 1 });
  };
  const seen = mina.received.length;
  for (const to of [joon.participantId, 'nobody', joon.participantId]) post(to);
  joon.ask({ type: 'raiseHand', raised: true });
  joon.ask({ type: 'raiseHand', raised: false });
  assert.deepEqual(
    mina.received.slice(seen).map((one) => [one.type, 'lastRequestId' in one && one.lastRequestId]),
    [
      ['error', false],
      ['participantChanged', 3],
      ['participantChanged', false],
    ],
  );
  assert.equal(mina.last('error')?.re, 2);
  post(joon.participantId);
  yard.do({ kind: 'ping', connection: mina.connection, participantId: mina.participantId });
  assert.equal(mina.last('pong')?.lastRequestId, 4);
  assert.equal(joon.received.filter((one) => one.type === 'candidate').length, 3);
});

test('the outbox is bounded; who was away for more than it holds has to join anew', () => {
  const yard = new Yard({ limits: { outbox: { messages: 50, units: 100_000 } } });
  const [mina, joon] = [yard.join('Mina', 'host'), yard.join('Joon')];
  joon.cut();
  joon.noticed();
  for (let i = 0; i < 1000; i++) mina.ask({ type: 'chat', text: `${i}` });
  assert.ok(yard.registry.room('tea')!.outboxMessages <= 100);
  joon.resume();
  assert.equal(joon.last('error')?.code, 'resumeRefused');
  assert.equal(mina.last('participantLeft')?.participantId, joon.participantId);
  for (let i = 0; i < 3; i++) mina.ask({ type: 'chat', text: 'x'.repeat(4000) });
});

test('lobby: who is not a host waits; admitted or denied by hosts; the list is for hosts', () => {
  const yard = new Yard();
  const [host, member] = [yard.join('Host', 'host'), yard.join('Member')];
  host.ask({ type: 'setLobby', enabled: true });
  const [joon, sora] = [yard.join('Joon'), yard.join('Sora')];
  assert.equal(joon.last('waiting')?.roomName, 'tea');
  assert.ok(!joon.received.some((one) => one.type === 'joined'));
  assert.deepEqual(
    host.view?.room.waiting.map((one) => one.name),
    ['Joon', 'Sora'],
  );
  assert.deepEqual(member.view?.room.waiting, []);
  assert.equal(host.ask({ type: 'admit', participantId: joon.participantId }), 'ok');
  assert.equal(joon.view?.room.participants.length, 3);
  assert.equal(host.ask({ type: 'deny', participantId: sora.participantId }), 'ok');
  assert.equal(sora.last('ended')?.reason, 'denied');
  assert.deepEqual(host.view?.room.waiting, []);
  // A socket lost in the lobby does not lead into the room.
  const late = yard.join('Late');
  late.cut();
  late.noticed();
  late.resume();
  assert.equal(late.ask({ type: 'chat', text: 'hello' }), 'forbidden');
  assert.equal(late.view, undefined);
});

test('locked and full rooms take nobody new but take back their own', () => {
  const yard = new Yard({ limits: { participants: 3 }, rooms: 1 });
  const [host, joon] = [yard.join('Host', 'host'), yard.join('Joon')];
  host.ask({ type: 'lock', locked: true });
  const codeOf = (client: ReturnType<Yard['join']>) => client.last('error')?.code;
  assert.equal(codeOf(yard.join('Late')), 'roomLocked');
  joon.cut();
  joon.noticed();
  joon.resume();
  assert.equal(joon.state, 'online');
  host.ask({ type: 'lock', locked: false });
  yard.join('Third');
  assert.equal(codeOf(yard.join('Fourth')), 'roomFull');
  assert.equal(codeOf(yard.join('Other', 'host', 'coffee')), 'serverFull');
});

test('in open rooms the first is host, and when the last host goes the longest there is', () => {
  const yard = new Yard({ hostRule: 'firstIsHost' });
  const [mina, viewer, joon] = [yard.join('Mina'), yard.join('Vera', 'viewer'), yard.join('Joon')];
  const roles = () => joon.view?.room.participants.map((one) => one.role);
  assert.deepEqual(roles(), ['host', 'viewer', 'member']);
  mina.ask({ type: 'leave' });
  assert.deepEqual(roles(), ['viewer', 'host']);
  assert.equal(joon.ask({ type: 'setRole', participantId: joon.participantId, role: 'member' }), 'forbidden');
  viewer.ask({ type: 'leave' });
  joon.ask({ type: 'leave' });
  assert.equal(yard.registry.size, 0);
  assert.equal(yard.registry.participants, 0);
});

test('a removed participant cannot resume, and a lobby without anybody to admit closes', () => {
  const yard = new Yard();
  const [host, joon] = [yard.join('Host', 'host'), yard.join('Joon')];
  host.ask({ type: 'remove', participantId: joon.participantId });
  assert.equal(joon.last('ended')?.reason, 'removed');
  joon.resume();
  assert.equal(joon.last('error')?.code, 'resumeRefused');
  host.ask({ type: 'setLobby', enabled: true });
  const waiting = yard.join('Sora');
  host.ask({ type: 'leave' });
  assert.equal(waiting.last('ended')?.reason, 'denied');
  assert.equal(yard.registry.size, 0);
});

test('a restart: room, ids, roles, lock and tracks come back with those who resume', () => {
  const yard = new Yard();
  const [host, joon] = [yard.join('Host', 'host'), yard.join('Joon')];
  host.ask({ type: 'lock', locked: true });
  yard.restart();
  joon.resume();
  assert.equal(joon.last('joined')?.restored, true);
  assert.equal(yard.join('Stranger').last('error')?.code, 'roomLocked');
  host.resume();
  assert.equal(host.view?.room.locked, true);
  assert.deepEqual(
    joon.view?.room.participants.map((one) => [one.participantId, one.role]),
    [
      [joon.participantId, 'member'],
      [host.participantId, 'host'],
    ],
  );
  assert.equal(host.ask({ type: 'lock', locked: false }), 'ok');
  assert.equal(joon.view?.room.locked, false);
});

test('late joiners get the history: what was for all, the latest of it', () => {
  const yard = new Yard({ limits: { chat: { messages: 3, units: 1000 } } });
  const [mina, joon] = [yard.join('Mina', 'host'), yard.join('Joon')];
  for (const text of ['1', '2', '3', '4']) mina.ask({ type: 'chat', text });
  mina.ask({ type: 'chat', text: 'psst', to: joon.participantId });
  assert.equal(joon.last('chat')?.chat.to, joon.participantId);
  const sora = yard.join('Sora');
  assert.deepEqual(
    sora.view?.chat.map((one) => one.text),
    ['2', '3', '4'],
  );
});

test('tracks are bounded and seen by all; unknown things are not found', () => {
  const yard = new Yard();
  const [mina, joon] = [yard.join('Mina', 'host'), yard.join('Joon')];
  const publish = (trackId: string) =>
    mina.ask({ type: 'publish', track: { trackId, kind: 'video', source: 'camera', muted: false } });
  for (let i = 0; i < 16; i++) assert.equal(publish(`t${i}`), 'ok');
  assert.equal(publish('t16'), 'limitReached');
  assert.equal(publish('t3'), 'ok');
  assert.equal(joon.view?.room.participants[0]?.tracks.length, 16);
  assert.equal(mina.ask({ type: 'unpublish', trackId: 'none' }), 'notFound');
  assert.equal(mina.ask({ type: 'setTopology', topology: 'mcu' }), 'topologyUnavailable');
  joon.ask({ type: 'publish', track: { trackId: 'j', kind: 'audio', source: 'microphone', muted: true } });
  mina.ask({ type: 'setRole', participantId: joon.participantId, role: 'viewer' });
  assert.deepEqual(mina.view?.room.participants[1]?.tracks, []);
});

test('G2: a session ends with its access token; renewed it goes on', () => {
  const yard = new Yard();
  const host = yard.join('Host', 'host');
  const end = after(yard.now, 60_000);
  const [mina, joon] = [
    yard.join('Mina', 'member', 'tea', undefined, { endsAt: end }),
    yard.join('Joon', 'member', 'tea', ['chat'], { endsAt: end }),
  ];
  yard.wait(50_000);
  const granted = yard.granted.get(mina.participantId)!;
  const later = { role: 'member', expiresAt: 1000, endsAt: after(yard.now, 60_000) } as const;
  for (const wrong of [
    { ...granted, room: 'coffee' },
    { ...granted, name: 'Joon' },
    { ...granted, term: { ...later, role: 'host' } },
    { ...granted, term: later, permissions: ['chat'] },
  ]) {
    assert.equal(mina.ask({ type: 'renewToken', token: JSON.stringify(wrong) }), 'unauthorized');
  }
  assert.equal(mina.ask({ type: 'renewToken', token: '"tokenExpired"' }), 'tokenExpired');
  const before = mina.resumeToken;
  assert.equal(mina.ask({ type: 'renewToken', token: JSON.stringify({ ...granted, term: later }) }), 'ok');
  assert.notEqual(mina.resumeToken, before, 'the resume token says until when');
  yard.wait(11_000);
  assert.equal(joon.last('error')?.code, 'tokenExpired');
  assert.equal(joon.closeCode, CloseCode.refused);
  assert.deepEqual(host.last('participantLeft'), {
    seq: host.last('participantLeft')!.seq,
    type: 'participantLeft',
    participantId: joon.participantId,
    reason: 'left',
  });
  assert.deepEqual(yard.gone, [joon.participantId]);
  assert.equal(mina.state, 'online');
  yard.wait(51_000);
  assert.equal(mina.closeCode, CloseCode.refused);
});

test('G2: the end of a token holds in the lobby, without a socket and after a restart', () => {
  const yard = new Yard();
  const host = yard.join('Host', 'host');
  host.ask({ type: 'setLobby', enabled: true });
  const end = after(yard.now, 20_000);
  const waiting = yard.join('Waiting', 'member', 'tea', undefined, { endsAt: end });
  const cut = yard.join('Cut', 'host', 'tea', undefined, { endsAt: end });
  cut.cut();
  cut.noticed();
  yard.wait(21_000);
  assert.equal(waiting.closeCode, CloseCode.refused);
  assert.deepEqual(yard.gone, [waiting.participantId, cut.participantId]);
  const late = yard.join('Late', 'host', 'tea', undefined, { endsAt: after(yard.now, 5_000) });
  yard.restart();
  yard.wait(6_000);
  late.resume();
  assert.equal(late.last('error')?.code, 'tokenExpired');
  assert.equal(yard.registry.size, 0);
});

test('G4: a room takes so many joins a second; who was in it may always resume', () => {
  const yard = new Yard({ limits: { joinsPerSecond: 10 } });
  const people = Array.from({ length: 15 }, (_, index) => yard.join(`n${index}`, 'host'));
  const refused = people.filter((one) => one.closeCode === CloseCode.refused);
  assert.equal(refused.length, 5);
  assert.equal(refused[0]!.last('error')?.code, 'rateLimited');
  assert.equal(yard.join('elsewhere', 'host', 'coffee').closeCode, undefined);
  for (const one of people.slice(0, 10)) {
    one.cut();
    one.resume();
    assert.equal(one.last('resumed')?.participantId, one.participantId);
  }
  yard.wait(1000);
  assert.equal(yard.join('later', 'host').closeCode, undefined);
});

test('what is said to the media server goes there, and it hears of every change, in rooms that are no mesh', () => {
  const yard = new Yard();
  const [mina, joon] = [yard.join('Mina', 'host'), yard.join('Joon')];
  const offer = { type: 'offer', to: 'sfu', sdp: 'v=0', connection: 'up' } as const;
  assert.equal(mina.ask(offer), 'topologyUnavailable');
  assert.deepEqual(yard.media, []);
  assert.equal(mina.ask({ type: 'setTopology', topology: 'sfu' }), 'ok');
  assert.equal(joon.view?.room.topology, 'sfu');
  assert.equal(mina.ask(offer), 'ok');
  assert.equal(joon.ask({ type: 'receive', tracks: [] }), 'ok');
  joon.ask({ type: 'publish', track: { trackId: 'j', kind: 'audio', source: 'microphone', muted: true } });
  joon.ask({ type: 'leave' });
  assert.deepEqual(yard.media, ['changed', 'Mina: offer', 'Joon: receive', 'changed', 'changed']);
  yard.do({
    kind: 'tell',
    participantId: mina.participantId,
    message: { type: 'encodingsWanted', trackId: 't', rids: [] },
  });
  assert.deepEqual(mina.last('encodingsWanted')?.rids, []);
  // Back in a mesh it hears that it has nothing to do any more, and then nothing.
  mina.ask({ type: 'setTopology', topology: 'mesh' });
  yard.join('Sora');
  assert.deepEqual(yard.media.slice(5), ['changed']);
});

test('the topology a room was made with comes back after a restart', () => {
  const yard = new Yard();
  const mina = yard.join('Mina', 'host', 'tea', undefined, { topology: 'sfu' });
  yard.restart();
  mina.resume();
  assert.equal(mina.view?.room.topology, 'sfu');
});

test('who makes a room chooses its topology; who comes later does not', () => {
  const yard = new Yard();
  const mina = yard.join('Mina', 'host', 'tea', undefined, { topology: 'sfu' });
  const joon = yard.join('Joon', 'member', 'tea', undefined, { topology: 'mesh' });
  assert.deepEqual([mina.view?.room.topology, joon.view?.room.topology], ['sfu', 'sfu']);
  assert.equal(
    yard.join('Sora', 'host', 'coffee', undefined, { topology: 'mcu' }).view?.room.topology,
    'mesh',
  );
});
