import assert from 'node:assert/strict';
import { createHash, randomBytes, randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Attribute } from '@madang/core/stun/attributes';
import { Method } from '@madang/core/stun/methods';
import { createSelfSignedCertificate } from '../crypto/self-signed-certificate.js';
import { loadFfi } from '../native/ffi.js';
import { address, freePort, listening, TcpRelayBench } from './tcp-relay-harness.test-support.js';
import type { BenchOptions, StreamTurnClient } from './tcp-relay-harness.test-support.js';

const skip = process.platform === 'linux' && loadFfi().ok ? false : 'TCP relaying needs the native network';
const bounded = { skip, timeout: 30_000 };
const LOOPBACK = address('127.0.0.1', 0);

async function bench(t: TestContext, options: BenchOptions = {}): Promise<TcpRelayBench> {
  const created = await TcpRelayBench.create(options);
  t.after(() => created.stop());
  return created;
}

/** Resolves with the digest once `length` bytes have come. */
function digestOf(length: number, subscribe: (take: (bytes: Uint8Array) => void) => void): Promise<string> {
  const hash = createHash('sha256');
  let received = 0;
  return new Promise((resolve, reject) => {
    subscribe((bytes) => {
      hash.update(bytes);
      received += bytes.length;
      if (received > length) reject(new Error(`${received} bytes came, ${length} were sent`));
      if (received === length) resolve(hash.digest('hex'));
    });
  });
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
/** Resolve after `end` (everything was read and the other side sends no more), and after `close`, by error too. */
const ended = (socket: Socket): Promise<void> =>
  new Promise((resolve) => (socket.readableEnded ? resolve() : socket.once('end', resolve)));
const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => (socket.closed ? resolve() : socket.once('close', () => resolve())));

async function echoMebibyte(data: StreamTurnClient): Promise<void> {
  const sent = randomBytes(1 << 20);
  const returned = digestOf(sent.length, (take) => data.onPayload(take));
  data.socket.write(sent);
  assert.equal(await returned, sha256(sent));
}

for (const family of [4, 6] as const) {
  test(`Connect, ConnectionBind and 1 MiB there and back over IPv${family}`, bounded, async (t) => {
    const it = await bench(t);
    const { control, relayed } = await it.allocation(family);
    let from = 0;
    const peer = await it.peer(
      (socket) => {
        from = socket.remotePort!;
        socket.pipe(socket);
      },
      family === 4 ? '127.0.0.1' : '::1',
    );
    const connected = await control.connectTo(peer);
    assert.equal(connected.code, 0);
    assert.notEqual(connected.connectionId, 0);
    assert.equal(from, relayed.port, 'the connection leaves from the relayed address');
    const data = await it.bind(connected.connectionId);
    await echoMebibyte(data);
  });
}

test('a data connection over TLS carries bytes and half-closes', bounded, async (t) => {
  const it = await bench(t, { certificate: createSelfSignedCertificate({ issuedAt: new Date() }) });
  const { control } = await it.allocation();
  const peer = await it.peer((socket) => socket.pipe(socket));
  const { connectionId } = await control.connectTo(peer);
  const data = await it.bind(connectionId);
  await echoMebibyte(data);
  // The peer's echo ends when it has seen our end.
  data.socket.end();
  await ended(data.socket);
});

test(
  'a permitted peer connects and the client binds; bytes from before the bind come first',
  bounded,
  async (t) => {
    const it = await bench(t);
    const { control, relayed } = await it.allocation();
    await control.permit(LOOPBACK);
    const peer = await it.dial(relayed);
    peer.write('early');
    const attempt = await control.nextIndication();
    assert.equal(attempt.view.method, Method.connectionAttempt);
    const source = attempt.view.readXorAddress(attempt.view.find(Attribute.xorPeerAddress));
    assert.deepEqual(source, address('127.0.0.1', peer.localPort!));
    const data = await it.bind(attempt.connectionId);
    peer.write(' late');
    const got = await digestOf(10, (take) => data.onPayload(take));
    assert.equal(got, sha256(Buffer.from('early late')));
    data.socket.write('answer');
    const [answer] = (await once(peer, 'data')) as [Buffer];
    assert.equal(answer.toString(), 'answer');
  },
);

