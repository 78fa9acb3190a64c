// npm run bench -- generator: what the load generator itself can do, so that nobody takes its limit for a server's.
import { fileURLToPath } from 'node:url';
import { openFrameSocket } from '@madang/testkit/turn-load/frame-socket';
import type { FrameSocket } from '@madang/testkit/turn-load/frame-socket';
import { FrameTrain } from '@madang/testkit/turn-load/frame-train';
import { closeLoadSocket, openLoadSocket } from '@madang/testkit/turn-load/load-socket';
import type { LoadSocket } from '@madang/testkit/turn-load/load-socket';
import { PacketCounter } from '@madang/testkit/turn-load/packet-counter';
import { PacketTrain } from '@madang/testkit/turn-load/packet-train';
import type { LoadTrain } from '@madang/testkit/turn-load/packet-train';
import { runProbe } from '@madang/testkit/turn-load/probe';
import { readBenchmarkOptions, writeJson } from './measure/command-line.js';
import { findHighestRate } from './measure/highest-rate.js';
import { SERVER_CPU } from './measure/machine.js';
import { note } from './measure/progress.js';
import { runBenchmark } from './measure/run-benchmark.js';
import { Child } from './servers/child-server.js';
import { freePort } from './servers/ports.js';

const MIRROR = fileURLToPath(new URL('servers/mirror-main.js', import.meta.url));

interface Destination {
  readonly address: number;
  readonly port: number;
}

interface Ceiling {
  readonly flows: number;
  readonly bytes: number;
  readonly sender: string;
  /** Packets per second sent and received again by the generator's one core. */
  readonly alone: number;
  /** The same with a mirror on the other core between. */
  readonly mirrored: number;
}

await runBenchmark(async (machine) => {
  const options = readBenchmarkOptions();
  const port = await freePort();
  const mirror = new Child({ command: process.execPath, args: [MIRROR, String(port)], cpu: SERVER_CPU });
  const frames = openFrameSocket();
  const ceilings: Ceiling[] = [];
  try {
    await mirror.waitUntil(() => mirror.output.includes('ready'));
    for (const bytes of [1000, 100]) {
      for (const flows of [10, 500]) {
        for (const sender of ['single, frames', 'single, UDP socket', 'burst'] as const) {
          if (sender === 'single, frames' && frames === undefined) continue;
          const ceiling = await measure({
            flows,
            bytes,
            sender,
            frames,
            mirrorPort: port,
            seconds: options.seconds,
          });
          note(JSON.stringify(ceiling));
          ceilings.push(ceiling);
        }
      }
    }
  } finally {
    frames?.close();
    await mirror.stop();
  }
  writeJson(options, { machine, ceilings });
  return table(ceilings);
});

interface Case {
  readonly flows: number;
  readonly bytes: number;
  readonly sender: 'single, frames' | 'single, UDP socket' | 'burst';
  readonly frames: FrameSocket | undefined;
  readonly mirrorPort: number;
  readonly seconds: number;
}

async function measure(options: Case): Promise<Ceiling> {
  const { flows, bytes, sender, seconds } = options;
  const socket = openLoadSocket({ receiveOffload: 'on' });
  const sink = openLoadSocket({ receiveOffload: 'on' });
  try {
    const alone = runProbe({
      streams: [
        {
          train: trainOf(options, socket, { address: 0x7f020001, port: sink.port }),
          counter: new PacketCounter({ socket: sink, packetBytes: bytes }),
        },
      ],
      ratePerSecond: 5_000_000,
      seconds,
    });
    const streams = [
      {
        train: trainOf(options, socket, { address: 0x7f000001, port: options.mirrorPort }),
        counter: new PacketCounter({ socket, packetBytes: bytes }),
      },
    ];
    const mirrored = await findHighestRate({
      probe: (ratePerSecond, probeSeconds) => runProbe({ streams, ratePerSecond, seconds: probeSeconds }),
      seconds,
    });
    return { flows, bytes, sender, alone: alone.deliveredRate, mirrored: mirrored.rate };
  } finally {
    closeLoadSocket(socket);
    closeLoadSocket(sink);
  }
}

function trainOf(options: Case, socket: LoadSocket, destination: Destination): LoadTrain {
  const packet = new Uint8Array(options.bytes);
  const flows = Array.from({ length: options.flows }, (_, index) => ({
    source: 0x7f010001 + index,
    destination: destination.address,
    destinationPort: destination.port,
    packet,
  }));
  if (options.sender === 'single, frames' && options.frames !== undefined) {
    return new FrameTrain({ socket: options.frames, sourcePort: socket.port, flows });
  }
  return new PacketTrain({ socket, flows, packetsPerMessage: options.sender === 'burst' ? 8 : 1 });
}

function table(ceilings: readonly Ceiling[]): string {
  const k = (rate: number): string => (rate / 1000).toFixed(0);
  return [
    '| flows | bytes | sent as | generator alone, k packets/s | with a mirror, k packets/s |',
    '| ---: | ---: | --- | ---: | ---: |',
    ...ceilings.map(
      ({ flows, bytes, sender, alone, mirrored }) =>
        `| ${flows} | ${bytes} | ${sender} | ${k(alone)} | ${k(mirrored)} |`,
    ),
    '',
    'Alone: sent and received again by one core. Mirror: the UDP data plane of Madang sends every datagram back, on the ' +
      'other core, at no more than 0.1 % loss.',
  ].join('\n');
}
