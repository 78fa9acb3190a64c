import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixture } from './fixtures.test-support.js';
import { answerTo, SfuHarness, upOffer } from './sfu-harness.test-support.js';

const TRACKS = { mic: 'audio microphone', cam: 'video camera' };
const OFFERED = { mic: 'audio', cam: 'video' };

/** Mina sends, Joon receives. */
async function call(workers = 1): Promise<SfuHarness> {
  const sfu = new SfuHarness(workers);
  await sfu.put('tea', 'mina', TRACKS);
  await sfu.put('tea', 'joon');
  await sfu.offer('tea', 'mina', upOffer(OFFERED));
  await sfu.answer('tea', 'joon');
  return sfu;
}

test('who offers gets an answer, and the worker hears of transport and media', async () => {
  const sfu = new SfuHarness();
  await sfu.put('tea', 'mina', TRACKS);
  await sfu.offer('tea', 'mina', upOffer(OFFERED));
  assert.deepEqual(
    sfu.told.map(({ to, message }) => `${to} ${message.type}`),
    ['mina answer'],
  );
  const { from, connection } = sfu.last('mina', 'answer');
  assert.deepEqual([from, connection], ['sfu', 'up']);
  const [transport, ...others] = sfu.transports();
  assert.deepEqual(others, []);
  assert.equal(transport?.room, 'tea');
  assert.equal(transport.direction, 'up');
  assert.equal(transport.remote?.iceUfrag, 'u1v1');
  assert.equal(transport.remote?.dtlsRole, 'client');
  assert.match(transport.iceUfrag, /^[A-Za-z\d+/]{8}$/);
  assert.match(transport.icePwd, /^[A-Za-z\d+/]{24}$/);
  assert.ok(sfu.last('mina', 'answer').sdp.includes(`a=ice-pwd:${transport.icePwd}\r\n`));
  assert.deepEqual(
    sfu
      .received('mina')
      .map(({ trackId, mid, source, muted, extensions }) => ({ trackId, mid, source, muted, extensions })),
    [
      { trackId: 'mic', mid: '0', source: 'microphone', muted: false, extensions: { mid: 4 } },
      { trackId: 'cam', mid: '1', source: 'camera', muted: false, extensions: { mid: 4 } },
    ],
  );
  assert.deepEqual(sfu.kinds(), ['openTransport', 'setReceived']);
});

test('what one publishes all others are offered, and get once they have answered', async () => {
  const sfu = new SfuHarness();
  await sfu.put('tea', 'mina', TRACKS);
  await sfu.put('tea', 'joon');
  await sfu.put('tea', 'hana', {}, 'viewer');
  await sfu.offer('tea', 'mina', upOffer(OFFERED));
  for (const name of ['joon', 'hana']) {
    assert.deepEqual(sfu.offered(name), ['0 mina mic', '1 mina cam']);
    assert.equal(sfu.last(name, 'offer').connection, 'down');
    assert.deepEqual(sfu.sent(name), []);
    await sfu.answer('tea', name);
    assert.deepEqual(
      sfu.sent(name).map(({ mid, participantId, trackId, cname }) => [mid, participantId, trackId, cname]),
      [
        ['0', 'mina', 'mic', 'mina'],
        ['1', 'mina', 'cam', 'mina'],
      ],
    );
  }
  const remote = sfu.commands.flatMap(({ command }) =>
    command.kind === 'setRemote' ? command.remote.iceUfrag : [],
  );
  assert.deepEqual(remote, ['djoon', 'dhana']);
  assert.equal(sfu.all('mina', 'offer').length, 0, 'nobody gets what is its own');
});

test('a track that is not published is not forwarded, one that is not offered is waited for', async () => {
  const sfu = new SfuHarness();
  await sfu.put('tea', 'mina', { cam: 'video camera' });
  await sfu.put('tea', 'joon');
  await sfu.offer('tea', 'mina', upOffer({ mic: 'audio' }));
  assert.deepEqual(sfu.received('mina'), []);
  assert.equal(sfu.all('joon', 'offer').length, 0);
  await sfu.put('tea', 'mina', { cam: 'video camera', mic: 'audio microphone' });
  assert.deepEqual(sfu.offered('joon'), ['0 mina mic']);
  await sfu.put('tea', 'mina', { cam: 'video camera', mic: 'video camera' });
  assert.deepEqual(sfu.received('mina'), [], 'the kind is another one');
});

