import { LoadFleet } from '@madang/server/load/load-fleet';
import type { LoadShape } from '@madang/server/load/load-fleet';
import { summarizeLoad } from '@madang/server/load/load-report';
import { cpuSince, cpuUsage } from '../measure/process-usage.js';
import type { MediaServerUnderTest } from './servers.js';

/** What one run of one server showed. */
export interface SfuFigures {
  /** CPU time of the server per packet its receivers got, in microseconds. */
  readonly cpuMicroseconds: number;
  /** Share of a core the server used. */
  readonly serverShare: number;
  /** The same of the generator: near 1 the figures are its own. */
  readonly generatorShare: number;
  readonly forwardedPerSecond: number;
  /** Of what was sent to the room, the share each receiver got: below 1 the server has left something out. */
  readonly deliveredShare: number;
  /** Of what the server sent, the share that never came. */
  readonly missingShare: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly joinP50Ms: number;
}

/** Fills a room, waits until everybody gets everything, and measures for `seconds`. Throws when somebody fails. */
export async function measureSfu(
  server: MediaServerUnderTest,
  shape: LoadShape,
  seconds: number,
): Promise<SfuFigures> {
  const fleet = new LoadFleet({ signaling: server.signaling, shape });
  try {
    await fleet.join();
    if (fleet.failures.length === 0) await fleet.untilHeard(LONGEST_SILENCE_SECONDS);
    await fleet.speedUp(SPEED_UP_SECONDS);
    await settle(fleet);
    fleet.latency.reset();
    const before = fleet.figures();
    const cpuBefore = cpuUsage(server.pid);
    const ownBefore = process.cpuUsage();
    const startedAt = performance.now();
    await pause(seconds * 1000);
    const after = fleet.figures();
    const cpu = cpuSince(cpuBefore, server.pid);
    const own = process.cpuUsage(ownBefore);
    const elapsedMs = performance.now() - startedAt;
    const { latency, joinMs, failures } = fleet;
    const summary = summarizeLoad({ before, after, seconds: elapsedMs / 1000, latency, joinMs, failures });
    if (failures.length > 0) throw new Error(`${server.name}: ${failures.join('; ')}`);
    return {
      cpuMicroseconds: cpu / summary.receivedPackets / 1000,
      serverShare: cpu / elapsedMs / 1e6,
      generatorShare: (own.user + own.system) / elapsedMs / 1000,
      forwardedPerSecond: (summary.receivedPackets * 1000) / elapsedMs,
      deliveredShare: summary.receivedPackets / summary.expectedPackets,
      missingShare: summary.missingShare,
      p50Ms: summary.latency.p50Ms,
      p99Ms: summary.latency.p99Ms,
      joinP50Ms: summary.joins.p50Ms,
    };
  } finally {
    await fleet.stop();
  }
}

/** A server may have to find out first what the paths carry; and its code has to become warm. */
async function settle(fleet: LoadFleet): Promise<void> {
  await pause(WARM_MS);
  const end = performance.now() + LONGEST_SETTLING_MS;
  while (performance.now() < end) {
    const before = fleet.figures();
    await pause(1000);
    const after = fleet.figures();
    const received = after.receivedPackets - before.receivedPackets;
    if (received >= SETTLED_SHARE * (after.expectedPackets - before.expectedPackets)) return;
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

const LONGEST_SILENCE_SECONDS = 40;
const SPEED_UP_SECONDS = 5;
const WARM_MS = 12_000;
const LONGEST_SETTLING_MS = 40_000;
const SETTLED_SHARE = 0.98;
