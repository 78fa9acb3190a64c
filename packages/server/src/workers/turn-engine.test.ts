import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { loadFfi } from '../native/ffi.js';
import { engineOptions } from './engine-options.test-support.js';
import { TurnEngine } from './turn-engine.js';

const native = loadFfi();

for (const network of ['native', 'portable'] as const) {
  const skip = network === 'native' && !native.ok ? native.reason : false;
  test(
    `an engine that cannot open a listener leaves none of the others open (${network})`,
    { skip },
    async () => {
      const taken = createServer().listen(0, '127.0.0.1');
      await once(taken, 'listening');
      const udpPort = await freeUdpPort();
      const listeners = [
        { protocol: 'udp', address: '127.0.0.1', port: udpPort },
        { protocol: 'tcp', address: '127.0.0.1', port: (taken.address() as AddressInfo).port },
      ] as const;
      const starting = TurnEngine.create(
        { ...engineOptions(listeners), network },
        {
          quota: { admit: (_holder, answer) => answer('granted'), release: () => undefined },
          reservations: {
            newToken: () => 1n,
            claim: (_token, _username, answer) => answer(undefined),
            giveBack: () => undefined,
            onYield: () => undefined,
          },
          log: () => undefined,
        },
      );
      await assert.rejects(starting, /Cannot listen on tcp 127\.0\.0\.1 port \d+: EADDRINUSE/);
      taken.close();
      assert.equal(await bindUdp(udpPort), udpPort);
    },
  );
}

function freeUdpPort(): Promise<number> {
  return bindUdp(0);
}

/** Binds a port and gives it up again. Rejects when it is taken. */
async function bindUdp(port: number): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(port, '127.0.0.1');
  await once(socket, 'listening');
  const bound = socket.address().port;
  socket.close();
  await once(socket, 'close');
  return bound;
}
