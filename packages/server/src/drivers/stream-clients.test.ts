import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { PathTable } from '@madang/core/path/path-table';
import type { PathId } from '@madang/core/path/path';
import { instant } from '@madang/core/time/instant';
import { StreamListener } from '../net/stream-listener.js';
import { StreamClients } from './stream-clients.js';

test('connections of authenticated clients end when they have been of no use for half a minute', async () => {
  const paths = new PathTable({ maximumPaths: 64, seed: 1 });
  const allocations = new Set<PathId>();
  const byPort = new Map<number, PathId>();
  const streams = new StreamClients({
    paths,
    handler: {
      // Whoever sends a message has authenticated; 'data' makes it a data connection of RFC 6062.
      handleMessage: (channel, arrival, bytes, offset) => {
        byPort.set(arrival.port, arrival.path);
        if (bytes[offset + 1] !== STRANGER) channel.authenticated();
        if (bytes[offset + 1] === DATA) streams.detach(arrival.path, () => undefined);
        if (bytes[offset + 1] === CONTROL) allocations.add(arrival.path);
      },
      handleClosed: (path) => allocations.delete(path),
      hasAllocation: (path) => allocations.has(path),
      handleChunkEnd: () => undefined,
    },
  });
  const listener = new StreamListener({
    tls: undefined,
    limits: { unauthenticatedSeconds: 60, halfOpenPerAddress: 0, halfOpenTotal: 0, writeBufferBytes: 65_536 },
    accept: (connection) => {
      streams.add(connection);
    },
  });
  const port = await listener.listen({ family: 4, bytes: Uint8Array.of(127, 0, 0, 1), port: 0 });
  const send = async (kind: number): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    const { localPort } = socket;
    socket.write(Uint8Array.of(0x40, kind, 0, 0));
    while (!byPort.has(localPort!)) await turnOfLoop();
    return socket;
  };
  const idle = await send(IDLE);
  const control = await send(CONTROL);
  const used = [control, await send(DATA), await send(STRANGER)];
  assert.equal(streams.count, 4);

  for (let ms = 0; ms < 30_000; ms += 200) streams.handleTimeout(instant(ms));
  assert.equal(idle.destroyed, false);
  const ended = once(idle, 'close');
  idle.resume();
  streams.handleTimeout(instant(30_000));
  await ended;
  await turnOfLoop();
  assert.equal(streams.count, 3);

  // Deleting the allocation makes the control connection one of no use.
  const controlEnded = once(control, 'close');
  control.resume();
  allocations.clear();
  for (let ms = 40_000; ms <= 80_000; ms += 10_000) streams.handleTimeout(instant(ms));
  await controlEnded;
  await turnOfLoop();
  assert.equal(streams.count, 2);
  for (const socket of used) socket.destroy();
  listener.stop();
});

function turnOfLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

const IDLE = 0;
const CONTROL = 1;
const DATA = 2;
const STRANGER = 3;
