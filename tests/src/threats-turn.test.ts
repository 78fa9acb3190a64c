import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Attribute } from '@madang/core/stun/attributes';
import { MessageClass } from '@madang/core/stun/message-type';
import { Method } from '@madang/core/stun/methods';
import type { WallClockSeconds } from '@madang/core/time/instant';
import { mintTimeLimitedCredential } from '@madang/core/turn/credentials';
import { NodeCrypto } from '@madang/server/crypto/node-crypto';
import { runMadang, ServerProcess, TURN_PASSWORD } from '@madang/testkit/server-process';
import { beginMessage, parseStun } from '@madang/testkit/turn-client';
import { openUdpTransport } from '@madang/testkit/turn-transport';
import { connectClient, delay } from './clients.js';
import { flood, ipv4Number } from './flood.js';

test('T4: wrong, unknown, expired and far-off credentials are 401; a fresh one works', async () => {
  const server = await ServerProcess.start();
  const minted = (ttlSeconds: number, secret = server.turnSecret) =>
    mintTimeLimitedCredential({
      crypto: new NodeCrypto(),
      secret,
      identity: 'alice',
      expiresAt: (Math.floor(Date.now() / 1000) + ttlSeconds) as WallClockSeconds,
    });
  try {
    const table = [
      ['fresh', minted(600), 0],
      ['expired', minted(-1), 401],
      ['in force longer than a day', minted(90_000), 401],
      ['of another secret', minted(600, 'x'.repeat(64)), 401],
      ['fixed user, wrong password', { password: 'guess' }, 401],
      ['unknown user', { username: 'nobody' }, 401],
      ['a name in no known form', { username: `${2 ** 52}:alice`, password: TURN_PASSWORD }, 401],
    ] as const;
    for (const [name, credential, code] of table) {
      const client = await connectClient(server, credential);
      assert.equal((await client.allocate()).code, code, name);
      client.close();
    }
    // A credential that ends while the server runs.
    const client = await connectClient(server, minted(1));
    await delay(2000);
    assert.equal((await client.allocate()).code, 401, 'ended meanwhile');
    client.close();
    const figures = await server.metrics();
    assert.equal(figures.get('madang_turn_allocations_created_total'), 1);
  } finally {
    await server.stop();
  }
});

test('T4: a secret that can be guessed stops the start', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'madang-weak-'));
  writeFileSync(join(dataDir, 'turn-secret'), 'secret\n', { mode: 0o600 });
  const run = runMadang([
    'serve',
    '--host',
    '127.0.0.1',
    '--http-port',
    '0',
    '--turn-port',
    '0',
    '--data-dir',
    dataDir,
  ]);
  const { status } = await run.ended;
  rmSync(dataDir, { recursive: true });
  assert.notEqual(status, 0);
  assert.match(run.stderr(), /turn-secret holds fewer than 32 characters/);
});

test('T6: a hundred thousand Allocates from strangers leave nothing behind', async () => {
  const server = await ServerProcess.start();
  try {
    const round = () =>
      flood({
        serverPort: server.turnPort,
        packet: allocateRequest(),
        firstSource: ipv4Number('127.1.0.0'),
        sources: 65_536,
        packetsPerSecond: 50_000,
        seconds: 2,
        answerBytes: ANSWER_401_BYTES,
      });
    await round();
    const growth: number[] = [];
    for (let attempt = 0; attempt < 3; attempt++) {
      const before = server.residentBytes();
      const { sent, answers } = await round();
      assert.ok(sent > 30_000, `only ${sent} packets were sent`);
      assert.ok(answers > 0);
      growth.push(server.residentBytes() - before);
      if (growth.at(-1)! < 5_000_000) break;
    }
    assert.ok(Math.min(...growth) < 5_000_000, `resident memory grew by ${growth.join(', ')} bytes`);
    assert.equal((await server.metrics()).get('madang_turn_allocations'), 0);
  } finally {
    await server.stop();
  }
});

test('T7: strangers are answered little and seldom, and others still get in', async () => {
  const server = await ServerProcess.start();
  try {
    const request = allocateRequest();
    for (const [name, sources, most] of [
      // 10 a second and 20 at once; 50 a second and at once in a /24; 2000 a second in all, and at once.
      ['one address', 1, (seconds: number) => 20 + 10 * seconds],
      ['a /24', 256, (seconds: number) => 50 + 50 * seconds],
      ['a /16', 65_536, (seconds: number) => 2000 + 2000 * seconds],
    ] as const) {
      const flooding = flood({
        serverPort: server.turnPort,
        packet: request,
        firstSource: ipv4Number(`127.${20 + Math.log2(sources)}.0.0`),
        sources,
        packetsPerSecond: 5000,
        seconds: 3,
        answerBytes: ANSWER_401_BYTES,
      });
      await delay(500);
      if (sources <= 256) {
        const client = await connectClient(server, { localAddress: '127.0.0.77' });
        const start = performance.now();
        assert.equal((await client.allocate()).code, 0, `during a flood from ${name}`);
        assert.ok(performance.now() - start < 3000);
        await client.refresh(0);
        client.close();
      }
      const { sent, answers, oddAnswers, seconds } = await flooding;
      assert.ok(sent > 5000, `only ${sent} packets were sent`);
      assert.ok(answers > 0, 'a stranger is answered');
      assert.ok(answers <= most(seconds + 0.5), `${name}: ${answers} answers to ${sent} in ${seconds} s`);
      assert.equal(oddAnswers, 0, 'answers of another length');
    }
    assert.ok(ANSWER_401_BYTES <= 100);
    const limited = (await server.metrics()).get(
      'madang_drops_total{reason="unauthenticated_reply_rate_limited"}',
    );
    assert.ok(limited! > 10_000, `${limited} counted as limited`);
  } finally {
    await server.stop();
  }
});

