import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import WebSocket from 'ws';
import { SignalingClient } from '@madang/client/signaling/signaling-client';
import type { JoinFields, SignalingListener, Snapshot } from '@madang/client/signaling/signaling-client';
import { TokenRenewal } from '@madang/client/room/token-renewal';
import { runMadang, ServerProcess } from '@madang/testkit/server-process';
import type { JoinedMessage, SequencedMessage } from '@madang/wire/server-messages';
import { CuttableLink } from './cuttable-link.js';

// What a browser has and Node 20 has not.
const windowEvents = new EventTarget();
Object.assign(globalThis, {
  WebSocket,
  addEventListener: windowEvents.addEventListener.bind(windowEvents),
  removeEventListener: windowEvents.removeEventListener.bind(windowEvents),
  reportError: (error: unknown) => {
    throw error;
  },
});

/** Notes all that a client is told. */
class Recorder implements SignalingListener {
  readonly messages: SequencedMessage[] = [];
  readonly connection: string[] = [];
  readonly rejoined: JoinedMessage[] = [];
  readonly ended: { reason: string; error: Error | undefined }[] = [];
  state: Snapshot = { tracks: [], handRaised: false };

  onMessage(message: SequencedMessage): void {
    this.messages.push(message);
  }

  onConnection(state: 'connected' | 'reconnecting'): void {
    this.connection.push(state);
  }

  onRejoined(joined: JoinedMessage): void {
    this.rejoined.push(joined);
  }

  onEnded(reason: string, error?: Error): void {
    this.ended.push({ reason, error });
  }

  snapshot(): Snapshot {
    return this.state;
  }

  all<T extends SequencedMessage['type']>(type: T): Extract<SequencedMessage, { type: T }>[] {
    return this.messages.filter((one) => one.type === type) as Extract<SequencedMessage, { type: T }>[];
  }

  get texts(): string[] {
    return this.all('chat').map(({ chat }) => chat.text);
  }
}

interface Person {
  readonly client: SignalingClient;
  readonly heard: Recorder;
}

/** A server and a way to join it, all ended with the test. */
async function start(t: TestContext, options: Parameters<typeof ServerProcess.start>[0] = {}) {
  const server = await ServerProcess.start(options);
  const clients: SignalingClient[] = [];
  t.after(async () => {
    for (const client of clients) client.leaveNow();
    await server.stop();
  });
  const join = async (name: string, more: Partial<JoinFields> & { url?: string } = {}): Promise<Person> => {
    const { url = server.httpUrl, ...fields } = more;
    const heard = new Recorder();
    const client = await SignalingClient.join(url, { room: 'tea', name, ...fields }, heard);
    clients.push(client);
    return { client, heard };
  };
  return { server, join };
}

async function link(t: TestContext, server: ServerProcess): Promise<CuttableLink> {
  const opened = await CuttableLink.open(server.httpUrl);
  t.after(() => {
    opened.close();
  });
  return opened;
}

