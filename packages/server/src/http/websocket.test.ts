import assert from 'node:assert/strict';
import { createConnection } from 'node:net';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import WebSocket from 'ws';
import { CloseCode } from '@madang/wire/error-codes';
import { SignalServer } from './signal-harness.test-support.js';

async function start(t: TestContext, options: Parameters<typeof SignalServer.start>[0] = {}) {
  const server = await SignalServer.start(options);
  t.after(() => server.stop());
  return server;
}

/** The status of an upgrade: 101, or what was answered instead. */
function upgrade(server: SignalServer, headers: Record<string, string>, path = '/signal'): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(new URL(path, server.url), { headers });
    socket.on('open', () => {
      socket.terminate();
      resolve(101);
    });
    socket.on('unexpected-response', (request, response) => {
      request.destroy();
      resolve(response.statusCode!);
    });
    socket.on('error', reject);
  });
}

test('G1: pages of other sites get 403 before the upgrade', async (t) => {
  const server = await start(t, { allowedOrigins: ['https://app.example'] });
  const host = `127.0.0.1:${server.port}`;
  const foreign = [
    'https://evil.example',
    'null',
    '',
    `http://${host}.evil.example`,
    `http://evil.example/${host}`,
    `http://evil@${host}`,
    `http://127.0.0.1:${server.port + 1}`,
    'http://127.0.0.1',
    'https://app.example.evil.example',
    'https://APP.example',
    'https://app.example/',
    `ftp://${host}`,
  ];
  for (const origin of foreign) assert.equal(await upgrade(server, { origin }), 403, origin);
  for (const origin of [`http://${host}`, `https://${host}`, 'https://app.example']) {
    assert.equal(await upgrade(server, { origin }), 101, origin);
  }
  assert.equal(await upgrade(server, {}), 101, 'no browser');
  assert.equal(server.signaling.figures().participants, 0);
});

test('without an upgrade the route says what it is', async (t) => {
  const server = await start(t);
  const response = await fetch(server.url.replace('ws:', 'http:'));
  assert.equal(response.status, 426);
});

test('no other path takes an upgrade, and a query changes nothing', async (t) => {
  const server = await start(t);
  for (const path of ['/', '/page', '/nothing', '/signal/', '/signal/x', '/SIGNAL']) {
    assert.equal(await upgrade(server, {}, path), 404, path);
  }
  assert.equal((await fetch(`http://127.0.0.1:${server.port}/page`)).status, 200);
  assert.equal(await upgrade(server, { origin: 'https://evil.example' }, '/signal?token=x'), 403);
});

test('G4: an address may open so many sockets, and so many a second; a closed one makes room', async (t) => {
  const server = await start(t, { limits: { connectionsPerAddress: 3 } });
  const open = await Promise.all([server.connect(), server.connect(), server.connect()]);
  assert.equal(await upgrade(server, {}), 429);
  open[0]!.socket.terminate();
  await open[0]!.closed;
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(await upgrade(server, {}), 101);
  const slow = await start(t, { limits: { connectionsPerSecond: 5 } });
  const statuses = await Promise.all(Array.from({ length: 12 }, () => upgrade(slow, {})));
  const admitted = statuses.filter((status) => status === 101).length;
  assert.ok(admitted >= 5 && admitted <= 7, `${admitted} of 12`);
});

test('G4: a failed handshake does not count as open', async (t) => {
  const server = await start(t, { limits: { connectionsPerAddress: 2 } });
  for (let i = 0; i < 4; i++) {
    const socket = await openRaw(server, 'Sec-WebSocket-Key: too-short\r\n');
    socket.destroy();
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(await upgrade(server, {}), 101);
});

test('G3: more than 128 KiB closes with 1009, invalid UTF-8 with 1007, others go on', async (t) => {
  const server = await start(t);
  const witness = await server.join('Witness');
  const large = await server.join('Large');
  large.socket.send('x'.repeat(128 * 1024 + 1));
  assert.equal(await large.closed, CloseCode.tooBig);
  const invalid = await server.join('Invalid');
  invalid.socket.send(Buffer.from([0xff, 0xfe]), { binary: false });
  assert.equal(await invalid.closed, 1007);
  assert.equal(await witness.ask({ type: 'chat', text: 'still here' }), 'ok');
});

test('G6: many tiny fragments end the connection, compression is not offered', async (t) => {
  const server = await start(t);
  const client = await server.connect();
  assert.equal(client.socket.extensions, '');
  const raw = await openRaw(server, 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n');
  raw.resume();
  const ended = new Promise((resolve) => raw.on('close', resolve));
  raw.on('error', () => undefined);
  // Text frame without FIN, then continuation frames of one byte, masked with zeros.
  raw.write(Buffer.from([0x01, 0x81, 0, 0, 0, 0, 0x20]));
  for (let i = 0; i < 200; i++) raw.write(Buffer.from([0x00, 0x81, 0, 0, 0, 0, 0x20]));
  await ended;
  assert.equal((await server.join('Next')).last('joined')?.type, 'joined');
});

/** A TCP connection that has asked for the upgrade. */
function openRaw(server: SignalServer, headers: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(server.port, '127.0.0.1', () => {
      socket.write(
        `GET /signal HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${headers}` +
          'Sec-WebSocket-Version: 13\r\n\r\n',
      );
    });
    socket.once('data', () => {
      resolve(socket);
    });
    socket.once('error', reject);
  });
}
