import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readDownAnswer } from './down-answer.js';
import type { DownAnswer } from './down-answer.js';
import { writeDownOffer } from './down-offer.js';
import type { DownSlot } from './down-offer.js';
import { DownSlots, mediaOf } from './down-slots.js';
import { BROWSERS, fixture, LOCAL } from './fixtures.test-support.js';
import { carriedCodecs } from './codecs.js';
import { keyOf } from './publication.js';
import type { Publication } from './publication.js';

const AUDIO = carriedCodecs('audio', [
  {
    name: 'opus',
    payloadType: 109,
    clockRate: 48_000,
    channels: 2,
    parameters: 'minptime=10;useinbandfec=1',
  },
]);
const VIDEO = carriedCodecs('video', [{ name: 'VP8', payloadType: 120, clockRate: 90_000, parameters: '' }]);

function publication(participantId: string, source: 'microphone' | 'camera' | 'screen'): Publication {
  const kind = source === 'microphone' ? 'audio' : 'video';
  const codecs = kind === 'audio' ? AUDIO : VIDEO;
  return { participantId, trackId: source, kind, source, muted: false, codecs };
}

function wanted(...publications: Publication[]): ReadonlyMap<string, Publication> {
  return new Map(publications.map((one) => [keyOf(one), one]));
}

const MINA = ['microphone', 'camera', 'screen'].map((source) => publication('mina', source as 'camera'));
const JOON = ['microphone', 'camera'].map((source) => publication('joon', source as 'camera'));

/** The slots of the offers the recorded answers belong to. */
function recorded(): { slots: DownSlots; first: readonly DownSlot[] } {
  const slots = new DownSlots();
  slots.assign(wanted(...MINA, ...JOON));
  return { slots, first: slots.offer() };
}

function answered(sdp: string, slots: readonly DownSlot[]): DownAnswer {
  const read = readDownAnswer(sdp, slots);
  assert.ok(read.ok, read.ok ? '' : read.reason);
  assert.ok(read.answer !== undefined);
  return read.answer;
}

test('an offer names tracks by numbers of the server, with one stream for what belongs together', () => {
  const { first } = recorded();
  const sdp = writeDownOffer(first, LOCAL, { sessionId: '5', version: 1 });
  assert.deepEqual(
    [...sdp.matchAll(/^a=(?:mid|msid|setup|group):.*/gm)].map(([line]) => line),
    [
      'a=group:BUNDLE 0 1 2 3 4',
      'a=setup:actpass',
      ...['a=mid:0', 'a=msid:mina mina-0', 'a=mid:1', 'a=msid:mina mina-1'],
      ...['a=mid:2', 'a=msid:mina-screen mina-2'],
      ...['a=mid:3', 'a=msid:joon joon-3', 'a=mid:4', 'a=msid:joon joon-4'],
    ],
  );
  const { ssrc, rtxSsrc } = first[1]!.carried!;
  assert.ok(sdp.includes(`a=ssrc-group:FID ${ssrc} ${rtxSsrc}\r\na=ssrc:${ssrc} cname:mina\r\n`));
  assert.equal(sdp.match(/a=sendonly/g)?.length, 5);
  assert.equal(sdp.match(/typ host/g)?.length, 4);
  assert.deepEqual(mediaOf(first)[2], { mid: '2', participantId: 'mina', trackId: 'screen' });
});

test('ids of tracks, which clients choose, do not get into a description', () => {
  const slots = new DownSlots();
  const evil = { ...JOON[0]!, trackId: 'x\r\na=crypto:1 NULL inline:x' };
  slots.assign(wanted(evil));
  const sdp = writeDownOffer(slots.offer(), LOCAL, { sessionId: '5', version: 1 });
  assert.doesNotMatch(sdp, /crypto/);
});