async function until(holds: () => boolean, what: string, timeoutMs = 5000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!holds()) {
    assert.ok(performance.now() < deadline, `waited in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const failsWith = (name: string, code: string) => (error: unknown) => {
  const failure = error as { name: string; code: string; message: string };
  assert.deepEqual([failure.name, failure.code], [name, code]);
  assert.ok(failure.message.length > 30, failure.message);
  return true;
};

test('joins, is told the room, and requests are carried out or refused with their code', async (t) => {
  const { join } = await start(t);
  const mina = await join('Mina');
  const joon = await join('Joon', { role: 'viewer' });
  const [joined] = joon.heard.all('joined');
  assert.deepEqual(
    joined?.room.participants.map(({ name, participantId }) => [name, participantId]),
    [
      ['Mina', mina.client.participantId],
      ['Joon', joon.client.participantId],
    ],
  );
  await until(() => mina.heard.all('participantJoined').length === 1, 'Mina hears of Joon');
  await Promise.all([
    joon.client.request({ type: 'chat', text: 'hi' }),
    mina.client.request({ type: 'lock', locked: true }),
  ]);
  await until(() => mina.heard.texts.length === 1, 'the chat');
  mina.client.post({ type: 'offer', to: joon.client.participantId, sdp: 'v=0' });
  mina.client.post({ type: 'candidate', to: 'nobody', candidate: '' });
  await until(() => joon.heard.all('offer').length === 1, 'the offer');

  await assert.rejects(
    joon.client.request({ type: 'lock', locked: false }),
    failsWith('RefusedError', 'forbidden'),
  );
  const missing = mina.client.request({ type: 'chat', text: 'x', to: 'nobody' });
  await assert.rejects(missing, failsWith('RefusedError', 'notFound'));
  const tooLong = mina.client.request({ type: 'chat', text: 'x'.repeat(4001) });
  await assert.rejects(tooLong, failsWith('RefusedError', 'malformed'));
  const tooLarge = mina.client.request({ type: 'chat', text: 'x'.repeat(70_000) });
  await assert.rejects(tooLarge, failsWith('RefusedError', 'tooLarge'));
  await assert.rejects(join('Late'), failsWith('RefusedError', 'roomLocked'));
  await assert.rejects(join('Mallory', { token: 'none' }), failsWith('RefusedError', 'unauthorized'));
  assert.deepEqual([mina.heard.connection, mina.heard.ended], [[], []]);
});

test('a server that is not there, one that does not answer, and a wrong URL are errors of their own', async (t) => {
  const heard = new Recorder();
  const fields = { room: 'tea', name: 'Mina' };
  const silent = createServer((socket) => socket.resume());
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as AddressInfo;
  const since = performance.now();
  const waiting = SignalingClient.join(`http://127.0.0.1:${port}`, fields, heard);
  await assert.rejects(waiting, failsWith('NetworkError', 'timeout'));
  assert.ok(performance.now() - since < 12_000);
  await new Promise((resolve) => silent.close(resolve));
  const refused = SignalingClient.join(`http://127.0.0.1:${port}`, fields, heard);
  await assert.rejects(refused, failsWith('NetworkError', 'serverUnreachable'));
  await assert.rejects(
    SignalingClient.join('tea.example', fields, heard),
    failsWith('UsageError', 'invalidArgument'),
  );
  t.diagnostic(`silence noticed after ${(performance.now() - since).toFixed(0)} ms`);
  assert.deepEqual([heard.messages, heard.connection, heard.ended], [[], [], []]);
});

test('waits in the lobby, also over a cut socket, until admitted, denied or tired of it', async (t) => {
  const { server, join } = await start(t);
  const host = await join('Host');
  await host.client.request({ type: 'setLobby', enabled: true });
  const path = await link(t, server);
  const waiting = () => host.heard.all('lobbyChanged').at(-1)?.waiting ?? [];
  const knock = (name: string, signal?: AbortSignal) => {
    const heard = new Recorder();
    const entering = SignalingClient.join(path.url, { room: 'tea', name }, heard, signal);
    // It may fail before somebody waits for it.
    entering.catch(() => undefined);
    return { heard, entering };
  };
  const joon = knock('Joon');
  await until(() => waiting().length === 1 && joon.heard.messages.length === 1, 'Joon waits');
  assert.equal(joon.heard.all('waiting')[0]?.roomName, 'tea');
  path.cut();
  await until(() => joon.heard.connection.at(-1) === 'connected', 'Joon is back in the lobby');
  await host.client.request({ type: 'admit', participantId: waiting()[0]!.participantId });
  const client = await joon.entering;
  assert.deepEqual(
    joon.heard.messages.map(({ type }) => type),
    ['waiting', 'joined'],
  );
  await client.leave();

  const sora = knock('Sora');
  await until(() => waiting()[0]?.name === 'Sora', 'Sora waits');
  await host.client.request({ type: 'deny', participantId: waiting()[0]!.participantId });
  await assert.rejects(sora.entering, failsWith('RefusedError', 'denied'));

  const tired = new AbortController();
  const yuna = knock('Yuna', tired.signal);
  await until(() => waiting()[0]?.name === 'Yuna', 'Yuna waits');
  tired.abort();
  await assert.rejects(yuna.entering, failsWith('NetworkError', 'aborted'));
  await until(() => waiting().length === 0, 'nobody waits any more');
  assert.deepEqual([joon.heard.ended.length, sora.heard.ended, yuna.heard.ended], [1, [], []]);
});

