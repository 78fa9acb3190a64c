import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SfuHarness, upOffer } from './sfu-harness.test-support.js';

const TRACKS = { mic: 'audio microphone', cam: 'video camera' };
const OFFERED = { mic: 'audio', cam: 'video' };

/** A room of those people, each with sound and camera; Joon watches and is sent the videos of two at most. */
async function crowd(names: readonly string[]): Promise<SfuHarness> {
  const sfu = new SfuHarness(1, 2);
  await sfu.put('tea', 'joon');
  for (const [index, name] of names.entries()) {
    await sfu.put('tea', name, TRACKS);
    await sfu.offer('tea', name, upOffer(OFFERED, { session: index + 2 }));
    await sfu.answer('tea', 'joon');
  }
  return sfu;
}

async function speak(sfu: SfuHarness, ...participantIds: string[]): Promise<void> {
  sfu.service.handleReport(0, { kind: 'spoken', room: 'tea', participantIds });
  await sfu.settle();
}

/** Whose cameras somebody is offered, and sent. */
const videosOf = (all: readonly { participantId: string; trackId: string }[]): string =>
  all.flatMap(({ participantId, trackId }) => (trackId === 'cam' ? participantId : [])).join(' ');

const seen = new WeakMap<SfuHarness, number>();

/** What was said of withheld videos since the last call, in order. */
function withheldNews(sfu: SfuHarness, to = 'joon'): string[] {
  const all = sfu.told.slice(seen.get(sfu)).flatMap((one) => (one.to === to ? one.message : []));
  seen.set(sfu, sfu.told.length);
  return all.flatMap((message) =>
    message.type === 'videosWithheld'
      ? [
          ...message.withheld.map(({ participantId }) => `-${participantId}`),
          ...message.released.map(({ participantId }) => `+${participantId}`),
        ]
      : message.type === 'offer'
        ? 'offer'
        : [],
  );
}

test('of more cameras than one participant gets, those of the last who spoke come, in the m-sections there are', async () => {
  const sfu = await crowd(['mina', 'hana', 'juno', 'sora']);
  assert.equal(videosOf(sfu.sent('joon')), 'mina hana');
  assert.deepEqual(withheldNews(sfu), ['offer', 'offer', '-juno', 'offer', '-sora', 'offer']);
  const before = sfu.sent('joon');
  await speak(sfu, 'sora');
  assert.equal(videosOf(sfu.sent('joon')), 'mina', 'who gave way is not sent any more');
  assert.equal(videosOf(sfu.last('joon', 'offer').media ?? []), 'mina sora');
  assert.match(sfu.last('joon', 'offer').sdp, /^a=group:BUNDLE 0 1 2 3 4 5\r$/m);
  await sfu.answer('tea', 'joon');
  assert.equal(videosOf(sfu.sent('joon')), 'mina sora');
  assert.deepEqual(withheldNews(sfu), ['-hana', '+sora', 'offer']);
  const mids = (media: typeof before) => media.map(({ mid }) => mid).toSorted();
  assert.deepEqual(mids(sfu.sent('joon')), mids(before));
  assert.equal(new Set([...before, ...sfu.sent('joon')].map(({ ssrc }) => ssrc)).size, 7);
  await speak(sfu, 'mina', 'sora');
  assert.deepEqual(withheldNews(sfu), [], 'the same two in another order');
  await sfu.leave('tea', 'mina');
  assert.deepEqual(withheldNews(sfu), ['+hana', 'offer']);
});

test('a participant may ask for fewer videos than the server allows, not for more, and for one by name', async () => {
  const sfu = await crowd(['mina', 'hana', 'juno']);
  withheldNews(sfu);
  const ask = async (lastN: number | undefined, tracks: object[] = []) => {
    const most = lastN === undefined ? {} : { lastN };
    await sfu.say('tea', 'joon', { type: 'receive', id: 1, tracks: tracks as [], ...most });
  };
  await ask(0);
  assert.deepEqual(withheldNews(sfu), ['-mina', '-hana', 'offer']);
  assert.equal(videosOf(sfu.sent('joon')), '');
  await sfu.answer('tea', 'joon');
  await ask(undefined, [{ participantId: 'juno', trackId: 'cam', pinned: true }]);
  await ask(9);
  assert.deepEqual(withheldNews(sfu), ['+juno', 'offer', '+mina']);
  const commands = sfu.commands.flatMap(({ command }) => (command.kind === 'prefer' ? command : []));
  assert.ok(!JSON.stringify(commands).includes('pinned'), 'nothing the worker needs to know');
  await sfu.answer('tea', 'joon');
  await sfu.answer('tea', 'joon');
  assert.equal(videosOf(sfu.sent('joon')), 'juno mina');
  await speak(sfu, 'hana');
  await sfu.answer('tea', 'joon');
  assert.equal(videosOf(sfu.sent('joon')), 'juno hana', 'one that was asked for by name stays');
});

test('who comes later, or has lost its connection, gets the videos of those who spoke', async () => {
  const sfu = await crowd(['mina', 'hana', 'juno', 'sora']);
  await speak(sfu, 'sora', 'juno');
  await sfu.put('tea', 'late', {}, 'viewer');
  assert.equal(videosOf(sfu.last('late', 'offer').media ?? []), 'juno sora');
  assert.deepEqual(withheldNews(sfu, 'late'), ['-mina', '-hana', 'offer']);
  await sfu.offer('tea', 'late', '', 'down');
  assert.equal(videosOf(sfu.last('late', 'offer').media ?? []), 'juno sora');
  assert.deepEqual(withheldNews(sfu, 'late'), ['offer'], 'nothing is said twice');
});

test('what another worker says of a room counts for nothing', async () => {
  const sfu = await crowd(['mina', 'hana', 'juno']);
  withheldNews(sfu);
  sfu.service.handleReport(1, { kind: 'spoken', room: 'tea', participantIds: ['juno'] });
  sfu.service.handleReport(0, { kind: 'spoken', room: 'milk', participantIds: ['juno'] });
  await sfu.settle();
  assert.deepEqual(withheldNews(sfu), []);
});
