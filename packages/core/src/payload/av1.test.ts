import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAv1 } from './av1.js';
import { FrameInfo } from './frame-info.js';

interface Case {
  readonly says: string;
  readonly payload: string;
  /** undefined: refused. */
  readonly expected: 'key' | 'start' | 'other' | undefined;
}

const CASES: readonly Case[] = [
  { says: 'a new sequence: sequence header, then a frame', payload: '28 02 0a 0b 32 aa bb', expected: 'key' },
  { says: 'a frame', payload: '10 32 aa', expected: 'start' },
  { says: 'a frame header with its length', payload: '00 02 1a aa', expected: 'start' },
  { says: 'a length of two octets', payload: `00 80 01 32 ${'aa '.repeat(127)}`, expected: 'start' },
  { says: 'a tile group of a frame that has begun', payload: '10 22 aa', expected: 'other' },
  { says: 'the continuation of an OBU', payload: '90 aa bb', expected: 'other' },
  { says: 'nothing', payload: '', expected: undefined },
  { says: 'an aggregation header alone', payload: '10', expected: undefined },
  { says: 'a length beyond the end', payload: '00 03 32 aa', expected: undefined },
  { says: 'a length of none', payload: '20 00 32 aa', expected: undefined },
  { says: 'a length that never ends', payload: '00 80 80 80 80 80 80', expected: undefined },
  { says: 'a continuation that begins a sequence', payload: '98 0a 0b', expected: undefined },
];

for (const { says, payload, expected } of CASES) {
  test(`AV1: ${says}`, () => {
    const content = Buffer.from(payload.replaceAll(' ', ''), 'hex');
    const bytes = new Uint8Array(content.length + 10).fill(0x55);
    bytes.set(content, 5);
    const info = new FrameInfo();
    assert.equal(parseAv1(bytes, 5, content.length, info), expected !== undefined);
    if (expected === undefined) return;
    assert.equal(info.startsKeyFrame, expected === 'key');
    assert.equal(info.startsFrame, expected !== 'other');
  });
}