test('who gives up while joining is in nobody’s room', async (t) => {
  const { join, server } = await start(t);
  const mina = await join('Mina');
  const fields = { room: 'tea', name: 'Ghost' };
  await assert.rejects(
    SignalingClient.join(server.httpUrl, fields, new Recorder(), AbortSignal.abort()),
    failsWith('NetworkError', 'aborted'),
  );
  for (const delayMs of [0, 5, 10, 20]) {
    const heard = new Recorder();
    const controller = new AbortController();
    const joining = SignalingClient.join(server.httpUrl, fields, heard, controller.signal);
    setTimeout(() => {
      controller.abort();
    }, delayMs);
    await joining.then((client) => client.leave(), failsWith('NetworkError', 'aborted'));
  }
  const participants = async () => (await server.metrics()).get('madang_signaling_participants');
  const deadline = performance.now() + 5000;
  while ((await participants()) !== 1) assert.ok(performance.now() < deadline, 'a ghost stays');
  const { heard } = mina;
  const hasSeenAllLeave = () => heard.all('participantJoined').length === heard.all('participantLeft').length;
  await until(hasSeenAllLeave, 'Mina sees all of them leave');
});

test('a cut socket: nothing is lost, nothing comes twice, and nobody sees a leave', async (t) => {
  const { join, server } = await start(t);
  const path = await link(t, server);
  const mina = await join('Mina');
  const joon = await join('Joon', { url: path.url });
  const sent: string[] = [];
  const answers: Promise<void>[] = [];
  for (let i = 0; i < 90; i++) {
    if (i % 30 === 10) path.cut({ refuse: true });
    if (i % 30 === 20) setTimeout(() => path.mend(), 100);
    sent.push(`Mina ${i}`, `Joon ${i}`);
    answers.push(mina.client.request({ type: 'chat', text: `Mina ${i}` }));
    answers.push(joon.client.request({ type: 'chat', text: `Joon ${i}` }));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await Promise.all(answers);
  await until(() => [mina, joon].every(({ heard }) => heard.texts.length >= 180), 'all chats');
  for (const { heard } of [mina, joon]) {
    assert.deepEqual([...heard.texts].sort(), [...sent].sort());
    const mine = heard.texts.filter((text) => text.startsWith('Joon'));
    assert.deepEqual(
      mine,
      sent.filter((text) => text.startsWith('Joon')),
    );
  }
  assert.deepEqual(mina.heard.texts, joon.heard.texts);
  assert.deepEqual(mina.heard.all('participantLeft'), []);
  assert.equal(joon.heard.all('joined').length, 1);
  // Cut while it was still coming back, it is told so once.
  const { connection } = joon.heard;
  assert.ok(connection.length >= 2 && connection.length % 2 === 0, connection.join());
  assert.ok(connection.every((state, i) => state === (i % 2 === 0 ? 'reconnecting' : 'connected')));
});

test('a cable that was pulled is noticed when the browser is offline, and replaced when it is online', async (t) => {
  const { join, server } = await start(t);
  const path = await link(t, server);
  const mina = await join('Mina');
  const joon = await join('Joon', { url: path.url });
  path.hold();
  const pulledAt = performance.now();
  windowEvents.dispatchEvent(new Event('offline'));
  await until(() => joon.heard.connection.at(-1) === 'reconnecting', 'the silence is noticed');
  const noticedMs = performance.now() - pulledAt;
  await mina.client.request({ type: 'chat', text: 'are you there?' });
  // The first attempt hangs by now.
  await new Promise((resolve) => setTimeout(resolve, 1200));
  path.mend();
  const mendedAt = performance.now();
  windowEvents.dispatchEvent(new Event('online'));
  await until(() => joon.heard.texts.length === 1, 'what was missed');
  const backMs = performance.now() - mendedAt;
  t.diagnostic(`noticed after ${noticedMs.toFixed(0)} ms, back after ${backMs.toFixed(0)} ms`);
  assert.ok(backMs < 1000);
  assert.deepEqual(joon.heard.connection, ['reconnecting', 'connected']);
  assert.deepEqual(mina.heard.connection, []);
});

test('kill -9 of the server: whole again within 5 s of the restart, with ids, tracks and what was asked meanwhile', async (t) => {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'madang-restart-'));
  t.after(() => {
    rmSync(dataDir, { recursive: true });
  });
  const first = await start(t, { dataDir });
  const way = await link(t, first.server);
  const people: Person[] = [];
  for (let i = 0; i < 5; i++) people.push(await first.join(`P${i}`, { url: way.url }));
  const ids = people.map(({ client }) => client.participantId);
  people[1]!.heard.state = {
    tracks: [{ trackId: 'm', kind: 'audio', source: 'microphone', muted: false }],
    handRaised: true,
  };
  first.server.kill('SIGKILL');
  await first.server.ended;
  const asked = people.map(({ client }, i) => client.request({ type: 'chat', text: `from ${i}` }));
  // Long enough that the waits between attempts are at their longest.
  await new Promise((resolve) => setTimeout(resolve, 6000));
  const second = await start(t, { dataDir });
  way.mend(second.server.httpUrl);
  const since = performance.now();
  await Promise.all(asked);
  await until(
    () => people.every(({ heard }) => heard.connection.at(-1) === 'connected'),
    'all are back',
    8000,
  );
  const presentOf = ({ heard }: Person) => [
    ...heard.all('joined').at(-1)!.room.participants,
    ...heard.messages
      .slice(heard.messages.findLastIndex(({ type }) => type === 'joined'))
      .flatMap((one) => (one.type === 'participantJoined' ? [one.participant] : [])),
  ];
  await until(() => people.every((one) => presentOf(one).length === 5), 'all see all', 8000);
  const tookMs = performance.now() - since;
  t.diagnostic(`5 participants whole again ${tookMs.toFixed(0)} ms after the restart`);
  assert.ok(tookMs < 5000);
  assert.deepEqual(
    people.map(({ client }) => client.participantId),
    ids,
  );
  for (const one of people) {
    assert.equal(one.heard.all('joined').at(-1)?.restored, true);
    assert.deepEqual(one.heard.connection, ['reconnecting', 'connected']);
    assert.deepEqual(one.heard.rejoined, []);
    const restored = presentOf(one).find(({ participantId }) => participantId === ids[1]);
    assert.deepEqual([restored?.tracks[0]?.trackId, restored?.handRaised], ['m', true]);
  }
});

