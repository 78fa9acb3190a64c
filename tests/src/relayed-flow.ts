import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import type { ServerProcess } from '@madang/testkit/server-process';
import type { TurnClient } from '@madang/testkit/turn-client';
import { connectClient } from './clients.js';
import type { ConnectOptions } from './clients.js';

/** A UDP socket that sends everything back. */
export async function startEchoSocket(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.on('message', (message, from) => {
    socket.send(message, from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

export const CHANNEL = 0x4000;

/** A client with an allocation and a channel to the echo. */
export async function relayingClient(
  server: ServerProcess,
  echo: Socket,
  options: ConnectOptions = {},
): Promise<TurnClient> {
  const client = await connectClient(server, { timeoutMs: 8000, ...options });
  try {
    assert.equal((await client.allocate()).code, 0);
    assert.equal((await client.channelBind(CHANNEL, `127.0.0.1:${echo.address().port}`)).code, 0);
    return client;
  } catch (error) {
    // Its socket would keep the process of the test alive.
    client.close();
    throw error;
  }
}

/** Whether something goes to the echo and back. */
export async function relays(client: TurnClient): Promise<boolean> {
  const back = client.nextData(500);
  client.sendChannelData(CHANNEL, Buffer.from('ping'));
  return back.then(
    ({ bytes }) => bytes.toString() === 'ping',
    () => false,
  );
}
