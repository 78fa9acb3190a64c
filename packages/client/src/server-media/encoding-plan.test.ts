import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { activeEncodings, planDegradation, planEncodings } from './encoding-plan.js';
import type { EncodedTrack } from './encoding-plan.js';

const camera = (width?: number, height?: number): EncodedTrack => ({
  kind: 'video',
  source: 'camera',
  width,
  height,
});

describe('encodings sent to the media server', () => {
  test('a camera of 720p goes in three sizes, the smallest first, each with its bitrate', () => {
    const encodings = planEncodings(camera(1280, 720), 'VP8');
    assert.deepEqual(
      encodings.map(({ rid, scaleResolutionDownBy }) => [rid, scaleResolutionDownBy]),
      [
        ['q', 4],
        ['h', 2],
        ['f', 1],
      ],
    );
    const [quarter, half, full] = encodings.map(({ maxBitrate }) => maxBitrate!);
    assert.equal(full, 1_700_000);
    assert.ok(half! > 450_000 && half! < 550_000, `${half}`);
    assert.ok(quarter! > 120_000 && quarter! < 180_000, `${quarter}`);
  });

  test('the smaller the picture, the fewer sizes; a phone held upright counts like one held flat', () => {
    for (const [width, height, count] of [
      [1920, 1080, 3],
      [720, 1280, 3],
      [640, 480, 2],
      [480, 270, 2],
      [320, 180, 1],
    ] as const) {
      assert.equal(planEncodings(camera(width, height), 'H264').length, count, `${width}x${height}`);
    }
    assert.equal(planEncodings(camera(320, 180), 'VP8')[0]!.rid, undefined, 'one size needs no name');
  });

  test('a capture whose size is not known counts as 720p', () => {
    assert.deepEqual(planEncodings(camera(), 'VP8'), planEncodings(camera(1280, 720), 'VP8'));
  });

  test('a picture that takes the place of another goes in as many sizes as that', () => {
    const encodings = planEncodings(camera(320, 180), 'VP8', 3);
    assert.deepEqual(
      encodings.map(({ rid }) => rid),
      ['q', 'h', 'f'],
    );
    assert.ok(encodings.every(({ maxBitrate }) => maxBitrate! >= 80_000));
  });

  test('VP9 and AV1 have their sizes as layers of one encoding', () => {
    for (const codec of ['VP9', 'AV1'] as const) {
      const modes = [camera(1280, 720), camera(640, 360), camera(320, 180)].map(
        (track) => (planEncodings(track, codec)[0] as { scalabilityMode?: string }).scalabilityMode,
      );
      assert.deepEqual(modes, ['L3T3_KEY', 'L2T3_KEY', 'L1T3']);
    }
  });

  test('a screen goes in one size, and says what it gives up first', () => {
    const screen = { kind: 'video', source: 'screen', width: 2560, height: 1440 } as const;
    const [text] = planEncodings({ ...screen, contentHint: 'detail' }, 'VP8');
    const films = planEncodings({ ...screen, contentHint: 'motion' }, 'VP8');
    assert.equal(films.length, 1);
    assert.ok(films[0]!.maxFramerate! > text!.maxFramerate!);
    assert.ok(text!.maxBitrate! <= 2_500_000);
    assert.equal(planDegradation({ ...screen, contentHint: 'detail' }), 'maintain-resolution');
    assert.equal(planDegradation({ ...screen, contentHint: 'motion' }), 'maintain-framerate');
    assert.equal(planDegradation(camera()), 'balanced');
  });

  test('a voice needs less than the sound of a film', () => {
    const bitrateOf = (source: 'microphone' | 'screenAudio'): number =>
      planEncodings({ kind: 'audio', source }, 'VP8')[0]!.maxBitrate!;
    assert.ok(bitrateOf('microphone') < bitrateOf('screenAudio'));
  });
});

describe('encodings that are wanted', () => {
  const sizes = ['q', 'h', 'f'];
  for (const [what, sent, wanted, active] of [
    ['all, before the server has said anything', sizes, undefined, [true, true, true]],
    ['those that are named', sizes, ['h'], [false, true, false]],
    ['none, when nobody wants any', sizes, [], [false, false, false]],
    ['the smallest, when one is wanted that is not sent', sizes, ['x'], [true, false, false]],
    ['the only one, which has no name', [undefined], [''], [true]],
    ['the only one not, when nobody wants it', [undefined], [], [false]],
  ] as const) {
    test(what, () => {
      assert.deepEqual(activeEncodings(sent, wanted), active);
    });
  }
});
