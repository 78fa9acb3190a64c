import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import { findFreePorts } from './free-port.js';

test('the ports are free for UDP on the second host too', async () => {
  const taken = await Promise.all(
    Array.from({ length: 800 }, async () => {
      const socket = createSocket('udp4').bind(0, '127.0.0.2');
      await once(socket, 'listening');
      return socket;
    }),
  );
  const ports = new Set(taken.map((socket) => socket.address().port));
  try {
    for (let round = 0; round < 200; round++) {
      const port = await findFreePorts(['127.0.0.1', '127.0.0.2'], 2, []);
      assert.equal(ports.has(port) || ports.has(port + 1), false);
    }
  } finally {
    for (const socket of taken) socket.close();
  }
});

test('the port is another than those that are spoken for', async () => {
  const first = await findFreePorts(['127.0.0.1'], 1, []);
  for (let round = 0; round < 50; round++) {
    const second = await findFreePorts(['127.0.0.1'], 1, [first]);
    assert.notEqual(second, first);
  }
});
