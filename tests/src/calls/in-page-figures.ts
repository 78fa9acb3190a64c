/// <reference lib="dom" />
// Runs in the pages of the tests of calls over bad networks: a picture that takes bits, and what its receiver counts.
import type { Colour } from './in-page.js';

/** A picture of one colour in the middle, and noise that moves below and above it: it takes what its encoder may use. */
export function noiseTrack(
  colour: Colour,
  width: number,
  height: number,
  framesPerSecond = 12,
): MediaStreamTrack {
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width, height });
  const context = canvas.getContext('2d')!;
  const noise = new OffscreenCanvas(width, 256);
  const noiseContext = noise.getContext('2d')!;
  const image = noiseContext.createImageData(width, 256);
  // Blocks of 4 by 4: what survives being scaled down.
  for (let y = 0; y < 256; y += 4) {
    for (let x = 0; x < width; x += 4) {
      const grey = 90 + Math.random() * 80;
      for (let at = 0; at < 16; at++)
        image.data.set([grey, grey, grey, 255], ((y + (at >> 2)) * width + x + (at & 3)) * 4);
    }
  }
  noiseContext.putImageData(image, 0, 0);
  const band = Math.round(height / 4);
  let frame = 0;
  const draw = () => {
    context.fillStyle = `rgb(${colour.join(' ')})`;
    context.fillRect(0, 0, width, height);
    const from = (frame++ * 7) % (256 - Math.min(band, 200));
    context.drawImage(noise, 0, from, width, 40, 0, 0, width, band);
    context.drawImage(noise, 0, from, width, 40, 0, height - band, width, band);
  };
  draw();
  setInterval(draw, 1000 / framesPerSecond);
  return canvas.captureStream(framesPerSecond).getVideoTracks()[0]!;
}

/** What the receiver of one picture and one voice has counted so far (`RTCInboundRtpStreamStats`). */
export interface MediaCounts {
  readonly atMs: number;
  /** Lines of the picture. */
  readonly lines: number;
  readonly framesDecoded: number;
  readonly keyFrames: number;
  readonly freezes: number;
  readonly freezesSeconds: number;
  readonly videoBytes: number;
  readonly videoPackets: number;
  readonly videoLost: number;
  readonly retransmitted: number;
  readonly nacks: number;
  readonly plis: number;
  readonly audioLost: number;
  readonly samples: number;
  readonly concealedSamples: number;
  /** Samples that were played too fast or too slowly, to follow the jitter buffer. */
  readonly stretchedSamples: number;
}

/** Counts of the newest connection over which a picture comes; undefined while there is none. */
export async function mediaCounts(): Promise<MediaCounts | undefined> {
  for (const connection of [...window.connections].reverse()) {
    if (connection.signalingState === 'closed') continue;
    const reports = [...((await connection.getStats()) as unknown as Map<string, Report>).values()];
    const of = (kind: string) => reports.find((one) => one['type'] === 'inbound-rtp' && one['kind'] === kind);
    const [video, audio] = [of('video'), of('audio')];
    if (video === undefined) continue;
    const number = (report: Report | undefined, name: string) => Number(report?.[name] ?? 0);
    return {
      atMs: performance.now(),
      lines: number(video, 'frameHeight'),
      framesDecoded: number(video, 'framesDecoded'),
      keyFrames: number(video, 'keyFramesDecoded'),
      freezes: number(video, 'freezeCount'),
      freezesSeconds: number(video, 'totalFreezesDuration'),
      videoBytes: number(video, 'bytesReceived'),
      videoPackets: number(video, 'packetsReceived'),
      videoLost: number(video, 'packetsLost'),
      retransmitted: number(video, 'retransmittedPacketsReceived'),
      nacks: number(video, 'nackCount'),
      plis: number(video, 'pliCount'),
      audioLost: number(audio, 'packetsLost'),
      samples: number(audio, 'totalSamplesReceived'),
      // Comfort noise in silence is no damage.
      concealedSamples: number(audio, 'concealedSamples') - number(audio, 'silentConcealedSamples'),
      stretchedSamples:
        number(audio, 'insertedSamplesForDeceleration') + number(audio, 'removedSamplesForAcceleration'),
    };
  }
  return undefined;
}

/** Has every RTCPeerConnection of the page, from now on, in `window.connections`. */
export function collectConnections(): void {
  const connections: RTCPeerConnection[] = [];
  window.connections = connections;
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      connections.push(this);
    }
  };
}

type Report = Readonly<Record<string, unknown>>;

declare global {
  interface Window {
    connections: RTCPeerConnection[];
  }
}