test('muting is told to the worker and costs no negotiation', async () => {
  const sfu = await call();
  const offers = sfu.all('joon', 'offer').length;
  sfu.kinds();
  await sfu.put('tea', 'mina', { mic: 'audio microphone muted', cam: 'video camera' });
  const [{ command } = assert.fail()] = sfu.commands;
  assert.ok(command.kind === 'setReceived');
  assert.deepEqual(
    command.media.map(({ muted }) => muted),
    [true, false],
  );
  assert.equal(sfu.commands.length, 1);
  assert.equal(sfu.all('joon', 'offer').length, offers);
  sfu.kinds();
  await sfu.change('tea');
  assert.deepEqual(sfu.kinds(), [], 'what stays the same is not said again');
});

test('while an offer is not answered changes are collected into the next one', async () => {
  const sfu = await call();
  await sfu.put('tea', 'mina', { ...TRACKS, screen: 'video screen' });
  await sfu.offer('tea', 'mina', upOffer({ ...OFFERED, screen: 'video' }));
  const count = sfu.all('joon', 'offer').length;
  assert.deepEqual(sfu.offered('joon'), ['0 mina mic', '1 mina cam', '2 mina screen']);
  await sfu.put('tea', 'hana', TRACKS);
  await sfu.offer('tea', 'hana', upOffer(OFFERED, { session: 2 }));
  await sfu.put('tea', 'mina', TRACKS);
  assert.equal(sfu.all('joon', 'offer').length, count, 'one offer at a time');
  await sfu.answer('tea', 'joon');
  assert.equal(sfu.all('joon', 'offer').length, count + 1);
  assert.deepEqual(sfu.offered('joon'), ['0 mina mic', '1 mina cam', '3 hana mic', '4 hana cam']);
  assert.deepEqual(
    sfu.sent('joon').map(({ trackId }) => trackId),
    ['mic', 'cam'],
    'the screen has ended meanwhile',
  );
  await sfu.answer('tea', 'joon');
  assert.equal(sfu.all('joon', 'offer').length, count + 1, 'nothing is left to say');
  assert.equal(sfu.sent('joon').length, 4);
});

test('who leaves is not sent any more, at once; the next one takes over the m-sections', async () => {
  const sfu = await call();
  const before = sfu.sent('joon').map(({ ssrc }) => ssrc);
  await sfu.leave('tea', 'mina');
  assert.deepEqual(sfu.sent('joon'), []);
  assert.deepEqual(
    sfu.transports().map(({ participantId }) => participantId),
    ['joon'],
  );
  assert.deepEqual(sfu.offered('joon'), []);
  await sfu.answer('tea', 'joon');
  await sfu.put('tea', 'hana', TRACKS);
  await sfu.offer('tea', 'hana', upOffer(OFFERED, { session: 2 }));
  assert.deepEqual(sfu.offered('joon'), ['0 hana mic', '1 hana cam']);
  await sfu.answer('tea', 'joon');
  for (const { ssrc } of sfu.sent('joon')) assert.ok(!before.includes(ssrc));
});

test('a refused m-section is not sent; all others are', async () => {
  const sfu = new SfuHarness();
  await sfu.put('tea', 'mina', TRACKS);
  await sfu.put('tea', 'joon');
  await sfu.offer('tea', 'mina', upOffer(OFFERED));
  await sfu.answer('tea', 'joon', answerTo(sfu.last('joon', 'offer').sdp, 'joon', ['1']));
  assert.deepEqual(
    sfu.sent('joon').map(({ trackId }) => trackId),
    ['mic'],
  );
  assert.equal(sfu.all('joon', 'offer').length, 1);
});

test('an offer again is answered for the same transport, with a new version', async () => {
  const sfu = await call();
  const transport = sfu.transport('mina', 'up');
  await sfu.offer('tea', 'mina', upOffer({ mic: 'audio' }));
  assert.equal(sfu.transport('mina', 'up'), transport);
  assert.deepEqual(
    sfu.received('mina').map(({ trackId }) => trackId),
    ['mic'],
  );
  const origins = sfu.all('mina', 'answer').map(({ sdp }) => /^o=- (\S+) (\d+)/m.exec(sdp)!.slice(1));
  assert.equal(origins[0]![0], origins[1]![0]);
  assert.deepEqual([origins[0]![1], origins[1]![1]], ['1', '2']);
});

