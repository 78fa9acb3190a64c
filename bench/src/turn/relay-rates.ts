import type { FrameSocket } from '@madang/testkit/turn-load/frame-socket';
import { droppedBy } from '@madang/testkit/turn-load/load-socket';
import { runProbe } from '@madang/testkit/turn-load/probe';
import { TurnFleet } from '@madang/testkit/turn-load/turn-fleet';
import { createTurnStreams } from '@madang/testkit/turn-load/turn-streams';
import { verifyRelay } from '@madang/testkit/turn-load/verify-relay';
import { findHighestRate } from '../measure/highest-rate.js';
import type { HighestRate } from '../measure/highest-rate.js';
import { note } from '../measure/progress.js';
import { waitForQuiet } from '../measure/wait-for-quiet.js';
import { cpuSince, cpuUsage } from '../measure/process-usage.js';
import type { MeasuredServer } from '../servers/child-server.js';
import { CREDENTIAL } from '../servers/server-options.js';
import { rowName } from './rows.js';
import type { RelayRow } from './rows.js';

export interface RelayRates {
  readonly row: RelayRow;
  /** One per round, by server. */
  readonly rates: Record<MeasuredServer['name'], HighestRate[]>;
  /** CPU time per relayed packet at FIXED_RATE, microseconds, one per round. */
  readonly cpuMicroseconds: Record<MeasuredServer['name'], number[]>;
}

/** The rate at which CPU per packet is compared: both servers relay it without loss. */
export const FIXED_RATE = 60_000;

/** Measures one row: the servers take turns, round by round, each with allocations of its own. */
export async function measureRow(
  row: RelayRow,
  servers: readonly MeasuredServer[],
  options: {
    readonly rounds: number;
    readonly seconds: number;
    readonly frames: FrameSocket | undefined;
  },
): Promise<RelayRates> {
  const result: RelayRates = {
    row,
    rates: { coturn: [], madang: [] },
    cpuMicroseconds: { coturn: [], madang: [] },
  };
  const lanes = servers.map((server) => openLane(row, server, options.frames));
  try {
    for (let round = 0; round < options.rounds; round++) {
      for (const lane of lanes) {
        const { name } = lane.server;
        const hint = result.rates[name].at(-1)?.rate;
        const found = await findHighestRate({
          probe: lane.probe,
          seconds: options.seconds,
          ...(hint === undefined || hint === 0 ? {} : { hint }),
        });
        result.rates[name].push(found);
        result.cpuMicroseconds[name].push(await measureCpu(lane, options.seconds));
        describe(row, name, round, found, result.cpuMicroseconds[name].at(-1)!);
      }
    }
  } finally {
    for (const lane of lanes) lane.close();
  }
  return result;
}

interface Lane {
  readonly server: MeasuredServer;
  readonly probe: (ratePerSecond: number, seconds: number) => ReturnType<typeof runProbe>;
  close(): void;
}

function openLane(row: RelayRow, server: MeasuredServer, frames: FrameSocket | undefined): Lane {
  const fleet = new TurnFleet({
    server: 0x7f000001,
    serverPort: server.port,
    ...CREDENTIAL,
    allocations: row.allocations,
  });
  fleet.allocate();
  fleet.bindChannels();
  verifyRelay(fleet, row.payloadBytes);
  const streams = createTurnStreams({ ...row, fleet, frames });
  return {
    server,
    probe: (ratePerSecond, seconds) => {
      const dropped = droppedBy(fleet.clients) + droppedBy(fleet.peers);
      const result = runProbe({ streams, ratePerSecond, seconds });
      const own = droppedBy(fleet.clients) + droppedBy(fleet.peers) - dropped;
      if (own > 0) note(`  the generator itself dropped ${own} packets: this probe is not the server's`);
      return result;
    },
    close: () => {
      fleet.release();
      fleet.close();
    },
  };
}

async function measureCpu(lane: Lane, seconds: number): Promise<number> {
  await waitForQuiet();
  const before = cpuUsage(lane.server.pid);
  const { received } = lane.probe(FIXED_RATE, seconds);
  return cpuSince(before, lane.server.pid) / received / 1000;
}

function describe(row: RelayRow, name: string, round: number, found: HighestRate, cpu: number): void {
  note(
    `${rowName(row)} round ${round + 1} ${name}: ${Math.round(found.rate / 1000)} k/s, bound by the ${found.boundBy}, ` +
      `generator idle ${Math.round(found.idleShare * 100)} %, ${found.probes} probes; ${cpu.toFixed(2)} us CPU per packet at ${FIXED_RATE / 1000} k/s`,
  );
}
