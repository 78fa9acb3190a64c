import { randomInt } from 'node:crypto';
import { PathTable } from '@madang/core/path/path-table';
import { systemClock } from '@madang/server/drivers/clock';
import { LatencyHistogram } from '@madang/server/load/latency-histogram';
import { LoadClient } from '@madang/server/load/load-client';
import type { Leaving, MediaSignaling } from '@madang/server/load/media-signaling';
import { MediaPeers } from '@madang/server/load/peer/media-peers';
import { NativeUdpNetwork } from '@madang/server/net/native-udp';
import { note } from '../measure/progress.js';

/** People who come into rooms of their own and soon leave: two who send and receive, and one who only receives. */
export class Visitors {
  /** Who came so far. */
  joins = 0;
  /** Rooms in which something went wrong. */
  failures = 0;
  readonly #signaling: MediaSignaling;
  readonly #network = new NativeUdpNetwork({
    paths: new PathTable({ maximumPaths: 100_000, seed: randomInt(2 ** 31) }),
  });
  readonly #peers = new MediaPeers({ network: this.#network });
  readonly #present = new Set<LoadClient>();
  readonly #latency = new LatencyHistogram();
  readonly #timer: NodeJS.Timeout;
  #rooms = 0;

  /** Throws where the native data plane is not available. */
  constructor(options: { signaling: MediaSignaling }) {
    this.#signaling = options.signaling;
    this.#timer = setInterval(() => {
      const now = systemClock.now();
      for (const { sender, receiver } of this.#present) {
        sender?.handleTimeout(now);
        receiver?.handleTimeout(now);
      }
      this.#network.flush();
    }, TICK_MS);
  }

  /** A room comes, lives for a moment of a length of chance, and goes. */
  async visit(manner: Leaving): Promise<void> {
    const room = `churn-${++this.#rooms}`;
    const clients = ['publisher', 'publisher', 'subscriber'].map((role, place) => {
      const client = new LoadClient({
        signaling: this.#signaling,
        peers: this.#peers,
        room,
        name: `${role} ${place} of ${room}`,
        number: this.joins++,
        media: role === 'publisher' ? MEDIA : undefined,
        latency: this.#latency,
        failed: (reason) => {
          if (this.#present.has(client)) this.#fail(reason);
        },
      });
      return client;
    });
    try {
      for (const client of clients) {
        this.#present.add(client);
        await client.join();
      }
      await Promise.all(clients.map((client) => client.subscribe()));
      await untilAllHear(clients);
      await pause(randomInt(SHORTEST_STAY_MS, LONGEST_STAY_MS));
    } catch (error) {
      this.#fail(`${room}: ${(error as Error).message}`);
    }
    for (const client of clients) {
      this.#present.delete(client);
      client.leave(manner);
      // The others of the room see one leave, and what is offered to them change.
      await pause(randomInt(100, 300));
    }
  }

  async stop(): Promise<void> {
    for (const client of this.#present) client.leave();
    await pause(100);
    clearInterval(this.#timer);
    this.#peers.stop();
    this.#network.stop();
  }

  #fail(sentence: string): void {
    this.failures++;
    note(sentence);
  }
}

/** Throws when somebody has received nothing after some seconds. */
async function untilAllHear(clients: readonly LoadClient[]): Promise<void> {
  const end = performance.now() + LONGEST_SILENCE_MS;
  for (;;) {
    const deaf = clients.find(({ receiver }) => (receiver?.receivedPackets ?? 0) === 0);
    if (deaf === undefined) return;
    if (performance.now() > end) throw new Error(`${deaf.name} has received nothing`);
    await pause(50);
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Simulcast and sound, as little of both as there can be: what is measured is coming and going. */
const MEDIA = {
  videoKbps: 60,
  packetsPerSecond: 25,
  encodings: 2,
  audio: 'on',
  spacing: 'frames',
} as const;
const TICK_MS = 5;
const SHORTEST_STAY_MS = 500;
const LONGEST_STAY_MS = 3000;
const LONGEST_SILENCE_MS = 5000;