test('new ICE credentials of the same peer restart ICE, of another open a new transport', async () => {
  const sfu = await call();
  const first = sfu.transport('mina', 'up');
  sfu.kinds();
  await sfu.offer('tea', 'mina', upOffer(OFFERED, { ice: 2 }));
  const restart = sfu.commands[0]?.command;
  assert.ok(restart?.kind === 'restartIce');
  assert.equal(restart.transportId, first);
  assert.equal(restart.remote?.iceUfrag, 'u1v2');
  assert.ok(sfu.last('mina', 'answer').sdp.includes(`a=ice-ufrag:${restart.iceUfrag}\r\n`));
  assert.deepEqual(sfu.kinds(), ['restartIce']);
  await sfu.offer('tea', 'mina', upOffer(OFFERED, { session: 2 }));
  const second = sfu.transport('mina', 'up');
  assert.notEqual(second, first);
  assert.deepEqual(sfu.kinds(), ['closeTransport', 'openTransport', 'setReceived']);
  assert.equal(sfu.all('joon', 'offer').length, 1, 'receivers notice nothing');
});

test('browsers restart ICE on the transport they have', async () => {
  for (const browser of ['chromium-156', 'firefox-153'] as const) {
    const sfu = new SfuHarness();
    await sfu.put('tea', 'mina');
    await sfu.offer('tea', 'mina', fixture(browser, 'offer-stopped'));
    await sfu.offer('tea', 'mina', fixture(browser, 'offer-restart'));
    await sfu.offer('tea', 'mina', fixture(browser, 'offer-camera'));
    assert.deepEqual(sfu.kinds(), [
      ...['openTransport', 'setReceived', 'restartIce', 'closeTransport', 'openTransport', 'setReceived'],
    ]);
    assert.equal(sfu.all('mina', 'answer').length, 3);
  }
});

test('another fingerprint without new ICE credentials is refused and changes nothing (threat D3)', async () => {
  const sfu = await call();
  sfu.kinds();
  await sfu.offer('tea', 'mina', upOffer(OFFERED, { certificate: 9 }));
  assert.match(sfu.last('mina', 'mediaRefused').reason, /fingerprint/);
  assert.equal(sfu.last('mina', 'mediaRefused').connection, 'up');
  await sfu.offer('tea', 'mina', upOffer(OFFERED).replace('o=- 1 ', 'o=- 2 '));
  assert.equal(sfu.all('mina', 'mediaRefused').length, 2);
  assert.deepEqual(sfu.kinds(), []);
});

test('descriptions that cannot be used are refused in words', async () => {
  const sfu = await call();
  sfu.kinds();
  const sdp = upOffer(OFFERED);
  await sfu.offer('tea', 'mina', 'v=0');
  await sfu.offer('tea', 'mina', sdp, 'down');
  await sfu.offer('tea', 'mina', sdp, '');
  await sfu.offer('tea', 'mina', '', 'up');
  await sfu.say('tea', 'mina', { type: 'answer', id: 9, to: 'sfu', sdp, connection: 'up' });
  assert.deepEqual(
    sfu.all('mina', 'mediaRefused').map(({ connection }) => connection),
    ['up', 'down', 'down', 'up', 'up'],
  );
  assert.deepEqual(sfu.kinds(), []);
});

test('a viewer may not send; who becomes one sends no more', async () => {
  const sfu = await call();
  await sfu.put('tea', 'hana', {}, 'viewer');
  await sfu.offer('tea', 'hana', upOffer(OFFERED, { session: 3 }));
  assert.match(sfu.last('hana', 'mediaRefused').reason, /viewer/);
  await sfu.put('tea', 'mina', {}, 'viewer');
  assert.ok(
    !sfu.transports().some(({ participantId, direction }) => participantId === 'mina' && direction === 'up'),
  );
  assert.deepEqual(sfu.sent('joon'), []);
});