test('answers of browsers are read: all is accepted, with retransmissions', () => {
  for (const browser of BROWSERS) {
    const { slots, first } = recorded();
    const { remote, sections } = answered(fixture(browser, 'answer-first'), first);
    assert.equal(remote?.dtlsRole, 'client');
    slots.accept(first, sections);
    const sent = slots.sent();
    assert.deepEqual(
      sent.map(({ mid, participantId, trackId }) => `${mid} ${participantId} ${trackId}`),
      ['0 mina microphone', '1 mina camera', '2 mina screen', '3 joon microphone', '4 joon camera'],
    );
    assert.deepEqual(sent[1]?.codecs, VIDEO);
    assert.equal(sent[0]?.extensions.mid, 4);
    assert.equal(sent[1]?.extensions.transportWideCc, 3);
    assert.equal(sent[1]?.extensions.rid, undefined);
  }
});

test('a slot is used again for the next track of its kind, with the same mid and another SSRC', () => {
  for (const browser of BROWSERS) {
    const { slots, first } = recorded();
    slots.accept(first, answered(fixture(browser, 'answer-first'), first).sections);
    const screen = publication('joon', 'screen');
    slots.assign(wanted(...JOON, screen));
    assert.deepEqual(
      slots.sent().map(({ mid }) => mid),
      ['3', '4'],
      'what has ended is not sent any more, what is new not before the answer',
    );
    const second = slots.offer();
    const sdp = writeDownOffer(second, LOCAL, { sessionId: '5', version: 2 });
    assert.deepEqual(
      [...sdp.matchAll(/^a=(?:sendonly|inactive)/gm)].map(([line]) => line),
      [...['a=inactive', 'a=sendonly', 'a=inactive', 'a=sendonly', 'a=sendonly']],
    );
    assert.equal(second[1]?.mid, '1');
    assert.notEqual(second[1]?.carried?.ssrc, first[1]?.carried?.ssrc);
    slots.accept(second, answered(fixture(browser, 'answer-reused'), second).sections);
    assert.deepEqual(
      slots.sent().map(({ mid, trackId }) => `${mid} ${trackId}`),
      ['1 screen', '3 microphone', '4 camera'],
    );
  }
});

test('an answer to another offer is none: after a restart no mid comes again', () => {
  const { slots, first } = recorded();
  const sdp = fixture('chromium-156', 'answer-first');
  slots.clear();
  slots.assign(wanted(...MINA, ...JOON));
  const second = slots.offer();
  assert.deepEqual(
    second.map(({ mid }) => mid),
    ['5', '6', '7', '8', '9'],
  );
  assert.deepEqual(readDownAnswer(sdp, second), { ok: true, answer: undefined });
  assert.deepEqual(readDownAnswer(sdp, first.slice(1)), { ok: true, answer: undefined });
});

test('what the client rejects is not sent; its m-section is used again under another mid', () => {
  const { slots, first } = recorded();
  const sdp = fixture('chromium-156', 'answer-first').replace(/m=video 9(?=[^]*a=mid:1\r\n)/, 'm=video 0');
  const { sections } = answered(sdp, first);
  assert.deepEqual(
    sections.map(({ state }) => state),
    ['accepted', 'refused', 'accepted', 'accepted', 'accepted'],
  );
  slots.accept(first, sections);
  assert.deepEqual(
    slots.sent().map(({ mid }) => mid),
    ['0', '2', '3', '4'],
  );
  assert.equal(slots.isChanged, false, 'it is not offered again and again');
  const offer = writeDownOffer(slots.offer(), LOCAL, { sessionId: '5', version: 2 });
  assert.ok(offer.includes('a=group:BUNDLE 0 2 3 4\r\n'));
  assert.match(offer, /m=video 0 [^]*?a=mid:1\r\n/);
  slots.assign(wanted(MINA[0]!, MINA[2]!, ...JOON, publication('joon', 'screen')));
  assert.equal(slots.isChanged, true);
  assert.equal(slots.offer()[1]?.mid, '5');
});

test('a track that came into a slot while its section was refused is offered in another', () => {
  const slots = new DownSlots();
  slots.assign(wanted(MINA[1]!));
  const first = slots.offer();
  slots.assign(wanted(JOON[1]!));
  slots.accept(first, [{ state: 'refused' }]);
  const [slot] = slots.offer();
  assert.equal(slot?.state, 'open');
  assert.equal(slot?.mid, '1');
  assert.equal(slot?.carried?.participantId, 'joon');
});