test('T10: who sends twice what an allocation may gets what it may, and others are not disturbed', async () => {
  const capBytes = 250_000;
  const server = await ServerProcess.start({ options: ['--max-bitrate-bps', `${capBytes * 8}`] });
  try {
    const greedy = await startFlow(server, { payloadBytes: 1000, packetsPerSecond: (2 * capBytes) / 1000 });
    const modest = await startFlow(server, { payloadBytes: 200, packetsPerSecond: 100 });
    // The allowance of the first second is used up by then.
    await delay(2000);
    const from = { bytes: greedy.receivedBytes(), at: performance.now() };
    await delay(4000);
    const rate = (greedy.receivedBytes() - from.bytes) / ((performance.now() - from.at) / 1000);
    await modest.stop();
    await greedy.stop();
    assert.ok(Math.abs(rate / capBytes - 1) < 0.05, `${Math.round(rate)} of ${capBytes} bytes per second`);
    assert.equal(modest.receivedBytes(), modest.sentBytes(), 'the other allocation lost something');
    const dropped = (await server.metrics()).get('madang_drops_total{reason="bandwidth_exceeded"}')!;
    assert.ok(dropped > 500, `${dropped} drops`);
  } finally {
    await server.stop();
  }
});

test('T12: slow, long and senseless streams are closed; slow honest ones are served', async () => {
  const server = await ServerProcess.start({
    options: ['--tcp-unauthenticated-seconds', '2', '--half-open-per-address', '8'],
  });
  const request = allocateRequest();
  try {
    // One byte a second never becomes a message.
    const drip = await open(server);
    const start = performance.now();
    let at = 0;
    const timer = setInterval(() => drip.write(request.subarray(at, ++at)), 1000);
    const silent = await open(server);
    await Promise.all([closed(drip), closed(silent)]);
    clearInterval(timer);
    const lasted = performance.now() - start;
    assert.ok(lasted > 1500 && lasted < 5000, `closed after ${Math.round(lasted)} ms`);

    for (const [name, bytes] of [
      ['a message of 60,000 bytes', Buffer.from('0001ea60', 'hex')],
      ['ChannelData of 60,000 bytes', Buffer.from('4000ea60', 'hex')],
      ['neither STUN nor ChannelData', Buffer.from('GET / HTTP/1.1\r\n\r\n').fill(0xc0, 0, 1)],
      ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
      ['STUN of a length no message has', Buffer.from('0001000d2112a442', 'hex')],
      ['STUN without the cookie', Buffer.alloc(20)],
    ] as const) {
      const socket = await open(server);
      const sentAt = performance.now();
      socket.write(bytes);
      await closed(socket);
      assert.ok(performance.now() - sentAt < 4000, name);
    }

    // The same request in one piece, and byte by byte.
    for (const pieceBytes of [request.length, 1]) {
      const socket = await open(server);
      const answered = once(socket, 'data');
      for (let i = 0; i < request.length; i += pieceBytes) {
        socket.write(request.subarray(i, i + pieceBytes));
        await delay(2);
      }
      const [answer] = (await answered) as [Buffer];
      const view = parseStun(answer);
      assert.equal(view.readErrorCode(view.find(Attribute.errorCode)), 401);
      socket.destroy();
    }

    await delay(200);
    const crowd = await Promise.all(Array.from({ length: 12 }, () => open(server)));
    await delay(300);
    assert.equal(crowd.filter((socket) => !socket.destroyed).length, 8, 'connections that wait');
    for (const socket of crowd) socket.destroy();
    await delay(200);

    // Who has authenticated may be silent as long as it likes.
    const client = await connectClient(server, { transport: 'tcp' });
    assert.equal((await client.allocate()).code, 0);
    await delay(3000);
    assert.equal((await client.refresh(600)).code, 0);
    client.close();
  } finally {
    await server.stop();
  }
});

