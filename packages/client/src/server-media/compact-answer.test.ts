import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compactAnswer } from './compact-answer.js';

const TRANSPORT = [
  'a=rtcp:9 IN IP4 0.0.0.0',
  'a=candidate:1 1 udp 1 192.0.2.1 9 typ host',
  'a=end-of-candidates',
  'a=ice-ufrag:abcd',
  'a=ice-pwd:abcdefghijklmnopqrstuv',
  'a=ice-options:trickle',
  'a=fingerprint:sha-256 AA',
  'a=setup:active',
];
const MEDIA = ['a=recvonly', 'a=rtcp-mux', 'a=rtcp-rsize', 'a=rtcp-fb:96 nack', 'a=rtpmap:96 VP8/90000'];

function answer(bundle: string, mids: readonly string[], full: readonly string[]): string {
  const group = bundle === '' ? [] : [`a=group:BUNDLE ${bundle}`];
  const sections = mids.flatMap((mid) => [
    ...['m=video 9 UDP/TLS/RTP/SAVPF 96', 'c=IN IP4 0.0.0.0', `a=mid:${mid}`],
    ...(full.includes(mid) ? TRANSPORT : []),
    ...MEDIA,
  ]);
  return [...['v=0', 'o=- 1 2 IN IP4 127.0.0.1', 's=-', 't=0 0'], ...group, ...sections, ''].join('\r\n');
}

test('the transport stands in the first m-section of the group alone, and in those outside of it', () => {
  const mids = ['0', '1', '2', '3'];
  assert.equal(compactAnswer(answer('1 2 3', mids, mids)), answer('1 2 3', mids, ['0', '1']));
});

test('without a group every m-section keeps its transport', () => {
  const sdp = answer('', ['0', '1'], ['0', '1']);
  assert.equal(compactAnswer(sdp), sdp);
});
