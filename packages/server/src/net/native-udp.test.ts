import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { PathTable } from '@madang/core/path/path-table';
import type { TransportAddress } from '@madang/core/path/transport-address';
import { Transport } from '@madang/core/path/transport-address';
import { loadFfi } from '../native/ffi.js';
import { NativeUdpNetwork } from './native-udp.js';
import type { UdpNetwork, UdpOpened, UdpReceiver } from './udp-network.js';

const native = loadFfi();
const ANY_PORT: TransportAddress = { family: 4, bytes: Uint8Array.of(127, 0, 0, 1), port: 0 };
const SOCKETS = 60;
const DATAGRAMS_PER_SOCKET = 200;
/** As much as a turn may take: 8192 packets, and what is left of the last call. */
const MOST_IN_A_TURN = 8192 + 64;

test(
  'a turn of the loop ends after a bounded number of packets, and no socket goes without',
  { skip: native.ok ? false : native.reason },
  async () => {
    const receiving = create();
    const sending = create();
    const byTurn = new Map<number, number>();
    const bySocket = new Map<number, number>();
    const receiver: UdpReceiver = {
      handleDatagram: ({ socket }) => {
        const { turns } = receiving.counters;
        byTurn.set(turns, (byTurn.get(turns) ?? 0) + 1);
        bySocket.set(socket, (bySocket.get(socket) ?? 0) + 1);
      },
    };
    const targets = Array.from({ length: SOCKETS }, () => open(receiving, receiver));
    const source = open(sending, { handleDatagram: () => undefined });
    // All of it before the loop gets a turn.
    for (const target of targets) {
      const path = sending.paths.internRemote(source.socket, target.address, Transport.udp);
      for (let i = 0; i < DATAGRAMS_PER_SOCKET; i++) sending.send(path, Buffer.from('hello'), 0, 5);
      sending.flush();
    }
    const sent = sending.counters.sentPackets;
    assert.equal(sent, SOCKETS * DATAGRAMS_PER_SOCKET);
    for (let i = 0; i < 100 && receiving.counters.receivedPackets < sent; i++) await sleep(20);
    const most = Math.max(...byTurn.values());
    assert.ok(most <= MOST_IN_A_TURN, `${most} packets in one turn`);
    for (const { socket } of targets) assert.equal(bySocket.get(socket), DATAGRAMS_PER_SOCKET);
    receiving.stop();
    sending.stop();
  },
);

test(
  'datagrams that waited together are told apart by when each arrived, where that is asked for',
  { skip: native.ok ? false : native.reason },
  async () => {
    const receiving = create();
    const sending = create();
    const waits: number[] = [];
    const receiver: UdpReceiver = { handleDatagram: () => waits.push(receiving.waitedMs) };
    for (const timestamps of [true, false]) {
      waits.length = 0;
      const target = open(receiving, receiver, timestamps);
      const source = open(sending, { handleDatagram: () => undefined });
      const path = sending.paths.internRemote(source.socket, target.address, Transport.udp);
      for (let i = 0; i < 4; i++) {
        sending.send(path, Buffer.from('hello'), 0, 5);
        sending.flush();
        // The loop gets no turn meanwhile.
        for (const until = performance.now() + 20; performance.now() < until;);
      }
      for (let i = 0; i < 100 && waits.length < 4; i++) await sleep(5);
      assert.equal(waits.length, 4);
      if (!timestamps) {
        assert.deepEqual(waits, [0, 0, 0, 0]);
        continue;
      }
      for (let i = 1; i < 4; i++) {
        const apart = waits[i - 1]! - waits[i]!;
        assert.ok(apart >= 19 && apart < 60, `${waits.join()} ms`);
      }
    }
    receiving.stop();
    sending.stop();
  },
);

function create(): NativeUdpNetwork {
  const paths = new PathTable({ maximumPaths: 1024, seed: 7 });
  return new NativeUdpNetwork({ paths, segmentationOffload: 'off' });
}

function open(
  network: UdpNetwork,
  receiver: UdpReceiver,
  timestamps = false,
): Extract<UdpOpened, { ok: true }> {
  let result: UdpOpened | undefined;
  network.open({ address: ANY_PORT, receiver, timestamps }, (opened) => {
    result = opened;
  });
  assert.ok(result?.ok);
  return result;
}
