import assert from 'node:assert/strict';
import { payloadParserOf } from '../../payload/codec-parser.js';
import { FrameInfo } from '../../payload/frame-info.js';
import type { Instant } from '../../time/instant.js';
import { instant } from '../../time/instant.js';
import { buildVp8, buildVp9 } from './payload-builder.test-support.js';
import { Verdict } from './verdict.js';
import { VideoRewriter } from './video-rewriter.js';

/**
 * A scenario in lines, `step -> outcome`.
 *
 * Steps: `a100 @3000 S K M p5 l7 k1 t2 y s1 E` is a packet of encoding a with sequence number 100 and timestamp 3000 that
 * starts a frame (S), of a key frame (K), marked (M), with picture id 5 (`P5`: of 7 bits), TL0PICIDX 7, KEYIDX 1,
 * temporal layer 2, switching up (y), spatial layer 1, ending its frame (E), `f9` with frame number 9 of a dependency descriptor; `a100 @3000 empty` is padding. `target b s0 t2`
 * (or `target none`), `wait 33` (ms), `report a 1000 90000` (NTP ms, timestamp), `forget a`, `key?`, `nack 12`,
 * `time 1000`.
 *
 * Outcomes: `drop`, `fill 12 @0`, or what goes out in the form of a packet; of `nack`, with its source in front.
 */
export function playScenario(codec: 'VP8' | 'VP9', lines: readonly string[]): void {
  const play = new Play(codec);
  for (const line of lines) {
    const [step = '', outcome = ''] = line.split('->').map((part) => part.trim());
    assert.equal(play.do(step), outcome, `${step} (of ${lines.indexOf(line)})`);
  }
}

const ENCODINGS = 'abcdefgh';

class Play {
  readonly #codec: 'VP8' | 'VP9';
  readonly #rewriter: VideoRewriter;
  readonly #info = new FrameInfo();
  readonly #payloads = new Map<string, Uint8Array>();
  readonly #frameNumbers = new Map<string, number>();
  #now: Instant = instant(0);

  constructor(codec: 'VP8' | 'VP9') {
    this.#codec = codec;
    this.#rewriter = new VideoRewriter({ codec, clockRate: 90_000, firstSequence: 10, firstTimestamp: 0 });
  }

  do(step: string): string {
    const words = step.split(' ');
    const rewriter = this.#rewriter;
    const [verb = '', first = '', second = '', third = ''] = words;
    switch (verb) {
      case 'target':
        rewriter.setTarget(
          ENCODINGS.indexOf(first === 'none' ? '?' : first),
          numberAfter('s', words),
          numberAfter('t', words),
        );
        return '';
      case 'wait':
        this.#now = instant(this.#now + Number(first));
        return '';
      case 'report':
        rewriter.noteSenderReport(ENCODINGS.indexOf(first), Number(second), Number(third));
        return '';
      case 'forget':
        rewriter.forgetEncoding(ENCODINGS.indexOf(first));
        return '';
      case 'key?':
        return ENCODINGS[rewriter.needsKeyFrameOf()] ?? 'none';
      case 'time':
        return String(rewriter.timestampAt(Number(first)));
      case 'nack':
        return this.#lookUp(Number(first));
      default:
        return this.#offer(words);
    }
  }

  #lookUp(sequence: number): string {
    const rewriter = this.#rewriter;
    if (!rewriter.lookUp(sequence)) return 'unknown';
    const name = `${ENCODINGS[rewriter.sourceEncoding]}${rewriter.sourceSequence}`;
    return `${name} ${this.#describe(name)}`;
  }

  #offer(words: readonly string[]): string {
    const [name = ''] = words;
    const payload = words.includes('empty') ? new Uint8Array(0) : this.#build(words);
    this.#payloads.set(name, payload);
    payloadParserOf(this.#codec)(payload, 0, payload.length, this.#info);
    if (words.some((word) => isNumbered(word, 'f'))) {
      this.#info.frameNumber = numberAfter('f', words);
      this.#frameNumbers.set(name, this.#info.frameNumber);
    }
    const packet = {
      sequenceNumber: Number(name.slice(1)),
      timestamp: numberAfter('@', words),
      marker: words.includes('M'),
      payloadLength: payload.length,
    };
    const rewriter = this.#rewriter;
    const verdict = rewriter.accept(this.#now, ENCODINGS.indexOf(name[0]!), packet, this.#info);
    if (verdict === Verdict.drop) return 'drop';
    if (verdict === Verdict.fill) return `fill ${rewriter.sequence} @${rewriter.timestamp}`;
    return this.#describe(name);
  }

  #build(words: readonly string[]): Uint8Array {
    const number = (letter: string): number | undefined =>
      words.some((word) => isNumbered(word, letter)) ? numberAfter(letter, words) : undefined;
    const short = number('P');
    const fields = {
      isStart: words.includes('S'),
      isEnd: words.includes('E'),
      isKey: words.includes('K'),
      isSwitchUp: words.includes('y'),
      ...optional('pictureId', short ?? number('p')),
      pictureIdBits: short === undefined ? 15 : 7,
      ...optional('tl0PicIdx', number('l')),
      ...optional('keyIdx', number('k')),
      ...optional('temporalLayer', number('t')),
      ...optional('spatialLayer', number('s')),
    } as const;
    return this.#codec === 'VP8' ? buildVp8(fields) : buildVp9(fields);
  }

  /** What the subscriber reads, from the payload as it is patched. */
  #describe(name: string): string {
    const rewriter = this.#rewriter;
    const payload = this.#payloads.get(name)!;
    // Something stands before and behind the payload that must not be touched.
    const copy = new Uint8Array(payload.length + 8).fill(0x55);
    copy.set(payload, 4);
    rewriter.patchPayload(copy, 4);
    assert.ok(copy.subarray(0, 4).every((byte) => byte === 0x55));
    assert.ok(copy.subarray(-4).every((byte) => byte === 0x55));
    const info = new FrameInfo();
    assert.ok(payloadParserOf(this.#codec)(copy, 4, payload.length, info));
    const words = [`${rewriter.sequence}`, `@${rewriter.timestamp}`];
    if (rewriter.marker) words.push('M');
    if (info.pictureId >= 0) words.push(`${info.pictureIdBits === 7 ? 'P' : 'p'}${info.pictureId}`);
    if (info.tl0PicIdx >= 0 && this.#codec === 'VP8') words.push(`l${info.tl0PicIdx}`);
    if (info.keyIdx >= 0) words.push(`k${info.keyIdx}`);
    const frameNumber = this.#frameNumbers.get(name);
    // A descriptor that was not read when the packet came is left alone.
    const descriptor = Uint8Array.of(0x55, 0xc0, (frameNumber ?? 0x5555) >> 8, frameNumber ?? 0x55, 0x55);
    rewriter.patchDependencyDescriptor(descriptor, 1);
    if (frameNumber !== undefined) words.push(`f${(descriptor[2]! << 8) | descriptor[3]!}`);
    else assert.deepEqual([...descriptor], [0x55, 0xc0, 0x55, 0x55, 0x55]);
    return words.join(' ');
  }
}

function isNumbered(word: string, letter: string): boolean {
  return word[0] === letter && /^\d+$/.test(word.slice(1));
}

function numberAfter(letter: string, words: readonly string[]): number {
  return Number(
    words
      .slice(1)
      .find((word) => isNumbered(word, letter))
      ?.slice(1) ?? 0,
  );
}

function optional<Key extends string>(key: Key, value: number | undefined): { [K in Key]?: number } {
  return value === undefined ? {} : ({ [key]: value } as { [K in Key]?: number });
}