test('a resume that is refused: joins anew under the same name, and says so', async (t) => {
  const first = await start(t);
  const way = await link(t, first.server);
  const mina = await first.join('Mina', { url: way.url });
  const before = mina.client.participantId;
  // Another secret: it does not believe the token.
  const second = await start(t);
  way.cut({ refuse: true });
  const pending = mina.client.request({ type: 'chat', text: 'lost' });
  way.mend(second.server.httpUrl);
  await assert.rejects(pending, failsWith('NetworkError', 'notConnected'));
  await until(() => mina.heard.connection.at(-1) === 'connected', 'Mina is back');
  const [joined] = mina.heard.rejoined;
  assert.equal(joined?.room.participants[0]?.name, 'Mina');
  assert.equal(joined.participantId, mina.client.participantId);
  assert.notEqual(mina.client.participantId, before);
  assert.equal(mina.heard.all('joined').length, 1);
  await mina.client.request({ type: 'chat', text: 'here again' });
  assert.deepEqual(mina.heard.texts, ['here again']);

  // What the new server does not allow is the end.
  await mina.client.request({ type: 'lock', locked: true });
  const joonWay = await link(t, first.server);
  const joon = await first.join('Joon', { url: joonWay.url });
  joonWay.cut({ refuse: true });
  joonWay.mend(second.server.httpUrl);
  await until(() => joon.heard.ended.length === 1, 'Joon is told');
  assert.equal(joon.heard.ended[0]?.reason, 'lost');
  failsWith('RefusedError', 'roomLocked')(joon.heard.ended[0].error);
});