test('sizes and pauses go to the worker, of tracks of this room alone, and again when the connection is new', async () => {
  const sfu = await call();
  await sfu.put('milk', 'evil', { cam: 'video camera' });
  const wishes = (of: string, tracks: object[]) =>
    sfu.say('tea', of, { type: 'receive', id: 1, tracks: tracks as [] });
  const preferred = () =>
    sfu.commands.flatMap(({ command }) => (command.kind === 'prefer' ? command.preferences : []));
  await wishes('joon', [
    { participantId: 'mina', trackId: 'cam', width: 320, height: 180 },
    { participantId: 'mina', trackId: 'nothing', paused: true },
    { participantId: 'evil', trackId: 'cam', paused: true },
    { participantId: 'joon', trackId: 'cam', paused: true },
  ]);
  const cam = { participantId: 'mina', trackId: 'cam', paused: false, width: 320, height: 180 };
  assert.deepEqual(preferred(), [cam]);
  await sfu.put('tea', 'mina', { ...TRACKS, screen: 'video screen' });
  await wishes('joon', [{ participantId: 'mina', trackId: 'screen', paused: true }]);
  assert.deepEqual(preferred(), [cam], 'it is not sent yet');
  await sfu.offer('tea', 'mina', upOffer({ ...OFFERED, screen: 'video' }));
  await sfu.answer('tea', 'joon');
  const screen = { participantId: 'mina', trackId: 'screen', paused: true, width: 0, height: 0 };
  assert.deepEqual(preferred(), [cam, screen]);
  await sfu.offer('tea', 'joon', '', 'down');
  await sfu.answer('tea', 'joon');
  assert.deepEqual(preferred(), [cam, screen, cam, screen]);
});

test('which encodings are wanted is told to who sends them', async () => {
  const sfu = await call();
  const transportId = sfu.transport('mina', 'up');
  sfu.service.handleReport(0, { kind: 'encodingsWanted', transportId, trackId: 'cam', rids: ['l'] });
  sfu.service.handleReport(1, { kind: 'encodingsWanted', transportId, trackId: 'cam', rids: ['h'] });
  await sfu.settle();
  assert.deepEqual(sfu.all('mina', 'encodingsWanted'), [
    { type: 'encodingsWanted', trackId: 'cam', rids: ['l'] },
  ]);
});

test('a client that asks for a new down connection gets one, from scratch', async () => {
  const sfu = await call();
  const first = sfu.transport('joon', 'down');
  const stale = answerTo(sfu.last('joon', 'offer').sdp, 'joon');
  await sfu.offer('tea', 'joon', '', 'down');
  assert.deepEqual(
    sfu.told.slice(-2).map(({ message }) => message.type),
    ['mediaRestart', 'offer'],
  );
  assert.equal(sfu.last('joon', 'mediaRestart').connection, 'down');
  assert.notEqual(sfu.transport('joon', 'down'), first);
  assert.deepEqual(sfu.offered('joon'), ['2 mina mic', '3 mina cam']);
  await sfu.answer('tea', 'joon', stale);
  assert.deepEqual(sfu.sent('joon'), [], 'an answer to the connection before is none');
  assert.equal(sfu.all('joon', 'mediaRefused').length, 0);
  await sfu.answer('tea', 'joon');
  assert.equal(sfu.sent('joon').length, 2);
});

test('an answer that cannot be used ends the connection until the client asks for another', async () => {
  const sfu = await call();
  await sfu.put('tea', 'hana', TRACKS);
  await sfu.offer('tea', 'hana', upOffer(OFFERED, { session: 2 }));
  await sfu.answer('tea', 'joon', answerTo(sfu.last('joon', 'offer').sdp, 'other'));
  assert.equal(sfu.last('joon', 'mediaRefused').connection, 'down');
  assert.deepEqual(
    sfu.transports().filter(({ participantId }) => participantId === 'joon'),
    [],
  );
  const offers = sfu.all('joon', 'offer').length;
  await sfu.leave('tea', 'mina');
  assert.equal(sfu.all('joon', 'offer').length, offers);
  await sfu.offer('tea', 'joon', '', 'down');
  await sfu.answer('tea', 'joon');
  assert.equal(sfu.sent('joon').length, 2);
});

test('a failed transport: who sends is asked to offer, who receives gets an offer if it ever worked', async () => {
  const sfu = await call();
  const up = sfu.transport('mina', 'up');
  const down = sfu.transport('joon', 'down');
  const state = (transportId: number, state: 'connected' | 'failed' | 'closed') => {
    sfu.service.handleReport(0, { kind: 'transportState', transportId, state });
    return sfu.settle();
  };
  await state(up, 'failed');
  assert.deepEqual(sfu.last('mina', 'mediaRestart').connection, 'up');
  assert.equal(sfu.sent('joon').length, 2, 'receivers keep their m-sections meanwhile');
  await sfu.offer('tea', 'mina', upOffer(OFFERED));
  assert.notEqual(sfu.transport('mina', 'up'), up, 'the transport of before is forgotten');
  await state(down, 'connected');
  await state(down, 'failed');
  assert.deepEqual(sfu.last('joon', 'mediaRestart').connection, 'down');
  await sfu.answer('tea', 'joon');
  const second = sfu.transport('joon', 'down');
  assert.notEqual(second, down);
  const offers = sfu.all('joon', 'offer').length;
  await state(second, 'failed');
  assert.equal(sfu.all('joon', 'offer').length, offers, 'it never worked');
  assert.match(sfu.last('joon', 'mediaRefused').reason, /failed/);
  await sfu.offer('tea', 'joon', '', 'down');
  await state(sfu.transport('joon', 'down'), 'closed');
  assert.equal(sfu.all('joon', 'offer').length, offers + 1, 'the client has closed it and will ask');
  assert.equal(sfu.logged.length, 3);
  await state(up, 'failed');
  assert.equal(sfu.all('mina', 'mediaRestart').length, 1, 'what is forgotten does not fail again');
});

