import { LEAST_PAYLOAD_BYTES } from './sent-stream.js';
import type { StreamShape } from './sent-stream.js';

/** What every publisher sends. */
export interface MediaShape {
  /** Of the highest encoding, payloads alone. 0: no video. */
  readonly videoKbps: number;
  /** Of the highest encoding. */
  readonly packetsPerSecond: number;
  /** 1 to 3; each has a quarter of the bitrate of the next one and half its width and height. */
  readonly encodings: number;
  /** Opus, 50 packets a second. */
  readonly audio: 'on' | 'off';
  /** Packets of a video in even steps, or each picture's one behind the other, as browsers hand them to the network. */
  readonly spacing: 'even' | 'frames';
}

/** Streams of the video of a publisher, lowest quality first. */
export function videoStreams({ videoKbps, packetsPerSecond, encodings, spacing }: MediaShape): StreamShape[] {
  if (videoKbps === 0) return [];
  return Array.from({ length: encodings }, (_, encoding): StreamShape => {
    const step = encodings - 1 - encoding;
    const rate = Math.max(FRAMES_PER_SECOND, packetsPerSecond / 4 ** step);
    return {
      kind: 'video',
      packetsPerSecond: rate,
      payloadBytes: Math.max(
        LEAST_PAYLOAD_BYTES,
        Math.min(MOST_PAYLOAD_BYTES, Math.round((videoKbps * 125) / 4 ** step / rate)),
      ),
      framesPerSecond: FRAMES_PER_SECOND,
      spacing,
      width: 1280 >> step,
      height: 720 >> step,
    };
  });
}

export const AUDIO_STREAM: StreamShape = {
  kind: 'audio',
  packetsPerSecond: 50,
  payloadBytes: 80,
  framesPerSecond: 50,
  spacing: 'even',
  width: 0,
  height: 0,
};

const FRAMES_PER_SECOND = 25;
/** What packetizers of browsers fill at most. */
const MOST_PAYLOAD_BYTES = 1180;
