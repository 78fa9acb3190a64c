import assert from 'node:assert/strict';
import type { Writable } from 'node:stream';
import { test } from 'node:test';
import * as ws from 'ws';
import { textFrameHead } from './websocket-frame.js';

test('a text behind its head is read again, at every size of its length field', async () => {
  const texts = [
    '',
    'a',
    '차 한 잔 🍵',
    'x'.repeat(125),
    'x'.repeat(126),
    'é'.repeat(63),
    'é'.repeat(32_767),
  ];
  texts.push('x'.repeat(65_535), 'x'.repeat(65_536), '한'.repeat(100_000));
  const read: string[] = [];
  // The reader of `ws`, which its types leave out.
  const { Receiver } = ws as unknown as { Receiver: new (options: { isServer: boolean }) => Writable };
  const receiver = new Receiver({ isServer: false });
  receiver.on('message', (data: Buffer, isBinary: boolean) => {
    assert.equal(isBinary, false);
    read.push(data.toString());
  });
  const failed = new Promise((_resolve, reject) => receiver.on('error', reject));
  const written = new Promise((resolve) =>
    receiver.end(Buffer.concat(texts.map(frameOf)), () => resolve(true)),
  );
  await Promise.race([failed, written]);
  assert.deepEqual(read, texts);
});

function frameOf(text: string): Buffer {
  return Buffer.concat([Buffer.from(textFrameHead(Buffer.byteLength(text)), 'latin1'), Buffer.from(text)]);
}