test('a worker that was replaced: all its rooms begin anew, others go on', async () => {
  const sfu = await call(2);
  await sfu.put('milk', 'hana', TRACKS);
  await sfu.offer('milk', 'hana', upOffer(OFFERED, { session: 2 }));
  const workers = new Set(sfu.commands.map(({ worker }) => worker));
  assert.deepEqual(workers, new Set([0, 1]), 'rooms go where there are fewest transports');
  sfu.kinds();
  sfu.service.handleWorkerReplaced(0);
  await sfu.settle();
  assert.equal(sfu.all('hana', 'mediaRestart').length, 0);
  assert.deepEqual(
    sfu.all('mina', 'mediaRestart').map(({ connection }) => connection),
    ['up'],
  );
  assert.deepEqual(
    sfu.all('joon', 'mediaRestart').map(({ connection }) => connection),
    ['down'],
  );
  assert.deepEqual(sfu.kinds(), ['openTransport'], 'nothing is closed: the new worker knows nothing');
  await sfu.answer('tea', 'joon');
  await sfu.offer('tea', 'mina', upOffer(OFFERED, { session: 4 }));
  assert.deepEqual(sfu.kinds(), ['setRemote', 'setSent', 'openTransport', 'setReceived']);
  assert.deepEqual(sfu.service.figures(), { rooms: 2, transports: 3 });
});

test('another topology, or nobody left, ends all transports of a room', async () => {
  const sfu = await call();
  await sfu.change('tea', 'mesh');
  assert.deepEqual(sfu.transports(), []);
  assert.deepEqual(sfu.service.figures(), { rooms: 0, transports: 0 });
  await sfu.offer('tea', 'mina', upOffer(OFFERED));
  assert.deepEqual(sfu.transports(), [], 'what comes late is not heard');
  await sfu.change('tea');
  await sfu.offer('tea', 'mina', upOffer(OFFERED));
  await sfu.answer('tea', 'joon');
  assert.equal(sfu.sent('joon').length, 2);
  await sfu.leave('tea', 'mina');
  await sfu.leave('tea', 'joon');
  assert.deepEqual(sfu.transports(), []);
  assert.deepEqual(sfu.service.figures(), { rooms: 0, transports: 0 });
});

test('more descriptions than browsers make are refused; in time there may be more', async () => {
  const sfu = await call();
  for (let i = 0; i < 30; i++) await sfu.offer('tea', 'mina', upOffer(OFFERED));
  assert.equal(sfu.all('mina', 'answer').length, 20);
  assert.equal(sfu.all('mina', 'mediaRefused').length, 11);
  sfu.nowMs = 1000;
  await sfu.offer('tea', 'mina', upOffer(OFFERED));
  assert.equal(sfu.all('mina', 'answer').length, 21);
  for (let i = 0; i < 200; i++) await sfu.answer('tea', 'joon', 'v=0');
  assert.equal(sfu.last('joon', 'mediaRefused').connection, 'down');
  assert.equal(sfu.transports().filter(({ participantId }) => participantId === 'joon').length, 0);
});

test('no transport has the id of another one', async () => {
  const sfu = await call(3);
  for (let session = 2; session < 10; session++) {
    await sfu.offer('tea', 'mina', upOffer(OFFERED, { session }));
    await sfu.offer('tea', 'joon', '', 'down');
  }
  const ids = sfu.commands.flatMap(({ command }) =>
    command.kind === 'openTransport' ? command.transport.transportId : [],
  );
  assert.equal(ids.length, 18);
  assert.equal(new Set(ids).size, ids.length);
  assert.equal(sfu.service.figures().transports, 2);
});
