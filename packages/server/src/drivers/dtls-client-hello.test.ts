import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { ClientHelloView } from './dtls-client-hello.js';
import { DtlsHandshakeGuard } from './dtls-handshake-guard.js';

const view = new ClientHelloView();
const random = randomBytes(32);
const cookie = randomBytes(20);
const body = Buffer.concat([
  Buffer.of(0xfe, 0xfd),
  random,
  Buffer.of(4, 1, 2, 3, 4, cookie.length),
  cookie,
  Buffer.from('0002c02b0100', 'hex'),
]);

test('a hello tells its random, cookie and sequence number, at any offset', () => {
  const datagram = record({ message: handshake({ type: 1, body, sequence: 1 }), sequence: 9 });
  for (const offset of [0, 1, 700]) {
    const bytes = Buffer.concat([Buffer.alloc(offset, 0xfe), datagram, randomBytes(3)]);
    assert.equal(view.parse(bytes, offset, datagram.length), 'hello');
    assert.equal(view.messageSequence, 1);
    assert.deepEqual(bytes.subarray(view.randomOffset, view.randomOffset + 32), random);
    assert.deepEqual(bytes.subarray(view.cookieOffset, view.cookieOffset + view.cookieLength), cookie);
    assert.equal(bytes.readUIntBE(view.recordSequenceOffset + 2, 6), 9);
  }
});

test('the first fragment is enough when the cookie is in it, others are told apart', () => {
  const cases: [string, Buffer][] = [
    ['hello', record({ message: handshake({ type: 1, body: body.subarray(0, 60), total: 2000 }) })],
    ['malformed', record({ message: handshake({ type: 1, body: body.subarray(0, 59), total: 2000 }) })],
    ['malformed', record({ message: handshake({ type: 1, body: body.subarray(0, 34), total: 2000 }) })],
    [
      'laterFragment',
      record({ message: handshake({ type: 1, body: randomBytes(40), total: 2000, at: 100 }) }),
    ],
    ['malformed', record({ message: handshake({ type: 1, body: randomBytes(40), total: 2000, at: 1961 }) })],
    ['malformed', record({ message: handshake({ type: 1, body: Buffer.alloc(0), total: 2000 }) })],
    ['malformed', record({ message: handshake({ type: 1, body, total: 4097 }) })],
    ['hello', record({ message: handshake({ type: 1, body, total: 4096 }) })],
    ['malformed', record({ message: handshake({ type: 1, body, sequence: 2 }) })],
    ['malformed', record({ message: Buffer.concat([handshake({ type: 1, body }), Buffer.of(0)]) })],
    ['other', record({ message: handshake({ type: 16, body }) })],
    ['other', record({ message: randomBytes(7), type: 21 })],
    ['other', record({ message: handshake({ type: 1, body }), epoch: 1 })],
    ['malformed', record({ message: Buffer.alloc(0) })],
    ['malformed', record({ message: handshake({ type: 1, body }), version: 0x0303 })],
  ];
  for (const [i, [expected, bytes]] of cases.entries())
    assert.equal(view.parse(bytes, 0, bytes.length), expected, `${i}`);
});

test('no length, truncation or flipped bit makes the parser or the guard throw or read outside', () => {
  const good = record({ message: handshake({ type: 1, body }) });
  const guard = new DtlsHandshakeGuard({ messageBytes: 16_384, fragments: 64 });
  for (let length = 0; length <= good.length; length++) {
    for (let bit = 0; bit < good.length * 8; bit++) {
      const bytes = Buffer.from(good.subarray(0, length));
      if (bit >> 3 < length) bytes[bit >> 3]! ^= 1 << (bit & 7);
      if (view.parse(bytes, 0, length) === 'hello') {
        assert.ok(view.cookieOffset + view.cookieLength <= length && view.randomOffset + 32 <= length);
      }
      guard.judge(bytes, 0, length);
    }
  }
});

test('the guard passes what handshakes are made of and drops what floods are made of', () => {
  const limits = { messageBytes: 16_384, fragments: 3 };
  const judge = (...datagram: Buffer[]): string => {
    const bytes = Buffer.concat([Buffer.of(9), ...datagram, Buffer.of(9)]);
    return new DtlsHandshakeGuard(limits).judge(bytes, 1, bytes.length - 2);
  };
  const message = (options: Parameters<typeof handshake>[0]): Buffer =>
    record({ message: handshake(options) });
  const whole = message({ type: 16, body: randomBytes(33) });
  const changeCipherSpec = record({ message: Buffer.of(1), type: 20 });
  const finished = record({ message: randomBytes(40), epoch: 1 });
  assert.equal(judge(whole, changeCipherSpec, finished), 'pass');
  assert.equal(judge(message({ type: 14, body: Buffer.alloc(0) })), 'pass', 'a message that is empty');
  assert.equal(
    judge(record({ message: Buffer.concat([handshake({ type: 11, body }), handshake({ type: 16, body })]) })),
    'pass',
  );
  assert.equal(judge(record({ message: Buffer.of(2, 40), type: 21 })), 'plaintextAlert');
  assert.equal(judge(record({ message: randomBytes(30), type: 21, epoch: 1 })), 'pass');
  assert.equal(judge(whole, record({ message: Buffer.of(2, 40), type: 21 })), 'plaintextAlert');
  assert.equal(judge(record({ message: randomBytes(30), type: 23 })), 'drop', 'data in plaintext');
  assert.equal(judge(message({ type: 11, body, total: 16_385 })), 'drop');
  assert.equal(judge(message({ type: 1, body, total: 4097 })), 'drop');
  assert.equal(judge(message({ type: 11, body: Buffer.alloc(0), total: 100 })), 'drop', 'an empty fragment');
  assert.equal(
    judge(message({ type: 11, body, total: 70, at: 20 })),
    'drop',
    'a fragment that reaches beyond',
  );
  assert.equal(judge(whole, whole.subarray(0, 20)), 'drop', 'a record cut short');
  const piece = message({ type: 11, body, total: 9000, at: 50 });
  assert.equal(judge(piece, piece, piece), 'pass');
  assert.equal(judge(piece, piece, piece, piece), 'drop');
});

function record(options: {
  message: Buffer;
  type?: number;
  epoch?: number;
  sequence?: number;
  version?: number;
}): Buffer {
  const header = Buffer.alloc(13);
  header[0] = options.type ?? 22;
  header.writeUInt16BE(options.version ?? 0xfefd, 1);
  header.writeUInt16BE(options.epoch ?? 0, 3);
  header.writeUIntBE(options.sequence ?? 0, 5, 6);
  header.writeUInt16BE(options.message.length, 11);
  return Buffer.concat([header, options.message]);
}

function handshake(options: {
  type: number;
  body: Buffer;
  total?: number;
  at?: number;
  sequence?: number;
}): Buffer {
  const header = Buffer.alloc(12);
  header[0] = options.type;
  header.writeUIntBE(options.total ?? options.body.length, 1, 3);
  header.writeUInt16BE(options.sequence ?? 0, 4);
  header.writeUIntBE(options.at ?? 0, 6, 3);
  header.writeUIntBE(options.body.length, 9, 3);
  return Buffer.concat([header, options.body]);
}
