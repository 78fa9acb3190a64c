import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Attribute } from '@madang/core/stun/attributes';
import { ServerProcess, TURN_PASSWORD, TURN_USER } from '@madang/testkit/server-process';
import type { TurnClient } from '@madang/testkit/turn-client';
import { runProbe } from '@madang/testkit/turn-load/probe';
import { TurnFleet } from '@madang/testkit/turn-load/turn-fleet';
import { createTurnStreams } from '@madang/testkit/turn-load/turn-streams';
import { verifyRelay } from '@madang/testkit/turn-load/verify-relay';
import { connectClient, delay } from './clients.js';
import { ipv4Number } from './flood.js';

const ONE_PERSON = [
  ...['--allocations-per-user', '0', '--allocations-per-address', '0'],
  ...['--unauthenticated-reply-rate-per-address', '0', '--unauthenticated-reply-rate-per-prefix', '0'],
];

for (const workers of [0, 2]) {
  test(`T5: 10,000 allocations end where they began, ${workers} workers`, async () => {
    // Few ports, and not those of other servers: a leak of one in a hundred allocations would be the end of the test.
    const server = await ServerProcess.start({
      workers,
      options: [...ONE_PERSON, '--relay-ports', '18000-18127', '--allocations-total', '128'],
    });
    try {
      const pids = workers === 0 ? [server.pid] : server.workerPids;
      const clients = await Promise.all(Array.from({ length: 16 }, () => connectClient(server)));
      await cycle(clients[0]!, 4);
      const before = pids.map(openDescriptors);
      await Promise.all(clients.map((client) => cycle(client, 10_000 / clients.length)));
      // Streams that close without a word.
      for (let i = 0; i < 100; i++) {
        const client = await connectClient(server, { transport: 'tcp' });
        assert.equal((await client.allocate()).code, 0);
        client.close();
      }
      const figures = await server.settledMetrics();
      assert.equal(figures.get('madang_turn_allocations'), 0);
      assert.ok(figures.get('madang_turn_allocations_created_total')! >= 10_000);
      // One more may be the connection that asked for the figures.
      const after = pids.map(openDescriptors);
      for (const [i, count] of after.entries()) {
        assert.ok(count <= before[i]! + 1, `open descriptors: ${before.join(' ')}, then ${after.join(' ')}`);
      }
      for (const client of clients) client.close();
      // Every port is free again: all can be had at once.
      const wanted = 128;
      const all = await Promise.all(Array.from({ length: wanted }, () => connectClient(server)));
      const codes: number[] = [];
      for (const client of all) codes.push((await client.allocate()).code);
      const granted = codes.filter((code) => code === 0).length;
      // Workers have a share of the ports each, and clients are not dealt out evenly.
      if (workers === 0) {
        const foreign = boundPorts().filter((port) => !all.some(({ relayed }) => relayed[0]?.port === port));
        const refused = codes.filter((code) => code !== 0).join(', ');
        assert.equal(
          granted,
          wanted,
          `refused with ${refused}; ports of somebody else: ${foreign.join(', ')}`,
        );
      } else assert.ok(granted > wanted / 2, `${granted} of ${wanted}`);
      await Promise.all(all.map((client) => client.refresh(0)));
      for (const client of all) client.close();
    } finally {
      await server.stop();
    }
  });
}

for (const network of [[], ['--no-native'], ['--icmp-reports']]) {
  test(`a peer that cannot be sent to ends nothing, ${network.join(' ') || 'native network'}`, async () => {
    const server = await ServerProcess.start({
      options: [
        ...network,
        '--max-bitrate-bps',
        '0',
        '--allow-peers',
        '127.0.0.0/8,10.0.0.0/8,192.168.0.0/16',
      ],
    });
    const echo = await startEchoSocket();
    const closedPort = await unusedPort();
    try {
      for (const transport of ['udp', 'tcp'] as const) {
        const client = await connectClient(server, { transport });
        assert.equal((await client.allocate()).code, 0);
        const good = `127.0.0.1:${echo.address().port}`;
        assert.equal((await client.channelBind(0x4000, good)).code, 0);
        // Nobody listens; no route from a loopback address: what browsers list among their candidates.
        const bad = [`127.0.0.1:${closedPort}`, '10.255.255.1:9', '192.168.77.77:5000'];
        for (const [index, peer] of bad.entries()) {
          assert.equal((await client.channelBind(0x4001 + index, peer)).code, 0, peer);
        }
        for (let round = 0; round < 20; round++) {
          for (const [index, peer] of bad.entries()) {
            client.sendChannelData(0x4001 + index, Buffer.from('lost'));
            client.sendIndication(peer, Buffer.from('lost too'));
          }
          // Longer than any datagram.
          if (transport === 'tcp') client.sendChannelData(0x4000, Buffer.alloc(65_535));
          assert.equal(await throughEcho(client, `round ${round}`), `round ${round}`);
        }
        assert.equal((await client.refresh(600)).code, 0);
        await client.refresh(0);
        client.close();
      }
      const errors = [...(await server.metrics())].filter(([name]) =>
        name.startsWith('madang_send_errors_total'),
      );
      const total = errors.reduce((sum, [, count]) => sum + count, 0);
      assert.ok(total >= 80, `send errors: ${JSON.stringify(errors)}`);
    } finally {
      echo.close();
      await server.stop();
    }
  });
}

