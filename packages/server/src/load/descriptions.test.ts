import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readDownAnswer } from '../services/sfu/down-answer.js';
import { writeDownOffer } from '../services/sfu/down-offer.js';
import type { DownSlot } from '../services/sfu/down-offer.js';
import { readUpOffer } from '../services/sfu/up-offer.js';
import { EXTENSION, writeDownAnswer, writeUpOffer } from './client-description.js';
import { readServerDescription } from './server-description.js';

const FINGERPRINT = Array.from({ length: 32 }, () => 'AB').join(':');
const LOCAL = {
  iceUfrag: 'clie',
  icePwd: 'clientPasswordForDescriptions',
  fingerprints: [{ algorithm: 'sha-256', value: FINGERPRINT }],
} as const;
const SERVER = {
  iceUfrag: 'serv',
  icePwd: 'serverPasswordForDescriptions',
  fingerprint: { algorithm: 'sha-256', value: FINGERPRINT },
  endpoints: { addresses: ['::1', '192.0.2.7'], port: 40_000 },
} as const;
const ORIGIN = { sessionId: '1', version: 1 };
const SLOT: DownSlot = {
  mid: '0',
  kind: 'video',
  state: 'open',
  codecs: [{ name: 'VP8', payloadType: 96, rtxPayloadType: 97, clockRate: 90_000, parameters: '' }],
  carried: { participantId: 'p', trackId: 't', source: 'camera', ssrc: 11, rtxSsrc: 12 },
};

describe('descriptions of a load client', () => {
  test('its offer says which streams it sends, simulcast or not', () => {
    const read = readUpOffer(
      writeUpOffer(LOCAL, [
        { kind: 'audio', mid: '0', trackId: 'audio1', ssrcs: [5] },
        { kind: 'video', mid: '1', trackId: 'video1', ssrcs: [6, 7, 8] },
      ]),
    );
    assert.ok(read.ok);
    assert.equal(read.offer.remote.dtlsRole, 'client');
    const sections = read.offer.sections.map((section) =>
      section.state === 'rejected' ? section.state : [section.state, section.trackId, section.encodings],
    );
    assert.deepEqual(sections, [
      ['sending', 'audio1', [{ ssrc: 5 }]],
      ['sending', 'video1', [{ rid: 'q' }, { rid: 'h' }, { rid: 'f' }]],
    ]);
  });

  test('it reads where the server is and what it sends', () => {
    const { address, iceUfrag, icePwd, fingerprints, sections } = readServerDescription(
      writeDownOffer([SLOT], SERVER, ORIGIN),
    );
    assert.deepEqual(address, { family: 4, bytes: new Uint8Array([192, 0, 2, 7]), port: 40_000 });
    assert.deepEqual([iceUfrag, icePwd], [SERVER.iceUfrag, SERVER.icePwd]);
    assert.deepEqual(fingerprints, [SERVER.fingerprint]);
    const [section] = sections;
    assert.deepEqual([section?.mid, section?.kind, section?.direction], ['0', 'video', 'sendonly']);
    assert.deepEqual(
      section?.codecs.map(({ name, payloadType, rtxPayloadType }) => [name, payloadType, rtxPayloadType]),
      [['vp8', 96, 97]],
    );
    assert.deepEqual([...(section?.repairs ?? [])], [[12, 11]]);
    assert.equal(section?.extensions.get(EXTENSION.transportWideCc), 3);
  });

  test('its answer takes what is offered, and leaves what is refused', () => {
    const slots: DownSlot[] = [SLOT, { ...SLOT, mid: '1', state: 'refused' }];
    const offer = readServerDescription(writeDownOffer(slots, SERVER, ORIGIN));
    const read = readDownAnswer(writeDownAnswer(LOCAL, offer), slots);
    assert.ok(read.ok);
    assert.deepEqual(
      read.answer?.sections.map((section) =>
        section.state === 'accepted'
          ? section.codecs.map(({ rtxPayloadType }) => rtxPayloadType)
          : section.state,
      ),
      [[97], 'refused'],
    );
    assert.equal(read.answer.remote?.dtlsRole, 'client');
  });

  test('a description without a transport is refused', () => {
    assert.throws(
      () => readServerDescription('v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n'),
      /ICE credentials/,
    );
  });
});
