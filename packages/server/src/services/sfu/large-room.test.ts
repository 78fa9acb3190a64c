import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WireLimit } from '@madang/wire/limits';
import { MOST_SECTIONS } from './carried-choice.js';
import { fixture } from './fixtures.test-support.js';
import { answerTo, SfuHarness } from './sfu-harness.test-support.js';

const HEADERS = [
  'urn:ietf:params:rtp-hdrext:sdes:mid',
  'urn:ietf:params:rtp-hdrext:ssrc-audio-level',
  'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
].map((uri, index) => `a=extmap:${index + 1} ${uri}`);
const H264 = 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f';

/** What takes most room in descriptions: two codecs each. */
const MEDIA = {
  audio: ['a=rtpmap:97 red/48000/2', 'a=fmtp:97 96/96', 'a=rtpmap:96 opus/48000/2'],
  video: ['a=rtpmap:98 H264/90000', `a=fmtp:98 ${H264}`, 'a=rtpmap:100 VP8/90000'],
};

/** An offer of a person with those tracks. */
function offerOf(tracks: Readonly<Record<string, string>>): string {
  const ids = Object.keys(tracks);
  const sections = ids.flatMap((id) => {
    const kind = tracks[id]!.startsWith('audio') ? 'audio' : 'video';
    return [
      `m=${kind} 9 UDP/TLS/RTP/SAVPF ${kind === 'audio' ? '97 96' : '98 100'}`,
      ...[
        `a=mid:${id.slice(0, 3)}`,
        `a=msid:${id} x`,
        'a=sendonly',
        'a=rtcp-mux',
        ...HEADERS,
        ...MEDIA[kind],
      ],
    ];
  });
  return [
    ...[
      'v=0',
      'o=- 1 1 IN IP4 127.0.0.1',
      's=-',
      't=0 0',
      `a=group:BUNDLE ${ids.map((id) => id.slice(0, 3)).join(' ')}`,
    ],
    ...['a=ice-ufrag:abcd', 'a=ice-pwd:abcdefghijklmnopqrstuv', 'a=setup:actpass'],
    ...[`a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => 'AB').join(':')}`, ...sections, ''],
  ].join('\r\n');
}

/** As Chromium writes them in each m-section of an answer. */
const REPEATED = (/^m=[^]*?(?=^m=)/m.exec(fixture('chromium-156', 'answer-first'))?.[0] ?? '')
  .split('\r\n')
  .filter((line) => /^a=(rtcp:|ice-|fingerprint|setup)/.test(line));

/** A whole answer: with the transport in every m-section, or, as the SDK sends it, in one alone. */
function answerOf(offer: string, form: 'as Chromium writes it' | 'as the SDK sends it'): string {
  const answer = answerTo(offer, 'ear');
  if (form === 'as the SDK sends it') return answer;
  return answer.replaceAll(/^a=mid:.*$/gm, (mid) => `${REPEATED.join('\r\n')}\r\n${mid}`);
}

/** Bytes of a message as it is sent. */
function bytesOf(message: object): number {
  return Buffer.byteLength(JSON.stringify({ ...message, seq: 1_000_000, ack: 1_000_000 }));
}

/** A room of so many with those tracks, in which `ear` answers whatever it is offered; the largest messages there were. */
async function fill(
  people: number,
  tracks: Readonly<Record<string, string>>,
  lastN: number,
  form: Parameters<typeof answerOf>[1],
) {
  const sfu = new SfuHarness(1, lastN);
  // Ids of the server have so many characters.
  const nameOf = (index: number) => `p${String(index).padStart(15, '0')}`;
  const largest = { offer: 0, answer: 0 };
  let answered = 0;
  const listen = async () => {
    const offers = sfu.all('ear', 'offer');
    for (; answered < offers.length; answered++) {
      const offer = offers[answered]!;
      const sdp = answerOf(offer.sdp, form);
      largest.offer = Math.max(largest.offer, bytesOf(offer));
      largest.answer = Math.max(
        largest.answer,
        bytesOf({ type: 'answer', to: 'sfu', sdp, connection: 'down' }),
      );
      sfu.nowMs += 1000;
      await sfu.answer('large', 'ear', sdp);
    }
  };
  await sfu.put('large', 'ear', {}, 'viewer');
  for (let index = 0; index < people; index++) await sfu.put('large', nameOf(index), tracks);
  for (let index = 0; index < people; index++) {
    await sfu.offer('large', nameOf(index), offerOf(tracks));
    if (index % 20 === 19) await listen();
  }
  for (let round = 0; round < 3; round++) {
    const participantIds = [people - 1 - round, 40, 60].map(nameOf);
    sfu.service.handleReport(0, { kind: 'spoken', room: 'large', participantIds });
    await sfu.settle();
    await listen();
  }
  await listen();
  assert.equal(sfu.all('ear', 'mediaRefused').length, 0);
  return { sfu, largest, sent: sfu.sent('ear') };
}

/** Ids as long as they may be. */
const idOf = (name: string): string => name.padEnd(WireLimit.identifier, '-');
const TRACKS = { [idOf('mic')]: 'audio microphone', [idOf('cam')]: 'video camera' };

test('repeated lines of a recorded answer are known', () => {
  assert.equal(REPEATED.length, 6);
});

test('a hundred people fit into the messages of a browser, each heard, the last who spoke seen', async () => {
  const { sent, largest } = await fill(100, TRACKS, 25, 'as Chromium writes it');
  assert.equal(sent.filter(({ kind }) => kind === 'audio').length, 100);
  assert.equal(sent.filter(({ kind }) => kind === 'video').length, 25);
  for (const name of ['p000000000000097', 'p000000000000040', 'p000000000000060']) {
    assert.ok(
      sent.some((one) => one.kind === 'video' && one.participantId === name),
      name,
    );
  }
  const mids = new Set(sent.map(({ mid }) => mid));
  assert.ok(mids.size === 125 && Math.max(...[...mids].map(Number)) === 124, 'no m-section but those in use');
  assert.ok(largest.offer <= WireLimit.sdpMessageBytes, `an offer of ${largest.offer}`);
  assert.ok(largest.answer <= WireLimit.sdpMessageBytes, `an answer of ${largest.answer}`);
});

test('the most m-sections there can be fit into the messages of the SDK, however many are in the room', async () => {
  const tracks = { ...TRACKS, [idOf('screen')]: 'video screen' };
  const { sent, largest } = await fill(105, tracks, MOST_SECTIONS.cameras, 'as the SDK sends it');
  assert.equal(sent.length, MOST_SECTIONS.audio + MOST_SECTIONS.cameras + MOST_SECTIONS.screens);
  assert.ok(largest.offer <= WireLimit.sdpMessageBytes, `an offer of ${largest.offer}`);
  assert.ok(largest.answer <= WireLimit.sdpMessageBytes, `an answer of ${largest.answer}`);
});
