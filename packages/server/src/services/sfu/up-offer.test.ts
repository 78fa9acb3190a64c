import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BROWSERS, fixture } from './fixtures.test-support.js';
import { readUpOffer } from './up-offer.js';
import type { UpOffer } from './up-offer.js';

function read(sdp: string): UpOffer {
  const result = readUpOffer(sdp);
  assert.ok(result.ok, result.ok ? '' : result.reason);
  return result.offer;
}

/** What a section is, in one line. */
function outline({ sections }: UpOffer): string[] {
  return sections.map((section) => {
    if (section.state === 'rejected') return `${section.mid} rejected ${section.type}`;
    const { mid, state, kind, encodings } = section;
    const names = encodings.map(
      ({ rid, ssrc, rtxSsrc }) => rid ?? (rtxSsrc ? 'ssrc+rtx' : ssrc ? 'ssrc' : 'mid'),
    );
    return `${mid} ${state} ${kind} ${names.join()}`;
  });
}

test('offers of browsers are read: tracks, simulcast and data channels', () => {
  for (const browser of BROWSERS) {
    const camera = read(fixture(browser, 'offer-camera'));
    assert.deepEqual(outline(camera), ['0 sending audio ssrc', '1 sending video ssrc+rtx'], browser);
    assert.deepEqual(
      outline(read(fixture(browser, 'offer-simulcast-and-data'))),
      ['0 sending audio ssrc', '1 sending video l,m,h', '2 sending video ssrc+rtx', '3 rejected application'],
      browser,
    );
    assert.deepEqual(
      outline(read(fixture(browser, 'offer-stopped'))),
      ['0 sending audio ssrc', '1 sending video l,m,h', '2 rejected video', '3 rejected application'],
      browser,
    );
    const [fingerprint] = camera.remote.fingerprints;
    assert.equal(fingerprint?.algorithm, 'sha-256');
    assert.equal(camera.remote.dtlsRole, 'client');
    assert.ok(fixture(browser, 'offer-camera').includes(`a=ice-pwd:${camera.remote.icePwd}\r\n`));
  }
});

test('the id of the MediaStream is the id of the track, in the braces of Firefox too', () => {
  for (const browser of BROWSERS) {
    const sdp = fixture(browser, 'offer-camera');
    const streams = [...sdp.matchAll(/^a=msid:(\S+) /gm)].map((match) => match[1]);
    const ids = read(sdp).sections.map((section) => (section.state === 'rejected' ? '' : section.trackId));
    assert.deepEqual(ids, streams);
  }
});

test('codecs keep the order and the payload types of the offer, formats their own names', () => {
  const codecs = (sdp: string, index: number) => {
    const section = read(sdp).sections[index]!;
    assert.ok(section.state !== 'rejected');
    return section.codecs.map(({ name, payloadType, rtxPayloadType = '-', parameters }) =>
      `${payloadType}/${rtxPayloadType} ${name} ${parameters}`.trim(),
    );
  };
  assert.deepEqual(codecs(fixture('chromium-156', 'offer-camera'), 0), [
    '111/- opus minptime=10;useinbandfec=1',
    '63/- red',
  ]);
  assert.deepEqual(codecs(fixture('firefox-153', 'offer-camera'), 0), [
    '109/- opus minptime=10;useinbandfec=1',
  ]);
  assert.deepEqual(codecs(fixture('firefox-153', 'offer-camera'), 1), [
    '120/124 VP8',
    '121/125 VP9 profile-id=0',
    '99/100 AV1 level-idx=5;profile=0;tier=0',
  ]);
  const chromium = codecs(fixture('chromium-156', 'offer-camera'), 1);
  assert.deepEqual(chromium.slice(0, 2), [
    '96/97 VP8',
    '102/103 H264 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f',
  ]);
  assert.equal(chromium.length, 10);
});

