import { randomInt } from 'node:crypto';
import { PathTable } from '@madang/core/path/path-table';
import type { Instant } from '@madang/core/time/instant';
import { systemClock } from '../drivers/clock.js';
import { NativeUdpNetwork } from '../net/native-udp.js';
import { LatencyHistogram } from './latency-histogram.js';
import { LoadClient } from './load-client.js';
import type { MediaShape } from './media-shape.js';
import type { MediaSignaling } from './media-signaling.js';
import { MediaPeers } from './peer/media-peers.js';

export interface LoadShape {
  readonly rooms: number;
  /** In each room. They receive each other, too. */
  readonly publishers: number;
  /** In each room: those who only receive. */
  readonly subscribers: number;
  readonly joinsPerSecond: number;
  readonly media: MediaShape;
}

/** What has happened since the beginning. All numbers grow, but `missingPackets`, which falls with what comes again. */
export interface LoadFigures {
  readonly sentPackets: number;
  /** Payloads alone, as in all bytes here. */
  readonly sentBytes: number;
  /** What the receivers would have if each had all that is sent to its room. */
  readonly expectedPackets: number;
  readonly receivedPackets: number;
  readonly receivedBytes: number;
  /** Gaps in the sequence numbers of what was received. */
  readonly missingPackets: number;
  /** Came when asked for again. */
  readonly repairedPackets: number;
  /** Of what is sent, the server asked for again. */
  readonly missedByServer: number;
}

/**
 * Clients of a media server in this process, over sockets of their own: real ICE, DTLS and SRTP. Nothing is allocated per
 * packet.
 */
