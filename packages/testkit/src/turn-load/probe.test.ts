import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadFfi } from '@madang/server/native/ffi';
import { openFrameSocket } from './frame-socket.js';
import { FrameTrain } from './frame-train.js';
import { closeLoadSocket, openLoadSocket } from './load-socket.js';
import type { LoadSocket } from './load-socket.js';
import { PacketCounter } from './packet-counter.js';
import { PacketTrain } from './packet-train.js';
import type { LoadTrain, TrainFlow } from './packet-train.js';
import { runProbe } from './probe.js';
import { RequestSocket } from './request-socket.js';

const skip = loadFfi().ok && process.platform === 'linux' ? false : 'needs Linux and the FFI';
const FIRST_SOURCE = 0x7f010001;

function flowsTo(port: number, count: number, bytes: number): TrainFlow[] {
  const packet = new Uint8Array(bytes).map((_, i) => i * 7);
  return Array.from({ length: count }, (_, index) => ({
    source: FIRST_SOURCE + index,
    destination: 0x7f020001 + index,
    destinationPort: port,
    packet,
  }));
}

function withSockets(body: (sender: LoadSocket, receiver: LoadSocket) => void): void {
  const sender = openLoadSocket({ receiveOffload: 'on' });
  const receiver = openLoadSocket({ receiveOffload: 'on' });
  try {
    body(sender, receiver);
  } finally {
    closeLoadSocket(sender);
    closeLoadSocket(receiver);
  }
}

/** What arrives of one round of a train, by source address. */
function arrivals(train: LoadTrain, receiver: LoadSocket, packets: number): Map<number, Buffer[]> {
  const bySource = new Map<number, Buffer[]>();
  for (let sent = 0; sent < packets;) sent += train.send(Math.min(packets - sent, 16));
  const socket = new RequestSocket(receiver);
  const take = (): number =>
    socket.receive((message) => {
      const bytes = Buffer.from(message.bytes.subarray(message.offset, message.offset + message.length));
      bySource.set(message.source, [...(bySource.get(message.source) ?? []), bytes]);
    });
  while (take() > 0);
  return bySource;
}

test('the flows of a train take turns, each from its own address', { skip }, () => {
  withSockets((sender, receiver) => {
    const flows = flowsTo(receiver.port, 5, 100);
    const train = new PacketTrain({ socket: sender, flows, packetsPerMessage: 1 });
    const bySource = arrivals(train, receiver, 20);
    assert.deepEqual(
      [...bySource.keys()],
      flows.map(({ source }) => source),
    );
    for (const list of bySource.values()) {
      assert.deepEqual(
        list,
        Array.from({ length: 4 }, () => Buffer.from(flows[0]!.packet)),
      );
    }
  });
});

test('frames arrive as the same datagrams', { skip }, (context) => {
  const frames = openFrameSocket();
  if (frames === undefined) {
    context.skip('a packet socket needs root');
    return;
  }
  try {
    withSockets((sender, receiver) => {
      const flows = flowsTo(receiver.port, 5, 100);
      const train = new FrameTrain({ socket: frames, sourcePort: sender.port, flows });
      const plain = new PacketTrain({ socket: sender, flows, packetsPerMessage: 1 });
      const expected = arrivals(plain, receiver, 20);
      assert.equal(expected.size, 5);
      assert.deepEqual(arrivals(train, receiver, 20), expected);
    });
  } finally {
    frames.close();
  }
});

test('every packet of single messages and of runs is counted', { skip }, () => {
  for (const packetsPerMessage of [1, 8]) {
    withSockets((sender, receiver) => {
      const train = new PacketTrain({
        socket: sender,
        flows: flowsTo(receiver.port, 3, 200),
        packetsPerMessage,
      });
      const counter = new PacketCounter({ socket: receiver, packetBytes: 200 });
      const result = runProbe({ streams: [{ train, counter }], ratePerSecond: 20_000, seconds: 0.2 });
      assert.equal(result.received, result.sent);
      assert.equal(result.odd, 0);
      assert.ok(result.sent > 200, `${result.sent} packets were sent`);
      assert.ok(result.sent <= 20_000 * 0.21, `${result.sent} packets are above the rate`);
    });
  }
});

test('what does not arrive is loss, and a wrong length is no packet', { skip }, () => {
  withSockets((sender, receiver) => {
    const gone = flowsTo(1, 1, 200)[0]!;
    const short = { ...flowsTo(receiver.port, 1, 150)[0]!, source: FIRST_SOURCE + 1 };
    const flows = [...flowsTo(receiver.port, 1, 200), gone, short, gone];
    const train = new PacketTrain({ socket: sender, flows, packetsPerMessage: 1 });
    const counter = new PacketCounter({ socket: receiver, packetBytes: 200 });
    const result = runProbe({ streams: [{ train, counter }], ratePerSecond: 20_000, seconds: 0.1 });
    assert.ok(Math.abs(result.loss - 0.75) < 0.01, `loss ${result.loss}`);
    assert.ok(Math.abs(result.odd - result.received) <= 1, `${result.odd} odd, ${result.received} right`);
  });
});
