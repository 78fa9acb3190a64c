import assert from 'node:assert/strict';
import { carriedCodecs } from '@madang/server/services/sfu/codecs';
import type { LocalTransport } from '@madang/server/services/sfu/description-lines';
import { readDownAnswer } from '@madang/server/services/sfu/down-answer';
import type { DownSlot } from '@madang/server/services/sfu/down-offer';
import { writeUpAnswer } from '@madang/server/services/sfu/up-answer';
import { readUpOffer } from '@madang/server/services/sfu/up-offer';

const LOCAL: LocalTransport = {
  iceUfrag: 'ufrag',
  icePwd: 'passwordpasswordpassword',
  fingerprint: { algorithm: 'sha-256', value: Array.from({ length: 32 }, () => 'AB').join(':') },
  endpoints: { addresses: ['192.0.2.1'], port: 40_000 },
};

const OPUS = {
  name: 'opus',
  payloadType: 111,
  clockRate: 48_000,
  parameters: 'minptime=10;useinbandfec=1',
} as const;
const VP8 = { name: 'VP8', payloadType: 96, clockRate: 90_000, parameters: '' } as const;

/** The slots the corpus has answers to. */
const SLOTS: readonly DownSlot[] = [
  { mid: '0', kind: 'audio', state: 'open', codecs: carriedCodecs('audio', [OPUS]) },
  { mid: '1', kind: 'video', state: 'open', codecs: carriedCodecs('video', [VP8]) },
  { mid: '2', kind: 'video', state: 'refused', codecs: carriedCodecs('video', [VP8]) },
];

/**
 * A description as a client may send it, as offer and as answer. Nothing throws; what is taken is within the limits, and
 * what is answered says nothing that was not meant.
 */
export default function mediaDescription(bytes: Uint8Array): void {
  const sdp = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
  checkOffer(sdp);
  checkAnswer(sdp);
}

function checkOffer(sdp: string): void {
  const read = readUpOffer(sdp);
  if (!read.ok) {
    assert.ok(read.reason.length > 0);
    return;
  }
  const { sections, remote } = read.offer;
  assert.ok(sections.length <= 64 && remote.fingerprints.length > 0 && remote.dtlsRole === 'client');
  let ssrcs = 0;
  for (const section of sections) {
    if (section.state === 'rejected') continue;
    assert.ok(section.codecs.length > 0 && section.encodings.length > 0 && section.extensions.length <= 8);
    for (const { ssrc, rtxSsrc } of section.encodings)
      ssrcs += Number(ssrc !== undefined) + Number(rtxSsrc !== undefined);
  }
  assert.ok(ssrcs <= 32);
  const answer = writeUpAnswer(read.offer, LOCAL, { sessionId: '1', version: 1 });
  const lines = answer.split('\r\n').slice(0, -1);
  assert.equal(lines.filter((line) => line.startsWith('m=')).length, sections.length);
  for (const line of lines) {
    // What comes back of the offer are numbers, mids, RIDs and the formats of rejected sections.
    assert.match(line, /^[a-z]=[^\r\n]*$/);
    if (line.startsWith('a=')) assert.match(line, /^a=[\w-]+(:[\x20-\x7e]*)?$/);
    assert.ok(!line.startsWith('a=crypto'));
  }
}

function checkAnswer(sdp: string): void {
  const read = readDownAnswer(sdp, SLOTS);
  if (!read.ok || read.answer === undefined) return;
  const { remote, sections } = read.answer;
  assert.equal(sections.length, SLOTS.length);
  assert.ok(remote === undefined || remote.fingerprints.length > 0);
  for (const [index, section] of sections.entries()) {
    if (section.state === 'refused') continue;
    const offered = SLOTS[index]!.codecs.map(({ payloadType }) => payloadType);
    for (const { payloadType } of section.codecs) assert.ok(offered.includes(payloadType));
    assert.equal(SLOTS[index]!.state, 'open');
  }
}
