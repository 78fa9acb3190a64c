import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Arrival } from '@madang/core/path/path';
import { NO_PATH } from '@madang/core/path/path';
import { PathTable } from '@madang/core/path/path-table';
import type { TransportAddress } from '@madang/core/path/transport-address';
import { loadFfi } from '../native/ffi.js';
import { DgramUdpNetwork } from './dgram-udp.js';
import { NativeUdpNetwork } from './native-udp.js';
import type { UdpNetwork, UdpOpenOptions, UdpOpened, UdpReceiver } from './udp-network.js';

/** One suite for every implementation of UdpNetwork. */
const native = loadFfi();
const implementations: { name: string; skip: string | false; create: () => UdpNetwork }[] = [
  {
    name: 'native with segmentation offload',
    skip: native.ok ? false : native.reason,
    create: () => new NativeUdpNetwork({ paths: newPaths() }),
  },
  {
    name: 'native without segmentation offload',
    skip: native.ok ? false : native.reason,
    create: () => new NativeUdpNetwork({ paths: newPaths(), segmentationOffload: 'off' }),
  },
  { name: 'dgram', skip: false, create: () => new DgramUdpNetwork({ paths: newPaths() }) },
];

for (const { name, skip, create } of implementations) {
  describe(`UdpNetwork: ${name}`, { skip }, () => {
    let network: UdpNetwork;
    before(() => {
      network = create();
    });
    after(() => {
      network.stop();
    });

    for (const family of [4, 6] as const) {
      test(`answers a datagram from the address it came to (IPv${family})`, async () => {
        const opened = await open(network, { address: loopback(family), receiver: echo(network) });
        const peer = await bindPeer(family);
        const answer = once(peer, 'message');
        peer.send('hello', opened.address.port, hostOf(family));
        const [bytes, remote] = (await answer) as [Buffer, { port: number }];
        assert.equal(bytes.toString(), 'hello');
        assert.equal(remote.port, opened.address.port);
        peer.close();
        network.close(opened.socket);
      });
    }

    test('hands over datagrams of every length, empty and largest included, unchanged and apart', async () => {
      const lengths = [0, 1, 4, 20, 100, 1199, 1200, 1452, 1453, 1472, 9000, 65_000];
      const received: Buffer[] = [];
      const receiver: UdpReceiver = {
        handleDatagram(_arrival, bytes, offset, length) {
          received.push(Buffer.from(bytes.subarray(offset, offset + length)));
        },
      };
      const opened = await open(network, { address: loopback(4), receiver, receiveBufferBytes: 1 << 20 });
      const peer = await bindPeer(4);
      for (const length of lengths) peer.send(pattern(length), opened.address.port, '127.0.0.1');
      await until(() => received.length === lengths.length);
      assert.deepEqual(
        received.map((bytes) => bytes.length),
        lengths,
      );
      received.forEach((bytes, index) => {
        assert.ok(bytes.equals(pattern(lengths[index]!)));
      });
      peer.close();
      network.close(opened.socket);
    });

    test('forwards runs of equal and unequal datagrams to interned paths in order, prefix in front', async () => {
      const peer = await bindPeer(4);
      const got: string[] = [];
      peer.on('message', (bytes) => got.push(bytes.toString()));
      let path = NO_PATH;
      const out = await open(network, { address: loopback(4), receiver: { handleDatagram: ignore } });
      path = network.paths.internRemote(out.socket, { ...loopback(4), port: peer.address().port }, 0);
      const prefix = Buffer.from('>>');
      const receiver: UdpReceiver = {
        handleDatagram(_arrival, bytes, offset, length) {
          network.send(path, bytes, offset + 1, length - 1);
          network.sendPrefixed(path, prefix, 1, 1, bytes, offset, length, 3);
        },
      };
      const opened = await open(network, { address: loopback(4), receiver, receiveBufferBytes: 1 << 20 });
      const sender = await bindPeer(4);
      const sent = Array.from({ length: 200 }, (_, i) => `${i % 7 === 0 ? 'longer-' : ''}${1000 + i}`);
      for (const text of sent) sender.send(text, opened.address.port, '127.0.0.1');
      await until(() => got.length === sent.length * 2);
      const expected = sent.flatMap((text) => [text.slice(1), `>${text}\0\0\0`]);
      assert.deepEqual(got, expected);
      network.releasePath(path);
      peer.close();
      sender.close();
      network.close(opened.socket);
      network.close(out.socket);
    });

    test('sends what was written into slots, in order with other sends, and nothing of a slot given back', async () => {
      const peer = await bindPeer(4);
      const got: string[] = [];
      peer.on('message', (bytes) => got.push(bytes.toString()));
      const out = await open(network, { address: loopback(4), receiver: { handleDatagram: ignore } });
      const path = network.paths.internRemote(out.socket, { ...loopback(4), port: peer.address().port }, 0);
      const expected: string[] = [];
      for (let i = 0; i < 150; i++) {
        const text = `${i % 7 === 0 ? 'longer-' : ''}${1000 + i}`;
        if (i % 5 === 4) {
          network.send(path, Buffer.from(text), 0, text.length);
        } else {
          assert.ok(network.beginSlot(path, 1500));
          Buffer.from(`${text} and what is not sent`).copy(network.slotBytes, network.slotOffset);
          if (i % 11 === 0) {
            network.dropSlot();
            continue;
          }
          network.commitSlot(text.length);
        }
        expected.push(text);
      }
      network.flush();
      await until(() => got.length >= expected.length);
      assert.deepEqual(got, expected);
      network.releasePath(path);
      peer.close();
      network.close(out.socket);
    });

    for (const use of ['listener', 'relay'] as const) {
      test(`slots of a ${use} fill again and again, always in one large buffer`, async () => {
        const peers: Socket[] = [];
        for (let i = 0; i < 24; i++) peers.push(await bindPeer(4));
        const got = peers.map((): number[] => []);
        peers.forEach((peer, i) =>
          peer.on('message', (bytes) => {
            assert.ok(bytes.equals(slotPattern(i, bytes.readUInt32BE(0))));
            got[i]!.push(bytes.readUInt32BE(0));
          }),
        );
        const out = await open(network, { address: loopback(4), receiver: { handleDatagram: ignore }, use });
        const paths = peers.map((peer) =>
          network.paths.internRemote(out.socket, { ...loopback(4), port: peer.address().port }, 0),
        );
        const buffers = new Set<Uint8Array>();
        for (let round = 0; round < 100; round++) {
          for (const [i, path] of paths.entries()) {
            assert.ok(network.beginSlot(path, 1300));
            buffers.add(network.slotBytes);
            slotPattern(i, round).copy(network.slotBytes, network.slotOffset);
            network.commitSlot(1200);
          }
        }
        network.flush();
        await until(() => got.every((rounds) => rounds.length === 100));
        for (const rounds of got)
          assert.deepEqual(
            rounds,
            Array.from({ length: 100 }, (_, round) => round),
          );
        assert.equal(buffers.size, 1);
        assert.ok([...buffers][0]!.length >= 4096);
        for (const path of paths) network.releasePath(path);
        for (const peer of peers) peer.close();
        network.close(out.socket);
      });
    }

    test('gives no slot for a path whose socket is closed', async () => {
      const out = await open(network, { address: loopback(4), receiver: { handleDatagram: ignore } });
      const path = network.paths.internRemote(out.socket, { ...loopback(4), port: 9 }, 0);
      assert.ok(network.beginSlot(path, 100));
      network.dropSlot();
      network.close(out.socket);
      assert.equal(network.beginSlot(path, 100), false);
      network.releasePath(path);
    });

    test('gives an arrival its interned path, and none after the release', async () => {
      const seen: number[] = [];
      let interned = NO_PATH;
      const receiver: UdpReceiver = {
        handleDatagram(arrival: Arrival) {
          seen.push(arrival.path);
          if (seen.length === 1) interned = network.paths.intern(arrival);
        },
      };
      const opened = await open(network, { address: loopback(4), receiver });
      const peer = await bindPeer(4);
      for (let i = 1; i <= 3; i++) {
        if (i === 3) network.releasePath(interned);
        peer.send('x', opened.address.port, '127.0.0.1');
        await until(() => seen.length === i);
      }
      assert.deepEqual(seen, [NO_PATH, interned, NO_PATH]);
      peer.close();
      network.close(opened.socket);
    });

    test('a reused path id never sends to its former owner', async () => {
      const first = await bindPeer(4);
      const second = await bindPeer(4);
      const got: string[] = [];
      first.on('message', (bytes) => got.push(`first ${bytes.toString()}`));
      second.on('message', (bytes) => got.push(`second ${bytes.toString()}`));
      const out = await open(network, { address: loopback(4), receiver: { handleDatagram: ignore } });
      const a = network.paths.internRemote(out.socket, { ...loopback(4), port: first.address().port }, 0);
      network.send(a, Buffer.from('1'), 0, 1);
      network.releasePath(a);
      const b = network.paths.internRemote(out.socket, { ...loopback(4), port: second.address().port }, 0);
      network.send(b, Buffer.from('2'), 0, 1);
      network.flush();
      await until(() => got.length === 2);
      assert.deepEqual(got.sort(), ['first 1', 'second 2']);
      network.releasePath(b);
      network.close(out.socket);
      first.close();
      second.close();
    });

    test('says which error kept a socket from opening', async () => {
      const taken = await open(network, { address: loopback(4), receiver: { handleDatagram: ignore } });
      const again = await tryOpen(network, { address: taken.address, receiver: { handleDatagram: ignore } });
      assert.deepEqual(again, { ok: false, code: 'EADDRINUSE' });
      network.close(taken.socket);
    });

    test('counts a send error and goes on', async () => {
      const peer = await bindPeer(4);
      const got = once(peer, 'message');
      const out = await open(network, { address: loopback(4), receiver: { handleDatagram: ignore } });
      const bad = network.paths.internRemote(out.socket, { ...loopback(4), port: 0 }, 0);
      const good = network.paths.internRemote(out.socket, { ...loopback(4), port: peer.address().port }, 0);
      network.send(bad, pattern(10), 0, 10);
      network.send(good, pattern(10), 0, 10);
      network.flush();
      await got;
      await until(() => Object.values(network.counters.sendErrors).reduce((sum, n) => sum + n, 0) >= 1);
      network.releasePath(bad);
      network.releasePath(good);
      network.close(out.socket);
      peer.close();
    });
  });
}

