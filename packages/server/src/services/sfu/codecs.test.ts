import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Codec } from '@madang/core/sfu/media-parameters';
import { carriedCodecs, FORMATS, formatOf } from './codecs.js';
import { HEADER_EXTENSIONS } from './header-extensions.js';

test('payload types and extension ids of the server mean one thing each', () => {
  const payloadTypes = FORMATS.flatMap(({ payloadType, rtxPayloadType }) =>
    [payloadType, rtxPayloadType ?? []].flat(),
  );
  assert.equal(new Set(payloadTypes).size, payloadTypes.length);
  // RFC 5761 section 4: what looks like RTCP, and static ones.
  for (const one of payloadTypes)
    assert.ok((one >= 35 && one <= 63) || (one >= 96 && one <= 127), String(one));
  const ids = HEADER_EXTENSIONS.flatMap(({ sentId }) => sentId ?? []);
  assert.equal(new Set(ids).size, ids.length);
  for (const id of ids) assert.ok(id >= 1 && id <= 14, String(id));
});

test('a format is known by its name, clock, channels and what tells variants apart', () => {
  const cases: readonly [described: string, parameters: string, format: string | undefined][] = [
    ['opus/48000/2', 'stereo=1', 'minptime=10;useinbandfec=1'],
    ['OPUS/48000/2', '', 'minptime=10;useinbandfec=1'],
    ['opus/48000/1', '', undefined],
    ['opus/16000/2', '', undefined],
    ['red/48000/2', '111/111', ''],
    ['vp8/90000/1', 'max-fs=12288;max-fr=60', ''],
    ['VP9/90000/1', '', 'profile-id=0'],
    ['VP9/90000/1', 'profile-id=2', 'profile-id=2'],
    ['VP9/90000/1', 'profile-id=1', undefined],
    ['AV1/90000/1', '', 'level-idx=5;profile=0;tier=0'],
    ['AV1/90000/1', 'profile=1', undefined],
    ['H264/90000/1', 'packetization-mode=1;profile-level-id=42E01F', h264(1, '42e01f')],
    ['H264/90000/1', 'packetization-mode=1; profile-level-id=42c034', h264(1, '42e01f')],
    ['H264/90000/1', 'profile-level-id=640c34;level-asymmetry-allowed=1', h264(0, '640c1f')],
    ['H264/90000/1', '', h264(0, '42001f')],
    ['H264/90000/1', 'packetization-mode=2;profile-level-id=42e01f', undefined],
    ['H264/90000/1', 'packetization-mode=1;profile-level-id=f4001f', undefined],
    ['H265/90000/1', '', undefined],
    ['red/90000/1', '', undefined],
    ['__proto__/90000/1', '__proto__=1;constructor=2', undefined],
  ];
  for (const [described, parameters, expected] of cases) {
    const [name = '', clockRate, channels] = described.split('/');
    const kind = clockRate === '90000' ? 'video' : 'audio';
    const codec = { name, clockRate: Number(clockRate), channels: Number(channels), parameters };
    assert.equal(formatOf(kind, codec)?.parameters, expected, `${described} ${parameters}`);
  }
});

test('receivers are offered what the sender begins with, and what it may fall back to', () => {
  const codec = (name: Codec['name'], payloadType: number, parameters: string): Codec => ({
    name,
    payloadType,
    clockRate: 90_000,
    parameters,
  });
  const [av1, vp8, vp9] = [
    codec('AV1', 35, 'level-idx=5;profile=0;tier=0'),
    codec('VP8', 120, ''),
    codec('VP9', 121, 'profile-id=0'),
  ];
  const offered = (...received: Codec[]) =>
    carriedCodecs('video', received).map(
      ({ payloadType, rtxPayloadType }) => `${payloadType}/${rtxPayloadType}`,
    );
  assert.deepEqual(offered(vp8, vp9, av1), ['96/97']);
  assert.deepEqual(offered(av1, vp9, vp8), ['45/46', '96/97']);
  assert.deepEqual(offered(vp9, av1), ['98/99']);
  assert.deepEqual(offered(), []);
});

function h264(mode: number, profileLevelId: string): string {
  return `level-asymmetry-allowed=1;packetization-mode=${mode};profile-level-id=${profileLevelId}`;
}