/** What must be refused (threat D4, and descriptions that cannot work), made of a good offer by a replacement. */
const BROKEN: readonly [what: string, pattern: RegExp, by: string, reason: RegExp][] = [
  ['RTP without encryption', /UDP\/TLS\/RTP\/SAVPF/g, 'RTP/AVP', /protocol/],
  ['RTP with feedback, without encryption', /UDP\/TLS\/RTP\/SAVPF/g, 'RTP/AVPF', /protocol/],
  ['keys in the description', /UDP\/TLS\/RTP\/SAVPF/g, 'RTP/SAVPF', /protocol/],
  ['one section without encryption', /m=video 9 UDP\/TLS\/RTP\/SAVPF/, 'm=video 9 RTP/AVP', /protocol/],
  [
    'a disabled section without encryption',
    /m=video 9 UDP\/TLS\/RTP\/SAVPF/,
    'm=video 0 RTP/AVP',
    /protocol/,
  ],
  ['DTLS over TCP', /UDP\/TLS\/RTP\/SAVPF/g, 'TCP/DTLS/RTP/SAVPF', /protocol/],
  ['a data channel without encryption', /m=video 9 \S+/, 'm=application 9 SCTP', /protocol/],
  ['SDES beside DTLS', /a=rtcp-mux/, 'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x\r\na=rtcp-mux', /a=crypto/],
  ['malformed SDES', /a=rtcp-mux/, 'a=crypto\r\na=rtcp-mux', /a=crypto/],
  ['SDES for the session', /t=0 0/, 't=0 0\r\na=crypto:1 NULL inline:x', /a=crypto/],
  ['no fingerprint', /a=fingerprint:.*\r\n/g, '', /fingerprint/],
  ['SHA-1', /a=fingerprint:.*/g, `a=fingerprint:sha-1 ${hex(20)}`, /fingerprint/],
  ['MD5', /a=fingerprint:.*/g, `a=fingerprint:md5 ${hex(16)}`, /fingerprint/],
  ['a digest that is too short', /a=fingerprint:.*/g, `a=fingerprint:sha-256 ${hex(20)}`, /fingerprint/],
  ['a digest that is too long', /a=fingerprint:.*/g, `a=fingerprint:sha-256 ${hex(33)}`, /fingerprint/],
  ['a digest of a prototype', /a=fingerprint:.*/g, `a=fingerprint:constructor ${hex(32)}`, /fingerprint/],
  ['no setup', /a=setup:.*\r\n/g, '', /setup/],
  ['nobody connects', /a=setup:.*/g, 'a=setup:holdconn', /setup/],
  ['the server is to connect', /a=setup:.*/g, 'a=setup:passive', /setup/],
  ['setup of a prototype', /a=setup:.*/g, 'a=setup:toString', /setup/],
  ['setup twice', /a=setup:actpass/, 'a=setup:actpass\r\na=setup:active', /twice/],
  ['no ufrag', /a=ice-ufrag:.*\r\n/g, '', /ufrag/],
  ['a ufrag that is too short', /a=ice-ufrag:.*/g, 'a=ice-ufrag:abc', /ufrag/],
  ['a ufrag of other characters', /a=ice-ufrag:.*/g, 'a=ice-ufrag:ab:cd', /ufrag/],
  ['a ufrag that is too long', /a=ice-ufrag:.*/g, `a=ice-ufrag:${'x'.repeat(257)}`, /ufrag/],
  ['no password', /a=ice-pwd:.*\r\n/g, '', /pwd/],
  ['a password that is too short', /a=ice-pwd:.*/g, 'a=ice-pwd:abcdefghijklmnopqrstu', /pwd/],
  ['ICE-lite', /t=0 0/, 't=0 0\r\na=ice-lite', /ICE-lite/],
  ['no rtcp-mux', /a=rtcp-mux\r\n/g, '', /rtcp-mux/],
  ['one section without rtcp-mux', /a=rtcp-mux\r\n(?=[^]*m=video)/, '', /rtcp-mux/],
  ['no BUNDLE', /a=group:BUNDLE.*\r\n/, '', /BUNDLE/],
  ['BUNDLE without the video', /a=group:BUNDLE 0 1/, 'a=group:BUNDLE 0', /BUNDLE/],
  ['BUNDLE with what is not there', /a=group:BUNDLE 0 1/, 'a=group:BUNDLE 0 1 2', /BUNDLE/],
  ['BUNDLE twice', /a=group:BUNDLE 0 1/, 'a=group:BUNDLE 0\r\na=group:BUNDLE 1', /BUNDLE/],
  ['one mid twice', /a=mid:1/, 'a=mid:0', /mid/],
  ['no mid', /a=mid:0\r\n/, '', /mid/],
  ['a mid for no header', /a=mid:0/, `a=mid:${'0'.repeat(17)}`, /mid/],
  ['one extension id twice', /a=extmap:4 /, 'a=extmap:3 ', /extensions/],
  ['a reserved extension id', /a=extmap:\d+ (?=urn:\S+:mid)/g, 'a=extmap:15 ', /extensions/],
  [
    'another id in another section',
    /a=extmap:\d+ (?=urn:\S+:mid)(?=[^]*m=video)/,
    'a=extmap:9 ',
    /two meanings/,
  ],
  ['a text stream', /m=video/, 'm=text', /type/],
  ['no origin', /o=.*\r\n/, '', /origin/],
  ['no media', /m=[^]*/, '', /m-section/],
  ['no codec that is known', /rtpmap:(\d+) (opus|VP8|VP9|AV1|H264)\//g, 'rtpmap:$1 G729/', /received/],
  ['no SSRC of 32 bits', /a=ssrc:\d+/, 'a=ssrc:4294967296', /SSRC/],
];

test('downgraded and broken offers are refused, and nothing of them is said again', () => {
  for (const browser of BROWSERS) {
    const good = fixture(browser, 'offer-camera');
    for (const [what, pattern, by, reason] of BROKEN) {
      const sdp = good.replace(pattern, by);
      assert.notEqual(sdp, good, `${browser}: ${what} changes nothing`);
      const result = readUpOffer(sdp);
      assert.equal(result.ok, false, `${browser}: ${what}`);
      assert.match(result.reason, reason, `${browser}: ${what}`);
    }
  }
});

test('limits: length, lines, m-sections, header extensions, SSRCs', () => {
  const good = fixture('chromium-156', 'offer-camera');
  const video = /m=video[^]*$/.exec(good)![0].replace(/a=ssrc.*\r\n/g, '');
  const sections = (count: number) => {
    const mids = Array.from({ length: count }, (_, index) => index + 1);
    const short = video
      .replace(/a=(rtpmap|fmtp|rtcp-fb):(?!96 )\d+ .*\r\n/g, '')
      .replace(/a=extmap.*\r\n/g, '');
    const all = mids.map((mid) => short.replace('a=mid:1', `a=mid:${mid}`)).join('');
    return good.replace(/m=video[^]*$/, all).replace('BUNDLE 0 1', `BUNDLE 0 ${mids.join(' ')}`);
  };
  const extensions = (count: number) =>
    good.replace('a=extmap:14 ', (line) => {
      const more = Array.from(
        { length: count - video.split('a=extmap:').length + 1 },
        (_, index) => `a=extmap:${20 + index} urn:x:${index}\r\n`,
      );
      return more.join('') + line;
    });
  const ssrcs = (count: number) =>
    good + Array.from({ length: count - 3 }, (_, index) => `a=ssrc:${index + 1} cname:x\r\n`).join('');
  const cases: readonly [sdp: string, isOk: boolean][] = [
    [good + 'a=x\r\n'.repeat(2500), true],
    [good + 'a=x\r\n'.repeat(2731), false],
    [`${good}a=x:${'x'.repeat(8000)}\r\n`, true],
    [`${good}a=x:${'x'.repeat(8200)}\r\n`, false],
    [good + `a=x:${'x'.repeat(8000)}\r\n`.repeat(8), false],
    [sections(63), true],
    [sections(64), false],
    [extensions(16), true],
    [extensions(17), false],
    [ssrcs(32), true],
    [ssrcs(33), false],
  ];
  for (const [index, [sdp, isOk]] of cases.entries()) {
    const result = readUpOffer(sdp);
    assert.equal(result.ok, isOk, `case ${index}: ${result.ok ? 'taken' : result.reason}`);
  }
});

test('all fingerprints of a section count, not the last alone', () => {
  const good = fixture('chromium-156', 'offer-camera');
  const more = `a=fingerprint:sha-512 ${hex(64)}\r\na=fingerprint:sha-1 ${hex(20)}\r\n`;
  const { fingerprints } = read(good.replaceAll('a=setup:', `${more}a=setup:`)).remote;
  assert.deepEqual(
    fingerprints.map(({ algorithm }) => algorithm),
    ['sha-256', 'sha-512'],
  );
});

test('texts that look like numbers stay as they are written', () => {
  const good = fixture('chromium-156', 'offer-camera');
  const { iceUfrag, icePwd } = read(
    good
      .replace(/a=ice-ufrag:.*/g, 'a=ice-ufrag:12345678')
      .replace(/a=ice-pwd:.*/g, 'a=ice-pwd:1234567890123456789012'),
  ).remote;
  assert.equal(iceUfrag, '12345678');
  assert.equal(icePwd, '1234567890123456789012');
});

test('no text throws, whatever stands in it', () => {
  const fixtures = BROWSERS.flatMap((browser) => [
    fixture(browser, 'offer-camera'),
    fixture(browser, 'offer-simulcast-and-data'),
  ]);
  const lines = fixtures.flatMap((sdp) => sdp.split('\r\n'));
  const mutated = fc
    .tuple(
      fc.constantFrom(...fixtures),
      fc.nat(),
      fc.oneof(fc.string(), fc.constantFrom(...lines)),
      fc.nat(40),
    )
    .map(([sdp, at, piece, cut]) => {
      const where = at % sdp.length;
      return sdp.slice(0, where) + piece + sdp.slice(where + cut);
    });
  const shuffled = fc.array(fc.constantFrom(...lines), { maxLength: 60 }).map((some) => some.join('\r\n'));
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), mutated, shuffled), (sdp) => {
      assert.equal(typeof readUpOffer(sdp).ok, 'boolean');
    }),
    { numRuns: 3000 },
  );
});

function hex(bytes: number): string {
  return Array.from({ length: bytes }, () => 'AB').join(':');
}
