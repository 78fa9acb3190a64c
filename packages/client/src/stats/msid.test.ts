import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trackIdsByMid } from './msid.js';

test('each section is known by its mid, with the id of its stream', () => {
  const sdp = [
    'v=0',
    'a=msid-semantic: WMS one two',
    'm=audio 9 UDP/TLS/RTP/SAVPF 111',
    'a=mid:0',
    'a=msid:one 1f2e',
    'm=video 9 UDP/TLS/RTP/SAVPF 96',
    'a=msid:two',
    'a=msid:three 5d6c',
    'a=mid:1',
    'm=video 9 UDP/TLS/RTP/SAVPF 96',
    'a=mid:2',
    'a=msid:- 9a8b',
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    'a=mid:3',
  ].join('\r\n');
  assert.deepEqual(
    [...trackIdsByMid(sdp)],
    [
      ['0', 'one'],
      ['1', 'two'],
    ],
  );
});

test('nonsense has no tracks', () => {
  for (const text of [undefined, '', 'a=msid:', 'm=\na=mid:\na=msid: \n', 'a=msid:x\nm=audio\na=mid:0']) {
    assert.equal(trackIdsByMid(text).size, 0, JSON.stringify(text));
  }
});