test('a peer without a permission is closed and nobody is told', bounded, async (t) => {
  const it = await bench(t);
  const { control, relayed } = await it.allocation();
  const peer = await it.dial(relayed);
  await closed(peer);
  await control.permit(LOOPBACK);
  assert.equal(control.indications.length, 0);
});

test('a refused connection is answered 447', bounded, async (t) => {
  const it = await bench(t);
  const { control } = await it.allocation();
  const answer = await control.connectTo(address('127.0.0.1', await freePort()));
  assert.equal(answer.code, 447);
});

test('the fifth connection is refused, and one that ended makes room', bounded, async (t) => {
  const it = await bench(t);
  const { control } = await it.allocation();
  const accepted: Socket[] = [];
  const peers = await Promise.all([0, 1, 2, 3, 4].map(() => it.peer((socket) => accepted.push(socket))));
  for (const peer of peers.slice(0, 4)) assert.equal((await control.connectTo(peer)).code, 0);
  assert.equal((await control.connectTo(peers[4]!)).code, 486);
  accepted[0]!.resetAndDestroy();
  let code = 486;
  for (let i = 0; i < 50 && code === 486; i++) {
    await sleep(20);
    code = (await control.connectTo(peers[4]!)).code;
  }
  assert.equal(code, 0, 'a connection its peer reset before the bind no longer counts');
});

test('another user cannot bind a connection, its owner still can', bounded, async (t) => {
  const it = await bench(t);
  const { control } = await it.allocation();
  const peer = await it.peer((socket) => socket.pipe(socket));
  const { connectionId } = await control.connectTo(peer);
  const mallory = await it.client('mallory');
  assert.equal((await mallory.bind(connectionId)).code, 441);
  await echoMebibyte(await it.bind(connectionId));
});

test('a connection is bound once', bounded, async (t) => {
  const it = await bench(t);
  const { control } = await it.allocation();
  const { connectionId } = await control.connectTo(await it.peer((socket) => socket.pipe(socket)));
  const data = await it.bind(connectionId);
  const second = await it.client();
  assert.equal((await second.bind(connectionId)).code, 400);
  await echoMebibyte(data);
});

for (const how of ['end', 'resetAndDestroy'] as const) {
  test(`the client's data connection closes when the peer's does (${how})`, bounded, async (t) => {
    const it = await bench(t);
    const { control } = await it.allocation();
    const accepted: Socket[] = [];
    const peer = await it.peer((socket) => accepted.push(socket));
    const { connectionId } = await control.connectTo(peer);
    const data = await it.bind(connectionId);
    accepted[0]!.resume()[how]();
    await ended(data.socket);
    data.socket.end();
    await closed(data.socket);
    // The place is free: the same peer again would be 446 otherwise.
    let code = 446;
    for (let i = 0; i < 50 && code === 446; i++) {
      await sleep(20);
      code = (await control.connectTo(peer)).code;
    }
    assert.equal(code, 0);
  });
}

test("the peer's connection closes when the client's data connection does", bounded, async (t) => {
  const it = await bench(t);
  const { control } = await it.allocation();
  const accepted: Socket[] = [];
  const { connectionId } = await control.connectTo(await it.peer((socket) => accepted.push(socket.resume())));
  const data = await it.bind(connectionId);
  data.socket.resetAndDestroy();
  await ended(accepted[0]!);
  accepted[0]!.end();
  await closed(accepted[0]!);
});

test('a half-close goes through and the other direction lives on', bounded, async (t) => {
  const it = await bench(t);
  const { control } = await it.allocation();
  const accepted: Socket[] = [];
  const { connectionId } = await control.connectTo(await it.peer((socket) => accepted.push(socket)));
  const data = await it.bind(connectionId);
  const peer = accepted[0]!;
  peer.resume();
  data.socket.end('question');
  await ended(peer);
  await sleep(50);
  const answer = digestOf(6, (take) => data.onPayload(take));
  peer.end('answer');
  assert.equal(await answer, sha256(Buffer.from('answer')));
  await ended(data.socket);
});

