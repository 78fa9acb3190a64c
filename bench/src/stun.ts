// npm run bench -- stun: Binding requests answered per second, Madang and coturn alternately on one core.
import { BindingLoad } from '@madang/testkit/turn-load/binding-load';
import { openFrameSocket } from '@madang/testkit/turn-load/frame-socket';
import type { FrameSocket } from '@madang/testkit/turn-load/frame-socket';
import { runProbe } from '@madang/testkit/turn-load/probe';
import { isSelected, readBenchmarkOptions, writeJson } from './measure/command-line.js';
import { findHighestRate } from './measure/highest-rate.js';
import type { HighestRate } from './measure/highest-rate.js';
import { SERVER_CPU } from './measure/machine.js';
import { cpuSince, cpuUsage } from './measure/process-usage.js';
import { note } from './measure/progress.js';
import { waitForQuiet } from './measure/wait-for-quiet.js';
import { runBenchmark } from './measure/run-benchmark.js';
import { median } from './measure/statistics.js';
import type { MeasuredServer } from './servers/child-server.js';
import { startCoturn } from './servers/coturn.js';
import { startMadang } from './servers/madang.js';
import { RELAY_PORTS } from './servers/server-options.js';
import { rateCell, ratioCell } from './turn/tables.js';

const FIXED_RATE = 60_000;

interface BindingRates {
  readonly clients: number;
  readonly rates: Record<MeasuredServer['name'], HighestRate[]>;
  readonly cpuMicroseconds: Record<MeasuredServer['name'], number[]>;
  readonly answerBytes: Record<MeasuredServer['name'], number>;
}

await runBenchmark(async (machine) => {
  const options = readBenchmarkOptions();
  const servers: MeasuredServer[] = [];
  const results: BindingRates[] = [];
  const frames = openFrameSocket();
  try {
    servers.push(await startCoturn({ cpu: SERVER_CPU, relayPorts: RELAY_PORTS.coturn }));
    servers.push(await startMadang({ cpu: SERVER_CPU, relayPorts: RELAY_PORTS.madang }));
    for (const clients of [1, 50]) {
      if (!isSelected(`${clients} clients`, options)) continue;
      results.push(
        await measure(clients, servers, {
          rounds: options.rounds ?? 3,
          seconds: options.seconds,
          frames,
        }),
      );
    }
  } finally {
    frames?.close();
    for (const server of servers) await server.stop();
  }
  writeJson(options, { machine, results });
  return table(results);
});

async function measure(
  clients: number,
  servers: readonly MeasuredServer[],
  options: { readonly rounds: number; readonly seconds: number; readonly frames: FrameSocket | undefined },
): Promise<BindingRates> {
  const { rounds, seconds, frames } = options;
  const result: BindingRates = {
    clients,
    rates: { coturn: [], madang: [] },
    cpuMicroseconds: { coturn: [], madang: [] },
    answerBytes: { coturn: 0, madang: 0 },
  };
  for (let round = 0; round < rounds; round++) {
    for (const server of servers) {
      const { name } = server;
      const load = new BindingLoad({ server: 0x7f000001, serverPort: server.port, clients, frames });
      const probe = (ratePerSecond: number, probeSeconds: number): ReturnType<typeof runProbe> =>
        runProbe({ streams: load.streams, ratePerSecond, seconds: probeSeconds });
      const hint = result.rates[name].at(-1)?.rate;
      const found = await findHighestRate({
        probe,
        seconds,
        ...(hint === undefined || hint === 0 ? {} : { hint }),
      });
      await waitForQuiet();
      const before = cpuUsage(server.pid);
      const { received } = probe(FIXED_RATE, seconds);
      const cpu = cpuSince(before, server.pid) / received / 1000;
      result.rates[name].push(found);
      result.cpuMicroseconds[name].push(cpu);
      result.answerBytes[name] = load.answerBytes;
      load.close();
      note(
        `${clients} clients round ${round + 1} ${name}: ${Math.round(found.rate / 1000)} k/s, bound by the ${found.boundBy}, ` +
          `generator idle ${Math.round(found.idleShare * 100)} %; ${cpu.toFixed(2)} us CPU at ${FIXED_RATE / 1000} k/s`,
      );
    }
  }
  return result;
}

function table(results: readonly BindingRates[]): string {
  const lines = [
    '| clients | coturn, k answers/s | Madang, k answers/s | ratio | coturn, us CPU | Madang, us CPU | bytes per answer |',
    '| ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
  ];
  for (const { clients, rates, cpuMicroseconds, answerBytes } of results) {
    lines.push(
      `| ${clients} | ${rateCell(rates.coturn)} | ${rateCell(rates.madang)} | ${ratioCell(rates.coturn, rates.madang)} ` +
        `| ${median(cpuMicroseconds.coturn).toFixed(2)} | ${median(cpuMicroseconds.madang).toFixed(2)} ` +
        `| ${answerBytes.coturn} / ${answerBytes.madang} |`,
    );
  }
  lines.push(
    '',
    `Binding requests of 20 bytes; highest rate at no more than 0.1 % without an answer, median (lowest-highest). ` +
      `≥: the generator could offer no more. CPU time per answer at ${FIXED_RATE / 1000} k/s.`,
  );
  return lines.join('\n');
}
