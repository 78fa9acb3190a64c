import { TurnFleet } from '@madang/testkit/turn-load/turn-fleet';
import { residentBytes } from '../measure/process-usage.js';
import { note } from '../measure/progress.js';
import type { MeasuredServer } from '../servers/child-server.js';
import { CREDENTIAL } from '../servers/server-options.js';

export interface AllocationCost {
  readonly allocationsPerSecond: number;
  readonly channelsPerSecond: number;
  readonly releasesPerSecond: number;
  /** Resident memory of the server before, and what 10,000 allocations with a channel each added. */
  readonly idleBytes: number;
  readonly addedBytes: number;
}

/** Makes 10,000 allocations with a channel each on a fresh server, and ends them. Stops the server. */
export async function measureAllocationCost(start: () => Promise<MeasuredServer>): Promise<AllocationCost> {
  const server = await start();
  try {
    await rest();
    const idleBytes = residentBytes(server.pid);
    const fleet = new TurnFleet({
      server: 0x7f000001,
      serverPort: server.port,
      ...CREDENTIAL,
      allocations: ALLOCATIONS,
      window: 64,
    });
    const allocating = fleet.allocate();
    const binding = fleet.bindChannels();
    await rest();
    const addedBytes = residentBytes(server.pid) - idleBytes;
    const releasing = fleet.release();
    fleet.close();
    const cost = {
      allocationsPerSecond: ALLOCATIONS / allocating,
      channelsPerSecond: ALLOCATIONS / binding,
      releasesPerSecond: ALLOCATIONS / releasing,
      idleBytes,
      addedBytes,
    };
    note(
      `10,000 allocations on ${server.name}: ${Math.round(cost.allocationsPerSecond)}/s, channels ${Math.round(cost.channelsPerSecond)}/s, ` +
        `releases ${Math.round(cost.releasesPerSecond)}/s, ${mib(idleBytes)} + ${mib(addedBytes)} MiB`,
    );
    return cost;
  } finally {
    await server.stop();
  }
}

function rest(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 500));
}

function mib(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}

const ALLOCATIONS = 10_000;
