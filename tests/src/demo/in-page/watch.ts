/// <reference lib="dom" />
// Runs in pages, before their own scripts: notes when things happen.
import type { Room } from '@madang/client';
import type { Colour } from '../../calls/in-page.js';

/** What a page notes of its call. Milliseconds are those of `performance.now()`. */
export interface Notes {
  /** When the page turned to the server's WebSocket first. */
  connectAtMs: number | undefined;
  /** When the first frame of a picture was decoded, by the name at its tile. */
  readonly firstFrameAtMs: Record<string, number>;
  /** Longest time between two frames since `watchGaps`, by name. */
  readonly longestGapMs: Record<string, number>;
}

declare global {
  interface Window {
    madang: { readonly room: Room | undefined };
    notes: Notes;
  }
}

/** Begins to take notes. */
export function installNotes(): void {
  const notes: Notes = { connectAtMs: undefined, firstFrameAtMs: {}, longestGapMs: {} };
  window.notes = notes;
  window.WebSocket = class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      notes.connectAtMs ??= performance.now();
    }
  };
  const noteFrame = ({ target }: Event) => {
    if (!(target instanceof HTMLVideoElement)) return;
    const tile = target.closest('[data-testid=tile]');
    const name = tile?.querySelector('[data-testid=tile-name]')?.textContent.trim();
    if (name !== undefined) notes.firstFrameAtMs[name] ??= performance.now();
  };
  addEventListener('loadeddata', noteFrame, true);
}

/** Takes TURN over TLS for all there is, as a network does that lets nothing else out. */
export function installTlsOnly(): void {
  const narrow = (configuration: RTCConfiguration = {}): RTCConfiguration => ({
    ...configuration,
    iceTransportPolicy: 'relay',
    iceServers: (configuration.iceServers ?? [])
      .map((server) => ({ ...server, urls: [server.urls].flat().filter((url) => url.startsWith('turns:')) }))
      .filter(({ urls }) => urls.length > 0),
  });
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super(narrow(configuration));
    }
    override setConfiguration(configuration: RTCConfiguration): void {
      super.setConfiguration(narrow(configuration));
    }
  };
}

export interface Seen {
  /** Frames shown while looking. */
  readonly frames: number;
  /** Of the upper left corner, in the last of them. */
  readonly colour: Colour;
  readonly width: number;
  readonly height: number;
}

/** Looks at a video element until it has shown four frames, or for 20 seconds. */
export async function lookAt(element: Element): Promise<Seen> {
  const video = element as HTMLVideoElement;
  let frames = 0;
  const count = () => {
    frames++;
    video.requestVideoFrameCallback(count);
  };
  video.requestVideoFrameCallback(count);
  const end = performance.now() + 20_000;
  while (frames < 4 && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
  const context = new OffscreenCanvas(32, 18).getContext('2d')!;
  context.drawImage(video, 0, 0, 32, 18);
  const [red, green, blue] = context.getImageData(2, 2, 1, 1).data;
  return { frames, colour: [red!, green!, blue!], width: video.videoWidth, height: video.videoHeight };
}

/** Frames a video element shows within a second. */
export async function framesInASecond(element: Element): Promise<number> {
  const video = element as HTMLVideoElement;
  const before = video.getVideoPlaybackQuality().totalVideoFrames;
  await new Promise((resolve) => setTimeout(resolve, 1000));
  return video.getVideoPlaybackQuality().totalVideoFrames - before;
}

/** Notes the longest time between two frames of a video element from now on. */
export function watchGaps(element: Element, name: string): void {
  const video = element as HTMLVideoElement;
  const { longestGapMs } = window.notes;
  longestGapMs[name] = 0;
  let last = performance.now();
  const frame = (now: number) => {
    longestGapMs[name] = Math.max(longestGapMs[name]!, now - last);
    last = now;
    video.requestVideoFrameCallback(frame);
  };
  video.requestVideoFrameCallback(frame);
}