for (const transport of ['tcp', 'tls'] as const) {
  test(`over ${transport}, messages of every length come whole, right and in order`, async () => {
    const server = await ServerProcess.start({
      workers: 2,
      options: ['--max-bitrate-bps', '0', '--stream-write-buffer-bytes', `${32 * 1024 * 1024}`],
    });
    const echo = await startEchoSocket();
    try {
      const client = await connectClient(server, { transport });
      assert.equal((await client.allocate()).code, 0);
      const peer = `127.0.0.1:${echo.address().port}`;
      assert.equal((await client.channelBind(0x4000, peer)).code, 0);
      const received: Buffer[] = [];
      client.onData = ({ bytes, channel }) => {
        assert.equal(channel, 0x4000);
        received.push(Buffer.from(bytes));
      };
      const sent = Array.from({ length: 2000 }, (_, i) => patterned(i, (i * 37) % 1400));
      for (const [i, message] of sent.entries()) {
        if (i % 3 === 0) client.sendIndication(peer, message);
        else client.sendChannelData(0x4000, message);
        // UDP to the echo has no flow control: as many at a time as any receive buffer holds.
        if (i % 20 === 19) await arrival(() => received.length === i + 1);
      }
      assert.equal(received.length, sent.length);
      for (const [i, message] of sent.entries()) assert.ok(received[i]!.equals(message), `message ${i}`);
      client.close();
    } finally {
      echo.close();
      await server.stop();
    }
  });
}

test('a dual allocation relays to peers of both families', async (t) => {
  const server = await ServerProcess.start({ hosts: ['127.0.0.1', '::1'] }).catch((error: unknown) => error);
  if (!(server instanceof ServerProcess)) {
    t.skip('this machine has no ::1');
    return;
  }
  const echoes = [await startEchoSocket('127.0.0.1'), await startEchoSocket('::1')];
  try {
    const client = await connectClient(server);
    const { code } = await client.allocate((writer) =>
      writer.u8WithReserved(Attribute.additionalAddressFamily, 2),
    );
    assert.equal(code, 0);
    assert.deepEqual(
      client.relayed.map(({ family }) => family),
      [4, 6],
    );
    for (const [index, echo] of echoes.entries()) {
      const { port } = echo.address();
      const peer = index === 0 ? `127.0.0.1:${port}` : `[::1]:${port}`;
      assert.equal((await client.channelBind(0x4000 + index, peer)).code, 0);
      const back = client.nextData();
      client.sendChannelData(0x4000 + index, Buffer.from(`to ${peer}`));
      assert.equal((await back).bytes.toString(), `to ${peer}`);
    }
    client.close();
  } finally {
    for (const echo of echoes) echo.close();
    await server.stop();
  }
});