test('leaving is seen at once, removal is told, and both are the end', async (t) => {
  const { join, server } = await start(t);
  const path = await link(t, server);
  const mina = await join('Mina');
  const people = await Promise.all(['A', 'B', 'C', 'D'].map((name) => join(name, { url: path.url })));
  const [a, b, c, d] = people as [Person, Person, Person, Person];
  const leaveOf = (person: Person) =>
    mina.heard
      .all('participantLeft')
      .find(({ participantId }) => participantId === person.client.participantId)?.reason;
  await Promise.all([a.client.leave(), a.client.leave()]);
  await until(() => leaveOf(a) === 'left', 'A has left');
  b.client.leaveNow();
  await until(() => leaveOf(b) === 'left', 'B has left');
  await mina.client.request({ type: 'remove', participantId: c.client.participantId });
  await until(() => leaveOf(c) === 'removed' && c.heard.ended.length === 1, 'C was removed');
  // Away at that moment: it comes back in order to leave.
  path.cut();
  await d.client.leave();
  await until(() => leaveOf(d) === 'left', 'D has left');
  assert.deepEqual(
    people.map(({ heard }) => heard.ended.map(({ reason }) => reason)),
    [['left'], ['left'], ['removed'], ['left']],
  );
  for (const { client } of people) {
    await client.leave();
    client.post({ type: 'candidate', to: 'x', candidate: '' });
    const asked = client.request({ type: 'chat', text: 'x' });
    await assert.rejects(asked, failsWith('NetworkError', 'notConnected'));
  }
});

test('a session ends with its access token, at once and with that reason; a renewed one goes on', async (t) => {
  const { server, join } = await start(t, { options: ['--require-token'] });
  const mint = async (name: string, ttlSeconds: number): Promise<string> => {
    const subject = ['--room', 'tea', '--name', name, '--ttl', `${ttlSeconds}`];
    const run = runMadang(['token', '--data-dir', server.dataDir, ...subject]);
    assert.equal((await run.ended).status, 0, run.stderr());
    return run.stdout().trim();
  };
  const mina = await join('Mina', { token: await mint('Mina', 5) });
  const { participantId } = mina.client;
  const renewal = new TokenRenewal(await mint('Mina', 5), {
    renew: () => mint('Mina', 60),
    use: (token) => mina.client.renewToken(token),
    onError: (error) => assert.fail(error),
  });
  t.after(() => {
    renewal.stop();
  });
  const joon = await join('Joon', { token: await mint('Joon', 3) });
  const pending = () => joon.client.request({ type: 'chat', text: 'too late' });
  await until(() => joon.heard.ended.length === 1, 'the end of the token of Joon', 15_000);
  assert.equal(joon.heard.ended[0]?.reason, 'lost');
  failsWith('RefusedError', 'tokenExpired')(joon.heard.ended[0].error);
  // No attempt to come back was made.
  assert.deepEqual([joon.heard.connection, joon.heard.rejoined], [[], []]);
  await assert.rejects(pending(), failsWith('NetworkError', 'notConnected'));
  await until(() => mina.heard.all('participantLeft').length === 1, 'Joon has left');
  // Well after the first token.
  await new Promise((resolve) => setTimeout(resolve, 5000));
  await mina.client.request({ type: 'chat', text: 'still here' });
  assert.deepEqual([mina.client.participantId, mina.heard.connection], [participantId, []]);
});