export class LoadFleet {
  /** Of the time packets took from their publisher to each receiver. */
  readonly latency = new LatencyHistogram();
  /** One sentence each; the first ones when there are too many. */
  readonly failures: string[] = [];
  /** Of each client, from its first word to the server until media can flow. */
  readonly joinMs: number[] = [];
  readonly #signaling: MediaSignaling;
  readonly #shape: LoadShape;
  readonly #network = new NativeUdpNetwork({
    paths: new PathTable({ maximumPaths: 100_000, seed: randomInt(2 ** 31) }),
    // Runs a server sends as one arrive as single datagrams, as they do over a network: cutting them is its work here.
    segmentationOffload: 'off',
  });
  readonly #peers = new MediaPeers({ network: this.#network });
  readonly #clients: LoadClient[] = [];
  #sends: 'yes' | 'no' = 'yes';
  #videoPace = FIRST_VIDEO_PACE;
  #timer: NodeJS.Timeout | undefined;

  /** Throws where the native data plane is not available. */
  constructor(options: { signaling: MediaSignaling; shape: LoadShape }) {
    this.#signaling = options.signaling;
    this.#shape = options.shape;
    this.#tick();
  }

  /** Clients in their rooms. */
  get joined(): number {
    return this.joinMs.length;
  }

  /**
   * Lets everybody in: first all who send, then, when that went well, those who only receive. Never rejects: what fails
   * is in `failures`.
   */
  async join(): Promise<void> {
    const { rooms, publishers, subscribers } = this.#shape;
    const prefix = `load-${randomInt(2 ** 32).toString(36)}`;
    await this.#joinAll(rooms * publishers, prefix, 'publisher');
    if (this.failures.length > 0) return;
    if (publishers > 1) {
      // Once: everybody is there.
      await Promise.all(this.#clients.map((client) => this.#try(client, () => client.subscribe())));
    }
    await this.#joinAll(rooms * subscribers, prefix, 'subscriber');
  }

  /**
   * Raises video from the share it begins with, as encoders raise theirs, to all of it within `seconds`: servers that
   * look for what a path takes begin low.
   */
  async speedUp(seconds: number): Promise<void> {
    const beginAt = performance.now();
    for (let share = 0; share < 1;) {
      await pause(100);
      share = Math.min(1, (performance.now() - beginAt) / (seconds * 1000));
      this.#videoPace = FIRST_VIDEO_PACE ** (1 - share);
      for (const { sender } of this.#clients) sender?.setVideoPace(this.#videoPace);
    }
  }

  /** Waits until every receiver has had something of all streams of its room, at most `seconds`; else a failure. */
  async untilHeard(seconds: number): Promise<void> {
    const { rooms, publishers, subscribers, media } = this.#shape;
    const tracks = (media.audio === 'on' ? 1 : 0) + (media.videoKbps > 0 ? 1 : 0);
    const expected = rooms * (publishers * (publishers - 1 + subscribers)) * tracks;
    const heard = (): number =>
      this.#clients.reduce((sum, { receiver }) => sum + (receiver?.heardStreams ?? 0), 0);
    const end = performance.now() + seconds * 1000;
    while (heard() < expected && performance.now() < end) await pause(20);
    const count = heard();
    if (count < expected) this.#fail(`of ${expected} streams that should be received ${count} came`);
  }

  figures(): LoadFigures {
    const figures = {
      sentPackets: 0,
      sentBytes: 0,
      expectedPackets: 0,
      receivedPackets: 0,
      receivedBytes: 0,
      missingPackets: 0,
      repairedPackets: 0,
      missedByServer: 0,
    };
    const { publishers, subscribers } = this.#shape;
    for (const { sender, receiver } of this.#clients) {
      if (sender !== undefined) {
        figures.sentPackets += sender.sentPackets;
        figures.sentBytes += sender.sentBytes;
        figures.expectedPackets += sender.sentPackets * (publishers - 1 + subscribers);
        figures.missedByServer += sender.missedByServer;
      }
      if (receiver !== undefined) {
        figures.receivedPackets += receiver.receivedPackets;
        figures.receivedBytes += receiver.receivedBytes;
        figures.missingPackets += receiver.missingPackets;
        figures.repairedPackets += receiver.repairedPackets;
      }
    }
    return figures;
  }

  /** Nothing is sent from now on; waits until what is under way has come, and what was asked for again. */
  async fallSilent(): Promise<void> {
    this.#sends = 'no';
    await pause(LAST_PACKETS_MS);
  }

  /** Everybody leaves. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#sends = 'no';
    for (const client of this.#clients) client.leave();
    // So that the last words are on their way before the process ends.
    await pause(LAST_WORDS_MS);
    this.#peers.stop();
    this.#network.stop();
  }

  async #joinAll(count: number, prefix: string, role: 'publisher' | 'subscriber'): Promise<void> {
    const { rooms, media, joinsPerSecond } = this.#shape;
    const joins: Promise<void>[] = [];
    const beginAt = performance.now();
    for (let index = 0; index < count; index++) {
      const dueIn = beginAt + (index * 1000) / joinsPerSecond - performance.now();
      if (dueIn > 1) await pause(dueIn);
      const client = new LoadClient({
        signaling: this.#signaling,
        peers: this.#peers,
        room: `${prefix}-${index % rooms}`,
        name: `${role} ${index}`,
        number: this.#clients.length,
        media: role === 'publisher' ? media : undefined,
        latency: this.latency,
        failed: (reason) => {
          this.#fail(reason);
        },
      });
      this.#clients.push(client);
      joins.push(
        this.#try(client, async () => {
          const startedAt = performance.now();
          await client.join();
          client.sender?.setVideoPace(this.#videoPace);
          if (role === 'subscriber') await client.subscribe();
          this.joinMs.push(performance.now() - startedAt);
        }),
      );
    }
    await Promise.all(joins);
  }

  async #try(client: LoadClient, action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      this.#fail(`${client.name}: ${(error as Error).message}`);
    }
  }

  #fail(sentence: string): void {
    if (this.failures.length < MOST_FAILURES) this.failures.push(sentence);
  }

  #tick(): void {
    const now: Instant = systemClock.now();
    const clients = this.#clients;
    if (this.#sends === 'yes')
      for (let i = 0; i < clients.length; i++) clients[i]!.sender?.handleTimeout(now);
    for (let i = 0; i < clients.length; i++) clients[i]!.receiver?.handleTimeout(now);
    this.#network.flush();
    this.#timer = setTimeout(() => {
      this.#tick();
    }, TICK_MS);
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

const TICK_MS = 1;
const FIRST_VIDEO_PACE = 0.25;
const LAST_PACKETS_MS = 300;
const LAST_WORDS_MS = 100;
const MOST_FAILURES = 100;