test('a peer may send, end and wait before the client binds', bounded, async (t) => {
  const it = await bench(t);
  const { control, relayed } = await it.allocation();
  await control.permit(LOOPBACK);
  for (const text of ['early', '']) {
    const peer = await it.dial(relayed);
    peer.end(text);
    const attempt = await control.nextIndication();
    await sleep(50);
    const data = await it.bind(attempt.connectionId);
    let got = '';
    data.onPayload((bytes) => (got += Buffer.from(bytes).toString()));
    await ended(data.socket);
    assert.equal(got, text);
    data.socket.end('answer');
    const [answer] = (await once(peer, 'data')) as [Buffer];
    assert.equal(answer.toString(), 'answer');
  }
});

test('a peer that sends before the bind is stopped, and loses nothing', bounded, async (t) => {
  const it = await bench(t);
  const { control, relayed } = await it.allocation();
  await control.permit(LOOPBACK);
  const peer = await it.dial(relayed);
  const sent = randomBytes(MUCH);
  let written = 'no';
  peer.write(sent, () => (written = 'yes'));
  const attempt = await control.nextIndication();
  await sleep(500);
  assert.equal(written, 'no', 'the relay reads what nobody takes');
  const data = await it.bind(attempt.connectionId);
  assert.equal(await digestOf(sent.length, (take) => data.onPayload(take)), sha256(sent));
});

test('a slow peer slows the client, a slow client the peer', bounded, async (t) => {
  const it = await bench(t);
  const { control } = await it.allocation();
  const accepted: Socket[] = [];
  const { connectionId } = await control.connectTo(await it.peer((socket) => accepted.push(socket.pause())));
  const data = await it.bind(connectionId);
  const peer = accepted[0]!;
  data.socket.pause();
  const [toPeer, toClient] = [randomBytes(MUCH), randomBytes(MUCH)];
  const written: string[] = [];
  data.socket.write(toPeer, () => written.push('client'));
  peer.write(toClient, () => written.push('peer'));
  await sleep(700);
  assert.deepEqual(written, [], 'the relay reads what nobody takes');
  const atPeer = digestOf(MUCH, (take) => peer.on('data', take).resume());
  assert.equal(await atPeer, sha256(toPeer));
  assert.deepEqual(written, ['client']);
  const atClient = digestOf(MUCH, (take) => data.onPayload(take));
  data.socket.resume();
  assert.equal(await atClient, sha256(toClient));
});

test('with the allocation end its connections, its listener and its port', bounded, async (t) => {
  const it = await bench(t);
  const { control, relayed } = await it.allocation();
  assert.equal(it.held.count, 1);
  const accepted: Socket[] = [];
  const peer = await it.peer((socket) => accepted.push(socket.resume()));
  const { connectionId } = await control.connectTo(peer);
  const data = await it.bind(connectionId);
  await control.permit(LOOPBACK);
  const waiting = await it.dial(relayed);
  await control.nextIndication();
  await control.release();
  await Promise.all([ended(data.socket), closed(waiting), ended(accepted[0]!)]);
  assert.equal(it.held.count, 0);
  assert.equal(it.engine.snapshot().relaySockets, 0);
  const server = createServer();
  await listening(server, relayed.port, '127.0.0.1');
  server.close();
  const udp = createSocket('udp4').bind(relayed.port, '127.0.0.1');
  await once(udp, 'listening');
  udp.close();
});

test('a port another program listens on is passed over', bounded, async (t) => {
  // Below the ports the system hands out: the neighbour is free as well.
  const even = 20_000 + 2 * randomInt(6000);
  const taken = even + randomInt(2);
  const server = createServer();
  await listening(server, taken, '127.0.0.1');
  t.after(() => server.close());
  const it = await bench(t, { relayPorts: [even, even + 1] });
  const { relayed } = await it.allocation();
  assert.equal(relayed.port, taken ^ 1);
  // Now both are taken.
  const second = await it.client();
  const answer = await second.request(Method.allocate, (writer) =>
    writer.u8WithReserved(Attribute.requestedTransport, 6),
  );
  assert.equal(answer.code, 508);
  assert.equal(it.held.count, 1);
});

test('without native sockets the engine says what is wrong', bounded, async () => {
  await assert.rejects(
    TcpRelayBench.create({ network: 'portable' }),
    /TCP relaying needs the native network/,
  );
});

/** More than the kernel takes on loopback when nobody reads. */
const MUCH = 48 << 20;