test('other codecs of a track are offered again; what was accepted stays until they are', () => {
  const { slots, first } = recorded();
  slots.accept(first, answered(fixture('firefox-153', 'answer-first'), first).sections);
  slots.offer();
  const codecs = carriedCodecs('video', [
    { name: 'VP9', payloadType: 1, clockRate: 90_000, parameters: 'profile-id=0' },
  ]);
  slots.assign(wanted(...MINA, JOON[0]!, { ...JOON[1]!, codecs }));
  assert.equal(slots.isChanged, true);
  assert.deepEqual(slots.sent()[4]?.codecs, VIDEO);
  const [, , , , slot] = slots.offer();
  assert.deepEqual(slot?.codecs, codecs);
  assert.equal(slot.carried?.ssrc, first[4]?.carried?.ssrc);
});

test('answers that cannot be used are refused', () => {
  const { first } = recorded();
  const good = fixture('chromium-156', 'answer-first');
  const broken: readonly [pattern: RegExp, by: string, reason: RegExp][] = [
    [/a=setup:active/g, 'a=setup:actpass', /setup/],
    [/a=setup:active/g, 'a=setup:holdconn', /setup/],
    [/a=fingerprint:.*\r\n/g, '', /fingerprint/],
    [/a=ice-pwd:.*\r\n/g, '', /pwd/],
    [/a=rtcp-mux\r\n/, '', /rtcp-mux/],
    [/UDP\/TLS\/RTP\/SAVPF/, 'RTP/SAVPF', /protocol/],
    [/a=group:BUNDLE 0 1/, 'a=group:BUNDLE 0', /BUNDLE/],
    [/a=mid:3/, 'a=mid:3\r\na=crypto:1 NULL inline:x', /crypto/],
  ];
  for (const [pattern, by, reason] of broken) {
    const sdp = good.replace(pattern, by);
    assert.notEqual(sdp, good);
    const read = readDownAnswer(sdp, first);
    assert.ok(!read.ok, String(pattern));
    assert.match(read.reason, reason);
  }
  const passive = answered(good.replaceAll('a=setup:active', 'a=setup:passive'), first);
  assert.equal(passive.remote?.dtlsRole, 'server');
});

test('a client that refuses all there is has answered', () => {
  const { slots, first } = recorded();
  const nothing = fixture('chromium-156', 'answer-first')
    .replace(/m=(audio|video) 9/g, 'm=$1 0')
    .replace(/a=group:BUNDLE.*\r\n/, '');
  const { remote, sections } = answered(nothing, first);
  assert.equal(remote, undefined);
  slots.accept(first, sections);
  assert.deepEqual(slots.sent(), []);
  assert.equal(slots.hasOpen, false);
});

test('only payload types of the offer are taken, and retransmissions only of what they belong to', () => {
  const { first } = recorded();
  const codecsOf = (sdp: string) => {
    const section = answered(sdp, first).sections[1]!;
    return section.state === 'accepted' ? section.codecs : undefined;
  };
  const good = fixture('firefox-153', 'answer-first');
  const withoutRtx = VIDEO.map(({ rtxPayloadType: _rtxPayloadType, ...codec }) => codec);
  assert.deepEqual(codecsOf(good.replaceAll('apt=96', 'apt=97')), withoutRtx);
  assert.deepEqual(codecsOf(good.replaceAll(' VP8/90000', ' VP9/90000')), []);
  const other = good.replaceAll(/(rtpmap:|rtcp-fb:|apt=)96/g, '$1102').replaceAll('SAVPF 96', 'SAVPF 102');
  assert.deepEqual(codecsOf(other), []);
});

test('no text throws', () => {
  const { first } = recorded();
  const good = fixture('firefox-153', 'answer-first');
  const mutated = fc.tuple(fc.nat(), fc.string(), fc.nat(40)).map(([at, piece, cut]) => {
    const where = at % good.length;
    return good.slice(0, where) + piece + good.slice(where + cut);
  });
  fc.assert(
    fc.property(fc.oneof(fc.string(), mutated), (sdp) => {
      assert.equal(typeof readDownAnswer(sdp, first).ok, 'boolean');
    }),
    { numRuns: 1000 },
  );
});
