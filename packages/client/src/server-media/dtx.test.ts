import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withDtx } from './dtx.js';

const section = (kind: string, trackId: string, parameters = '111 minptime=10;useinbandfec=1'): string =>
  [
    `m=${kind} 9 UDP/TLS/RTP/SAVPF 111 63`,
    `a=msid:${trackId} x`,
    'a=rtpmap:111 opus/48000/2',
    `a=fmtp:${parameters}`,
    'a=fmtp:63 111/111',
    '',
  ].join('\r\n');

test('silence is left out of speech, and of nothing else', () => {
  const head = 'v=0\r\na=fmtp:111 none\r\n';
  const offer = `${head}${section('audio', 'voice')}${section('audio', 'music')}${section('video', 'voice')}`;
  const written = withDtx(offer, (trackId) => trackId === 'voice');
  const speech = section('audio', 'voice', '111 minptime=10;useinbandfec=1;usedtx=1');
  assert.equal(written, `${head}${speech}${section('audio', 'music')}${section('video', 'voice')}`);
  assert.equal(
    withDtx(written, (trackId) => trackId === 'voice'),
    written,
    'it is said once',
  );
});