test('T15: a flood is no flood of lines, strangers cannot write them, and no secret is in one', async () => {
  for (const [level, workers] of [
    ['info', 2],
    ['debug', 0],
  ] as const) {
    const server = await ServerProcess.start({ workers, options: ['--log-level', level] });
    const { turnSecret } = server;
    try {
      const evil = '"}\n{"level":"error","message":"forged"}\u001b[31m\u202e';
      const names = [evil, 'a'.repeat(400), '../../etc/passwd', `${Date.now()}:${evil}`];
      for (const username of names) await allocateAs(server, username);
      // Names that are right as names, and get in.
      const guest = await connectClient(
        server,
        mintTimeLimitedCredential({
          crypto: new NodeCrypto(),
          secret: turnSecret,
          identity: '"} {"level":"error","message":"forged"} \\n 客',
          expiresAt: (Math.floor(Date.now() / 1000) + 600) as WallClockSeconds,
        }),
      );
      assert.equal((await guest.allocate()).code, 0);
      assert.equal((await guest.refresh(0)).code, 0);
      guest.close();
      const client = await connectClient(server, { localAddress: '127.0.0.78' });
      assert.equal((await client.allocate()).code, 0);
      const noise = Buffer.concat([Buffer.from('000100fc2112a442', 'hex'), randomBytes(264)]);
      for (const packet of [allocateRequest(), noise, randomBytes(200)]) {
        await flood({
          serverPort: server.turnPort,
          packet,
          firstSource: ipv4Number('127.3.0.0'),
          sources: 65_536,
          packetsPerSecond: 20_000,
          seconds: 1,
          answerBytes: ANSWER_401_BYTES,
        });
      }
      for (let i = 0; i < 200; i++) {
        const socket = await open(server);
        socket.end(randomBytes(64));
      }
      await client.refresh(0);
      client.close();
      await delay(300);
      assert.ok(server.log.length < 1_000_000, `${server.log.length} bytes of log`);
      for (const line of server.log.split('\n').filter((text) => text !== '')) {
        const { message } = JSON.parse(line) as { message: string };
        assert.notEqual(message, 'forged');
        assert.ok(line.length < 4000, line);
      }
      for (const secret of [turnSecret, TURN_PASSWORD, '\u001b', '\u202e']) {
        assert.ok(!server.log.includes(secret), `${JSON.stringify(secret)} in the log`);
        assert.ok(!server.output.includes(secret), `${JSON.stringify(secret)} in the output`);
      }
    } finally {
      await server.stop();
    }
  }
});

/** Header, ERROR-CODE, REALM, NONCE and PASSWORD-ALGORITHMS of a 401. */
const ANSWER_401_BYTES = 92;

function allocateRequest(): Buffer {
  const writer = beginMessage(Method.allocate, MessageClass.request);
  writer.u8WithReserved(Attribute.requestedTransport, 17);
  return Buffer.from(writer.buffer.subarray(0, writer.length));
}

async function open(server: ServerProcess): Promise<Socket> {
  const socket = connect({ host: server.host, port: server.turnPort });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.resume();
  return socket;
}

/** Resolves when the server has closed or reset the connection. */
function closed(socket: Socket): Promise<void> {
  if (socket.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    socket.once('close', () => {
      resolve();
    });
  });
}

/** An Allocate with any USERNAME at all, a nonce of the server and a wrong MESSAGE-INTEGRITY. */
async function allocateAs(server: ServerProcess, username: string): Promise<void> {
  const transport = await openUdpTransport({ host: server.host, port: server.turnPort });
  const answer = (): Promise<Buffer> =>
    new Promise((resolve) => {
      transport.onMessage = resolve;
    });
  transport.send(allocateRequest());
  const challenge = parseStun(await answer());
  const writer = beginMessage(Method.allocate, MessageClass.request);
  writer.u8WithReserved(Attribute.requestedTransport, 17).text(Attribute.username, username);
  for (const attribute of [Attribute.realm, Attribute.nonce]) {
    writer.bytes(attribute, challenge.readBytes(challenge.find(attribute))!);
  }
  writer.bytes(Attribute.messageIntegrity, randomBytes(20));
  transport.send(writer.buffer.subarray(0, writer.length));
  const view = parseStun(await answer());
  assert.ok([400, 401].includes(view.readErrorCode(view.find(Attribute.errorCode))!));
  transport.close();
}

interface Flow {
  readonly receivedBytes: () => number;
  readonly sentBytes: () => number;
  stop(): Promise<void>;
}

/** A client that sends ChannelData to a peer of its own at a steady rate. */
async function startFlow(
  server: ServerProcess,
  { payloadBytes, packetsPerSecond }: { payloadBytes: number; packetsPerSecond: number },
): Promise<Flow> {
  const peer = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 });
  let received = 0;
  let sent = 0;
  peer.on('message', (message) => (received += message.length));
  peer.bind(0, '127.0.0.1');
  await once(peer, 'listening');
  const client = await connectClient(server);
  assert.equal((await client.allocate()).code, 0);
  assert.equal((await client.channelBind(0x4000, `127.0.0.1:${peer.address().port}`)).code, 0);
  const payload = randomBytes(payloadBytes);
  const start = performance.now();
  const timer = setInterval(() => {
    const due = ((performance.now() - start) / 1000) * packetsPerSecond;
    for (; sent < due; sent++) client.sendChannelData(0x4000, payload);
  }, 5);
  return {
    receivedBytes: () => received,
    sentBytes: () => sent * payloadBytes,
    stop: async () => {
      clearInterval(timer);
      await delay(200);
      await client.refresh(0);
      client.close();
      peer.close();
    },
  };
}
