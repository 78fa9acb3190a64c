import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { test } from 'node:test';
import { JsonLines } from './json-lines.js';

test('messages arrive whole and in order, however the stream is cut; the end is told', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [other] = (await once(server, 'connection')) as [Socket];
  t.after(() => {
    socket.destroy();
    server.close();
  });
  const lines = new JsonLines<unknown, unknown>(socket);
  const messages = [{ text: '차 한잔\n' }, { long: 'x'.repeat(300_000) }, [], {}];
  const bytes = Buffer.from(messages.map((message) => `${JSON.stringify(message)}\n`).join(''));
  for (let at = 0; at < 40; at++) {
    other.write(bytes.subarray(at, at + 1));
    await new Promise((resolve) => setImmediate(resolve));
  }
  other.write(bytes.subarray(40));
  const received: unknown[] = [];
  // Not before somebody listens.
  await new Promise((resolve) => setTimeout(resolve, 20));
  lines.listen((message) => received.push(message));
  while (received.length < messages.length) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(received, messages);
  lines.send({ answer: 1 });
  const [answer] = (await once(other, 'data')) as [Buffer];
  assert.equal(answer.toString(), '{"answer":1}\n');
  const ended = new Promise<void>((resolve) => {
    lines.onEnd(resolve);
  });
  other.destroy();
  await ended;
  lines.send('into the void');
});

test('nonsense, and a line without end, end the connection', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
  });
  for (const bytes of ['{\n', 'null\n', '7\n', '\n', 'x'.repeat(65 * 1024 * 1024)]) {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const [other] = (await once(server, 'connection')) as [Socket];
    other.on('error', () => undefined);
    const lines = new JsonLines<unknown, unknown>(socket);
    const received: unknown[] = [];
    const ended = new Promise<void>((resolve) => {
      lines.onEnd(resolve);
    });
    lines.listen((message) => received.push(message));
    other.write(bytes);
    other.write('\n{"kind":"late"}\n');
    await ended;
    assert.deepEqual(received, []);
    other.destroy();
  }
});