describe('NativeUdpNetwork', { skip: native.ok ? false : native.reason }, () => {
  test('a socket on the wildcard address answers from the address that was asked', async () => {
    const network = new NativeUdpNetwork({ paths: newPaths() });
    const wildcard: TransportAddress = { family: 4, bytes: new Uint8Array(4), port: 0 };
    const opened = await open(network, { address: wildcard, receiver: echo(network), packetInfo: true });
    const peer = await bindPeer(4);
    for (const host of ['127.0.0.1', '127.0.0.7', '127.9.9.9']) {
      const answer = once(peer, 'message');
      peer.send('x', opened.address.port, host);
      const [, remote] = (await answer) as [Buffer, { address: string }];
      assert.equal(remote.address, host);
    }
    peer.close();
    network.stop();
  });

  test('with the error queue, a refused datagram is reported with its destination', async () => {
    const network = new NativeUdpNetwork({ paths: newPaths() });
    const errors: unknown[] = [];
    const receiver: UdpReceiver = {
      handleDatagram: ignore,
      handleIcmp: (_socket, error) => errors.push(error),
    };
    const opened = await open(network, { address: loopback(4), receiver, errorQueue: true });
    const closed = await bindPeer(4);
    const remote: TransportAddress = { ...loopback(4), port: closed.address().port };
    closed.close();
    await sleep(20);
    const path = network.paths.internRemote(opened.socket, remote, 0);
    network.send(path, pattern(5), 0, 5);
    network.flush();
    await until(() => errors.length > 0);
    assert.deepEqual(errors[0], { remote, type: 3, code: 3, mtuBytes: 0 });
    network.stop();
  });

  test('equal datagrams written into slots join in runs, also when those of two paths take turns', async () => {
    const network = new NativeUdpNetwork({ paths: newPaths() });
    const other = new NativeUdpNetwork({ paths: newPaths() });
    const out = await open(network, { address: loopback(4), receiver: { handleDatagram: ignore } });
    const paths = [];
    for (let i = 0; i < 2; i++) {
      const receiver = { handleDatagram: ignore };
      const target = await open(other, { address: loopback(4), receiver, receiveBufferBytes: 1 << 20 });
      paths.push(network.paths.internRemote(out.socket, target.address, 0));
    }
    for (let i = 0; i < 640; i++) {
      network.beginSlot(paths[i % 2]!, 200);
      network.slotBytes.fill(i, network.slotOffset, network.slotOffset + 100);
      network.commitSlot(100);
    }
    network.flush();
    await until(() => other.counters.receivedPackets === 640);
    // The receiver takes a run as one message, and 64 messages in a call.
    assert.ok(other.counters.receiveCalls <= 4, `${other.counters.receiveCalls} calls`);
    network.stop();
    other.stop();
  });

  test('a run of equal datagrams leaves in far fewer system calls than datagrams', async () => {
    const network = new NativeUdpNetwork({ paths: newPaths() });
    const peer = await bindPeer(4);
    let got = 0;
    peer.on('message', () => got++);
    const out = await open(network, { address: loopback(4), receiver: { handleDatagram: ignore } });
    const path = network.paths.internRemote(out.socket, { ...loopback(4), port: peer.address().port }, 0);
    for (let i = 0; i < 100; i++) network.send(path, pattern(500), 0, 500);
    network.flush();
    await until(() => got === 100);
    assert.ok(network.counters.sendCalls <= 2, `${network.counters.sendCalls} calls`);
    peer.close();
    network.stop();
  });
});