test('relaying a million packets allocates next to nothing', async (t) => {
  const server = await ServerProcess.start({
    options: [...ONE_PERSON, '--max-bitrate-bps', '0'],
    // New space of one MiB, so that a collection means that a million bytes were allocated.
    nodeOptions: '--max-semi-space-size=1',
  });
  const fleet = new TurnFleet({
    server: ipv4Number('127.0.0.1'),
    serverPort: server.turnPort,
    username: TURN_USER,
    password: TURN_PASSWORD,
    allocations: 20,
  });
  try {
    fleet.allocate();
    fleet.bindChannels();
    verifyRelay(fleet, 100);
    const streams = createTurnStreams({ fleet, direction: 'both', shape: 'single', payloadBytes: 100 });
    const load = async (packets: number): Promise<void> => {
      for (let relayed = 0, rounds = 0; relayed < packets; rounds++) {
        assert.ok(rounds < 60, `only ${relayed} packets were relayed in ${rounds} rounds`);
        relayed += runProbe({ streams, ratePerSecond: 150_000, seconds: 2 }).received;
        await delay(1);
      }
    };
    await load(50_000);
    const before = await settledFigures(server);
    await load(1_000_000);
    // Before anything asks for figures again: making those allocates, too.
    const { relayed, scavenges } = await figuresOf(server);
    assert.ok(relayed - before.relayed >= 1_000_000, `only ${relayed - before.relayed} packets were counted`);
    // An object of 100 bytes per packet would fill new space a hundred times.
    const collected = scavenges - before.scavenges;
    assert.ok(collected <= 40, `${collected} collections of new space`);
    const growth = (await settledFigures(server)).keptBytes - before.keptBytes;
    t.diagnostic(`${collected} collections of new space, memory grew by ${growth} bytes`);
    assert.ok(growth < 8_000_000, `memory grew by ${growth} bytes`);
    fleet.release();
  } finally {
    fleet.close();
    await server.stop();
  }
});

interface Figures {
  readonly relayed: number;
  /** Collections of new space so far. */
  readonly scavenges: number;
  /** Resident memory without what V8 holds ready for new objects: of its heap, what has survived. */
  readonly keptBytes: number;
}

async function figuresOf(server: ServerProcess): Promise<Figures> {
  const figures = await server.metrics();
  const residentBytes = server.residentBytes();
  const relayed = ['to_peer', 'to_client'].map((direction) =>
    figures.get(`madang_relay_packets_total{direction="${direction}"}`),
  );
  const survivors = [...figures].filter(
    ([name]) => name.startsWith('nodejs_heap_space_size_used_bytes') && !/space="new/.test(name),
  );
  const heapBytes = figures.get('nodejs_heap_size_total_bytes')!;
  assert.ok(heapBytes > 0 && survivors.length > 2, 'no figures of the heap');
  return {
    relayed: relayed[0]! + relayed[1]!,
    scavenges: figures.get('nodejs_gc_duration_seconds_count{kind="minor"}') ?? 0,
    keptBytes: residentBytes - heapBytes + survivors.reduce((sum, [, bytes]) => sum + bytes, 0),
  };
}

/**
 * Figures after new space was collected twice. V8 reserves both its halves at the start, but they become resident page by
 * page while they are filled, which looks like growth. Asking for figures fills them.
 */
async function settledFigures(server: ServerProcess): Promise<Figures> {
  const { scavenges } = await figuresOf(server);
  for (let asked = 0; asked < 1000; asked++) {
    const figures = await figuresOf(server);
    if (figures.scavenges >= scavenges + 2) return figures;
  }
  throw new Error('new space is never collected');
}

/** Allocates and ends; every fourth time with an even port. */
async function cycle(client: TurnClient, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    const { code } = await client.allocate((writer) => {
      if (i % 4 === 3) writer.u8(Attribute.evenPort, 0);
    });
    assert.equal(code, 0, `cycle ${i}`);
    assert.equal((await client.refresh(0)).code, 0);
  }
}

/** Ports from 18000 to 18127 that UDP sockets of this machine are bound to. */
function boundPorts(): number[] {
  const rows = readFileSync('/proc/net/udp', 'utf8').split('\n').slice(1);
  return rows
    .map((row) => Number.parseInt(row.trim().split(/\s+/)[1]?.split(':')[1] ?? '', 16))
    .filter((port) => port >= 18_000 && port <= 18_127);
}

function openDescriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

async function startEchoSocket(host = '127.0.0.1'): Promise<Socket> {
  const type = host.includes(':') ? 'udp6' : 'udp4';
  const socket = createSocket({ type, recvBufferSize: 4 * 1024 * 1024 });
  socket.on('message', (message, from) => {
    socket.send(message, from.port, from.address);
  });
  socket.bind(0, host);
  await once(socket, 'listening');
  return socket;
}

async function unusedPort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  return port;
}

/** Sends a text to the echo on channel 0x4000 and gives back what comes. */
async function throughEcho(client: TurnClient, text: string): Promise<string> {
  const back = client.nextData();
  client.sendChannelData(0x4000, Buffer.from(text));
  return (await back).bytes.toString();
}

function patterned(seed: number, length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, i) => (seed * 31 + i * 7) & 0xff));
}

async function arrival(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!condition()) {
    assert.ok(performance.now() < deadline, 'something was lost');
    await delay(1);
  }
}
