import { cpuSince, cpuUsage, residentBytes } from '../measure/process-usage.js';
import { percentile } from '../measure/statistics.js';
import type { RelayClient, SignalingUnderTest } from './relay-client.js';

/** What one run of one server showed. */
export interface SignalingFigures {
  readonly joinP50Ms: number;
  readonly joinP99Ms: number;
  readonly bytesPerConnection: number;
  readonly relayedPerSecond: number;
  /** CPU time of the server per relayed message. */
  readonly cpuMicroseconds: number;
}

export interface SignalingShape {
  readonly rooms: number;
  /** Joins under way at a time. */
  readonly concurrency: number;
  readonly seconds: number;
}

/** Fills rooms with two people each, lets them be, and then lets everybody answer each message with the next one. */
export async function measureSignaling(
  server: SignalingUnderTest,
  { rooms, concurrency, seconds }: SignalingShape,
): Promise<SignalingFigures> {
  // What the first clients cost once is no cost of each.
  const warm = await fill(server, 'warm', 20, concurrency);
  for (const client of warm.clients) client.close();
  await pause(SETTLE_MS);
  const before = residentBytes(server.pid);
  const { clients, joinMs } = await fill(server, 'room', rooms, concurrency);
  // Everybody has said meanwhile what has arrived, as clients do every ten seconds.
  await pause(IDLE_MS);
  const bytesPerConnection = (residentBytes(server.pid) - before) / clients.length;
  const relay = await measureRelaying(server, clients, seconds);
  for (const client of clients) client.close();
  return {
    joinP50Ms: percentile(joinMs, 50),
    joinP99Ms: percentile(joinMs, 99),
    bytesPerConnection,
    ...relay,
  };
}

async function fill(
  server: SignalingUnderTest,
  name: string,
  rooms: number,
  concurrency: number,
): Promise<{ clients: RelayClient[]; joinMs: number[] }> {
  const clients: RelayClient[] = [];
  const joinMs: number[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < 2 * rooms) {
      const number = next++;
      const startedAt = performance.now();
      clients.push(await server.join(`${name}${number >> 1}`, (number & 1) as 0 | 1));
      joinMs.push(performance.now() - startedAt);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return { clients, joinMs };
}

async function measureRelaying(
  server: SignalingUnderTest,
  clients: readonly RelayClient[],
  seconds: number,
): Promise<Pick<SignalingFigures, 'relayedPerSecond' | 'cpuMicroseconds'>> {
  let relayed = 0;
  let isOver = false;
  for (const client of clients) {
    client.onRelayed = () => {
      relayed++;
      if (!isOver) client.relay();
    };
  }
  for (const client of clients) client.relay();
  await pause(WARM_MS);
  const [cpuBefore, startedAt, relayedBefore] = [cpuUsage(server.pid), performance.now(), relayed];
  await pause(seconds * 1000);
  const count = relayed - relayedBefore;
  const elapsedMs = performance.now() - startedAt;
  const cpuMicroseconds = cpuSince(cpuBefore, server.pid) / count / 1000;
  isOver = true;
  await pause(WARM_MS);
  return { relayedPerSecond: (count / elapsedMs) * 1000, cpuMicroseconds };
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

const SETTLE_MS = 2000;
const IDLE_MS = 12_000;
const WARM_MS = 1000;