test(
  'answers to several sources join in runs of their own',
  { skip: native.ok ? false : native.reason },
  async () => {
    const network = new NativeUdpNetwork({ paths: newPaths() });
    const opened = await open(network, { address: loopback(4), receiver: echo(network), use: 'listener' });
    const peers = [await bindPeer(4), await bindPeer(4), await bindPeer(4)];
    const got = peers.map((): string[] => []);
    peers.forEach((peer, index) => peer.on('message', (bytes) => got[index]!.push(bytes.toString())));
    const sent = Array.from({ length: 30 }, (_, i) => `${i % 10 === 9 ? 'short' : 'long enough'} ${100 + i}`);
    for (const text of sent)
      for (const [index, peer] of peers.entries()) peer.send(`${index} ${text}`, opened.address.port);
    await until(() => got.every((texts) => texts.length === sent.length));
    got.forEach((texts, index) => {
      assert.deepEqual(
        texts,
        sent.map((text) => `${index} ${text}`),
      );
    });
    assert.ok(network.counters.sendCalls < 45, `${network.counters.sendCalls} calls for 90 answers`);
    for (const peer of peers) peer.close();
    network.stop();
  },
);

function newPaths(): PathTable {
  return new PathTable({ maximumPaths: 1000, seed: 7 });
}

