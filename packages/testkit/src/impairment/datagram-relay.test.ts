import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { DatagramRelay } from './datagram-relay.js';

async function openSocket(t: TestContext): Promise<Socket> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  t.after(() => {
    socket.close();
  });
  return socket;
}

/** A server that notes from which ports it hears and sends everything back, clients, and the relay between them. */
async function openWorld(t: TestContext) {
  const server = await openSocket(t);
  const heardFrom: number[] = [];
  const echoes = { on: true };
  server.on('message', (bytes, { port }) => {
    heardFrom.push(port);
    if (echoes.on) server.send(bytes, port, '127.0.0.1');
  });
  const relay = await DatagramRelay.open({ serverPort: server.address().port });
  t.after(() => {
    relay.close();
  });
  const addClient = async () => {
    const socket = await openSocket(t);
    const received: string[] = [];
    socket.on('message', (bytes) => received.push(bytes.toString()));
    const send = (text: string) => {
      socket.send(text, relay.port, '127.0.0.1');
    };
    return { send, received };
  };
  return { relay, server, heardFrom, echoes, addClient };
}

test('every client is somebody else to the server, and gets its own answers', async (t) => {
  const { heardFrom, addClient } = await openWorld(t);
  const [one, other] = [await addClient(), await addClient()];
  one.send('one');
  other.send('other');
  one.send('one more');
  await wait(100);
  assert.deepEqual(one.received, ['one', 'one more']);
  assert.deepEqual(other.received, ['other']);
  assert.equal(new Set(heardFrom).size, 2);
});

test('each direction is impaired for itself, from the moment it is changed', async (t) => {
  const { relay, heardFrom, addClient } = await openWorld(t);
  const client = await addClient();
  relay.change('toClients', { delayMs: 300 });
  client.send('late');
  await wait(100);
  assert.equal(heardFrom.length, 1);
  assert.deepEqual(client.received, []);
  await wait(400);
  assert.deepEqual(client.received, ['late']);
  relay.change('toClients', {});
  relay.change('toServer', { lossFraction: 1 });
  client.send('lost');
  await wait(100);
  assert.equal(heardFrom.length, 1);
  assert.equal(relay.figures('toServer').lost, 1);
});

test('nothing gets through a cut, what was under way included, and everything after it', async (t) => {
  const { relay, heardFrom, addClient } = await openWorld(t);
  const client = await addClient();
  relay.change('toServer', { delayMs: 100 });
  client.send('under way');
  await wait(30);
  relay.cut();
  client.send('cut');
  await wait(200);
  assert.equal(heardFrom.length, 0);
  relay.mend();
  client.send('mended');
  await wait(300);
  assert.deepEqual(client.received, ['mended']);
});

test('after rebinding the server hears from another port, and what it sends to the old one is lost and counted', async (t) => {
  const { relay, server, heardFrom, echoes, addClient } = await openWorld(t);
  const client = await addClient();
  client.send('before');
  await wait(100);
  relay.rebind();
  echoes.on = false;
  server.send('to the old port', heardFrom[0]!, '127.0.0.1');
  await wait(100);
  assert.equal(relay.strays, 1);
  echoes.on = true;
  client.send('after');
  await wait(100);
  assert.notEqual(heardFrom[1], heardFrom[0]);
  assert.deepEqual(client.received, ['before', 'after']);
});

test('figures tell what a rate lets through and how long it makes wait, since they were begun anew', async (t) => {
  const { relay, addClient } = await openWorld(t);
  const client = await addClient();
  // A frame of 1000 bytes takes 8 ms.
  relay.change('toServer', { rateBps: 1e6, queueMs: 50 });
  for (let index = 0; index < 20; index++) client.send('x'.repeat(958));
  await wait(200);
  const { packets, delivered, queueDropped, maximumWaitMs, meanWaitMs } = relay.figures('toServer');
  assert.equal(packets, 20);
  assert.equal(delivered + queueDropped, 20);
  assert.equal(client.received.length, delivered);
  assert.ok(delivered >= 7 && delivered < 20, `${delivered} got through`);
  assert.ok(maximumWaitMs > 40 && maximumWaitMs <= 58 + 1e-6 && meanWaitMs < maximumWaitMs);
  relay.restartFigures();
  assert.equal(relay.figures('toServer').packets, 0);
});
