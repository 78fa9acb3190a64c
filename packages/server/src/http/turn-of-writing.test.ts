import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { test } from 'node:test';
import { TurnOfWriting } from './turn-of-writing.js';

test('what is written in one turn leaves in one piece, in order, and in the same turn', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const reader = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [writer] = (await once(server, 'connection')) as [Socket];
  t.after(() => {
    reader.destroy();
    server.close();
  });
  const turn = new TurnOfWriting();
  const received: string[] = [];
  reader.on('data', (data: Buffer) => received.push(data.toString()));
  for (let round = 0; round < 3; round++) {
    for (const text of ['a', 'b', 'c']) {
      turn.join(writer);
      writer.write(text);
    }
    assert.equal(writer.writableLength, 3);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(writer.writableCorked, 0);
    await once(reader, 'data');
  }
  assert.deepEqual(received, ['abc', 'abc', 'abc']);
  // A socket that is gone by then is no harm.
  turn.join(writer);
  writer.destroy();
  await new Promise((resolve) => setImmediate(resolve));
});

test('what can wait leaves in front of the next piece, or by itself when none comes', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const reader = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [writer] = (await once(server, 'connection')) as [Socket];
  t.after(() => {
    reader.destroy();
    server.close();
  });
  const turn = new TurnOfWriting();
  turn.joinLater(writer);
  writer.write('ok ');
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(writer.writableLength, 3, 'waits');
  turn.join(writer);
  writer.write('news');
  assert.equal(String((await once(reader, 'data'))[0]), 'ok news');
  turn.joinLater(writer);
  writer.write('ok again');
  assert.equal(String((await once(reader, 'data'))[0]), 'ok again');
  assert.equal(writer.writableCorked, 0);
});
