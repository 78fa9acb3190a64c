import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import { findFreePort } from './free-port.js';

test('the port is free for UDP on the second host too', async () => {
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
      const port = await findFreePort(['127.0.0.1', '127.0.0.2']);
      assert.equal(ports.has(port), false);
    }
  } finally {
    for (const socket of taken) socket.close();
  }
});

test('the port is another than the one that is spoken for', async () => {
  const first = await findFreePort(['127.0.0.1']);
  for (let round = 0; round < 50; round++) {
    const second = await findFreePort(['127.0.0.1'], first);
    assert.notEqual(second, first);
  }
});