function loopback(family: 4 | 6): TransportAddress {
  const bytes = new Uint8Array(family === 4 ? 4 : 16);
  bytes[bytes.length - 1] = 1;
  if (family === 4) bytes[0] = 127;
  return { family, bytes, port: 0 };
}

function hostOf(family: 4 | 6): string {
  return family === 4 ? '127.0.0.1' : '::1';
}

function pattern(length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, i) => (i * 31 + length) & 0xff));
}

/** 1200 bytes that say for whom they are and in which round. */
function slotPattern(peer: number, round: number): Buffer {
  const bytes = Buffer.alloc(1200, (peer * 100 + round) & 0xff);
  bytes.writeUInt32BE(round, 0);
  return bytes;
}

function ignore(): void {
  // Nothing is expected to arrive here.
}

function echo(network: UdpNetwork): UdpReceiver {
  return {
    handleDatagram(_arrival, bytes, offset, length) {
      network.reply(bytes, offset, length);
    },
  };
}

function tryOpen(network: UdpNetwork, options: UdpOpenOptions): Promise<UdpOpened> {
  return new Promise((resolve) => {
    network.open(options, resolve);
  });
}

async function open(network: UdpNetwork, options: UdpOpenOptions): Promise<UdpOpened & { ok: true }> {
  const result = await tryOpen(network, options);
  assert.ok(result.ok, JSON.stringify(result));
  return result;
}

async function bindPeer(family: 4 | 6): Promise<Socket> {
  const peer = createSocket({ type: family === 4 ? 'udp4' : 'udp6', recvBufferSize: 1 << 20 });
  peer.bind(0, hostOf(family));
  await once(peer, 'listening');
  return peer;
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 3000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('what was waited for did not happen within 3 s');
    await sleep(5);
  }
}
