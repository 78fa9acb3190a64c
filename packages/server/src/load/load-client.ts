import { formatIpAddress } from '@madang/core/path/address-text';
import type { Instant } from '@madang/core/time/instant';
import { after } from '@madang/core/time/instant';
import { systemClock } from '../drivers/clock.js';
import { SENT_PAYLOAD_TYPE, ridOf, writeDownAnswer, writeUpOffer } from './client-description.js';
import type { SentTrack } from './client-description.js';
import type { LatencyHistogram } from './latency-histogram.js';
import { MediaReceiver } from './media-receiver.js';
import { MediaSender } from './media-sender.js';
import { AUDIO_STREAM, videoStreams } from './media-shape.js';
import type { MediaShape } from './media-shape.js';
import type { Leaving, MediaSignaling, SignaledClient } from './media-signaling.js';
import type { MediaPeer } from './peer/media-peer.js';
import type { MediaPeers } from './peer/media-peers.js';
import { SentStream } from './sent-stream.js';
import { readServerDescription } from './server-description.js';
import type { ServerDescription } from './server-description.js';

export interface LoadClientOptions {
  readonly signaling: MediaSignaling;
  readonly peers: MediaPeers;
  readonly room: string;
  readonly name: string;
  /** Of all clients: SSRCs and the moments things are due are made of it. */
  readonly number: number;
  /** What it sends; undefined for somebody who only receives. */
  readonly media: MediaShape | undefined;
  readonly latency: LatencyHistogram;
  readonly failed: (reason: string) => void;
}

/** One participant of a room: a connection up, if it sends, and one down, once the server offers something. */
export class LoadClient {
  readonly name: string;
  sender: MediaSender | undefined;
  receiver: MediaReceiver | undefined;
  readonly #options: LoadClientOptions;
  #signaled: SignaledClient | undefined;
  #left: Leaving | undefined;
  #up: MediaPeer | undefined;
  #down: MediaPeer | undefined;
  #downDescription: ServerDescription | undefined;
  /** Settles when the connection down is there. */
  readonly #downConnected: Promise<void>;
  #settleDown: { resolve: () => void; reject: (error: Error) => void } | undefined;

  constructor(options: LoadClientOptions) {
    this.#options = options;
    this.name = options.name;
    this.#downConnected = new Promise((resolve, reject) => {
      this.#settleDown = { resolve, reject };
    });
    // Who waits for it is told; who does not has `failed`.
    this.#downConnected.catch(() => undefined);
  }

  /** Enters the room, and connects up if it sends. Rejects with a sentence. */
  async join(): Promise<void> {
    const { signaling, room, name, media } = this.#options;
    const joined = signaling.join({
      room,
      name,
      publishes: media === undefined ? 'no' : 'yes',
      offered: (sdp) => this.#answer(sdp),
      answered: () => {
        this.#connectDown();
      },
      failed: (reason) => {
        this.#options.failed(`${name}: ${reason}`);
      },
    });
    // Who gave up is not to be let in later.
    joined.then(
      (signaled) => {
        if (this.#left !== undefined) signaled.leave(this.#left);
      },
      () => undefined,
    );
    this.#signaled = await inTime(joined, 'the server did not let it in');
    if (media !== undefined) await this.#publish(this.#signaled, media);
  }

  /** Asks for what the others send; resolves when it can come. */
  async subscribe(): Promise<void> {
    await this.#signaled?.subscribe();
    await inTime(this.#downConnected, 'the server did not connect what it sends');
  }

  leave(manner: Leaving = 'goodbye'): void {
    this.#left = manner;
    this.#signaled?.leave(manner);
    for (const peer of [this.#up, this.#down]) {
      if (manner === 'goodbye') peer?.close();
      else peer?.vanish();
    }
  }

  async #publish(signaled: SignaledClient, media: MediaShape): Promise<void> {
    const { peers, number } = this.#options;
    const peer = peers.create();
    this.#up = peer;
    const tracks = tracksOf(media, number);
    const offer = writeUpOffer(peer.parameters, tracks);
    const answer = await inTime(signaled.publish(offer, tracks), 'the server did not answer the offer');
    this.#watch(peer, 'up');
    await inTime(connect(peer, readServerDescription(answer)), 'the connection up did not come');
    const now = systemClock.now();
    const streams = streamsOf(media, tracks, after(now, (number * 7) % 40));
    this.sender = new MediaSender({ peer, streams, now, unixMs: Date.now() });
  }

  #answer(sdp: string): string {
    const { peers, latency, number } = this.#options;
    const description = readServerDescription(sdp);
    this.#downDescription = description;
    if (this.#down === undefined) {
      this.#down = peers.create();
      this.#watch(this.#down, 'down');
      const now = after(systemClock.now(), (number * 13) % 100);
      this.receiver = new MediaReceiver({ peer: this.#down, latency, now });
    }
    this.receiver!.describe(description);
    return writeDownAnswer(this.#down.parameters, description);
  }

  #connectDown(): void {
    const peer = this.#down!;
    if (this.#settleDown === undefined) return;
    const settle = this.#settleDown;
    this.#settleDown = undefined;
    connect(peer, this.#downDescription!).then(settle.resolve, settle.reject);
  }

  #watch(peer: MediaPeer, direction: string): void {
    peer.onEnd = (reason) => {
      this.#options.failed(`${this.#options.name}: the connection ${direction} ended: ${reason}`);
    };
  }
}

function connect(peer: MediaPeer, description: ServerDescription): Promise<void> {
  const { address, iceUfrag, icePwd, fingerprints } = description;
  const isLoopback = /^(127\.|::1$)/.test(formatIpAddress(address));
  const any = { family: address.family, bytes: new Uint8Array(address.bytes.length), port: 0 } as const;
  const server = { address, iceUfrag, icePwd, fingerprints };
  return peer.connect(isLoopback ? server : { ...server, localAddress: any });
}

function tracksOf(media: MediaShape, number: number): SentTrack[] {
  const tracks: SentTrack[] = [];
  const add = (kind: SentTrack['kind'], streams: number): void => {
    const ssrcs = Array.from(
      { length: streams },
      (_, index) => 0x1000_0000 + number * 16 + tracks.length * 4 + index,
    );
    tracks.push({ kind, mid: String(tracks.length), trackId: `${kind}${number}`, ssrcs });
  };
  if (media.audio === 'on') add('audio', 1);
  if (media.videoKbps > 0) add('video', media.encodings);
  return tracks;
}

function streamsOf(media: MediaShape, tracks: readonly SentTrack[], beginAt: Instant): SentStream[] {
  const video = videoStreams(media);
  return tracks.flatMap(({ kind, mid, ssrcs }) =>
    ssrcs.map(
      (ssrc, encoding) =>
        new SentStream({
          shape: kind === 'audio' ? AUDIO_STREAM : video[encoding]!,
          ssrc,
          payloadType: SENT_PAYLOAD_TYPE[kind],
          mid,
          rid: ssrcs.length > 1 ? ridOf(encoding) : '',
          beginAt,
        }),
    ),
  );
}

/** Rejects with `sentence` when something takes longer than anybody would wait. */
async function inTime<T>(promise: Promise<T>, sentence: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`${sentence} within ${LONGEST_SECONDS} s`));
    }, LONGEST_SECONDS * 1000);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

const LONGEST_SECONDS = 10;
