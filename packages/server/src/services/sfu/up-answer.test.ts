import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BROWSERS, fixture, LOCAL } from './fixtures.test-support.js';
import { writeUpAnswer } from './up-answer.js';
import { readUpOffer } from './up-offer.js';

function answer(sdp: string): string[] {
  const read = readUpOffer(sdp);
  assert.ok(read.ok);
  return writeUpAnswer(read.offer, LOCAL, { sessionId: '77', version: 3 }).split('\r\n');
}

/** Lines of the m-section with that index; -1: of the session. */
function section(lines: readonly string[], index: number): string[] {
  const starts = lines.flatMap((line, at) => (line.startsWith('m=') ? [at] : []));
  return index === -1 ? lines.slice(0, starts[0]) : lines.slice(starts[index], starts[index + 1]);
}

test('an answer says who the server is and where it is reached, once', () => {
  for (const browser of BROWSERS) {
    const lines = answer(fixture(browser, 'offer-simulcast-and-data'));
    assert.deepEqual(section(lines, -1), [
      'v=0',
      'o=- 77 3 IN IP4 127.0.0.1',
      's=-',
      't=0 0',
      'a=group:BUNDLE 0 1 2',
      'a=extmap-allow-mixed',
      'a=msid-semantic: WMS *',
      'a=ice-lite',
      'a=ice-ufrag:ufragOfOurs',
      'a=ice-pwd:passwordOfOursThatIsLong',
      `a=fingerprint:sha-256 ${LOCAL.fingerprint.value}`,
      'a=setup:passive',
    ]);
    const candidates = [
      'a=candidate:1 1 udp 2130706431 192.0.2.7 40000 typ host',
      'a=candidate:2 1 tcp 1520435199 192.0.2.7 40000 typ host tcptype passive',
      'a=candidate:3 1 udp 2130706175 2001:db8::7 40000 typ host',
      'a=candidate:4 1 tcp 1520434943 2001:db8::7 40000 typ host tcptype passive',
      'a=end-of-candidates',
    ];
    assert.deepEqual(
      lines.filter((line) => line.includes('candidate')),
      candidates,
    );
    assert.equal(section(lines, 0).filter((line) => line.includes('candidate')).length, 5);
  }
});

test('all tracks are received, the data channel is rejected, simulcast is taken as offered', () => {
  for (const browser of BROWSERS) {
    const lines = answer(fixture(browser, 'offer-simulcast-and-data'));
    assert.deepEqual(
      lines
        .filter((line) => /^m=|^a=(recvonly|inactive|simulcast|rid)/.test(line))
        .map((line) => line.split(' ', 2).join(' ')),
      [
        ...['m=audio 9', 'a=recvonly'],
        ...[
          'm=video 9',
          'a=recvonly',
          'a=rid:l recv',
          'a=rid:m recv',
          'a=rid:h recv',
          'a=simulcast:recv l;m;h',
        ],
        ...['m=video 9', 'a=recvonly'],
        ...['m=application 0', 'a=inactive'],
      ],
    );
  }
});

test('codecs of Firefox with its payload types, extensions with its ids and the other direction', () => {
  const lines = answer(fixture('firefox-153', 'offer-simulcast-and-data'));
  assert.deepEqual(
    section(lines, 0).filter((line) => /rtpmap|fmtp|rtcp-fb|extmap/.test(line)),
    [
      'a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level',
      'a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid',
      'a=extmap:7 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
      'a=rtpmap:109 opus/48000/2',
      'a=rtcp-fb:109 transport-cc',
      'a=fmtp:109 minptime=10;useinbandfec=1',
    ],
  );
  const video = section(lines, 1);
  assert.equal(video[0], 'm=video 9 UDP/TLS/RTP/SAVPF 120 124 121 125 99 100');
  assert.ok(video.includes('a=extmap:9/recvonly urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id'));
  assert.deepEqual(
    video.filter((line) => /:(120|124) /.test(line)),
    [
      'a=rtpmap:120 VP8/90000',
      'a=rtcp-fb:120 goog-remb',
      'a=rtcp-fb:120 transport-cc',
      'a=rtcp-fb:120 ccm fir',
      'a=rtcp-fb:120 nack',
      'a=rtcp-fb:120 nack pli',
      'a=rtpmap:124 rtx/90000',
      'a=fmtp:124 apt=120',
    ],
  );
});

test('silence is left out where the client says it wants that; red repeats opus', () => {
  const offer = fixture('chromium-156', 'offer-camera');
  const audio = section(answer(offer.replace('useinbandfec=1', 'useinbandfec=1;usedtx=1')), 0);
  assert.ok(audio.includes('a=fmtp:111 minptime=10;useinbandfec=1;usedtx=1'));
  assert.ok(audio.includes('a=fmtp:63 111/111'));
});

test('what the client does not send is inactive; candidates go to the first section that is used', () => {
  const offer = fixture('chromium-156', 'offer-camera');
  const idle = answer(offer.replace('a=sendonly', 'a=inactive'));
  assert.ok(section(idle, 0).includes('a=inactive'));
  assert.ok(section(idle, 1).includes('a=recvonly'));
  const stopped = answer(offer.replace('m=audio 9', 'm=audio 0'));
  assert.equal(section(stopped, 0)[0]?.slice(0, 9), 'm=audio 0');
  assert.ok(stopped.includes('a=group:BUNDLE 1'));
  assert.ok(section(stopped, 1).includes('a=end-of-candidates'));
});

test('nothing of an offer comes back but mids, numbers and RIDs', () => {
  const offer = fixture('chromium-156', 'offer-camera')
    .replace('minptime=10', 'x-evil=1;minptime=10')
    .replace(/a=msid:\S+/g, 'a=msid:evil')
    .replace(/cname:\S+/g, 'cname:evil')
    .replace('urn:3gpp:video-orientation', 'urn:evil');
  assert.doesNotMatch(answer(offer).join('\n'), /evil/);
});
