import { PacketCounter } from '@madang/testkit/turn-load/packet-counter';
import { PacketTrain } from '@madang/testkit/turn-load/packet-train';
import { closeLoadSocket, openLoadSocket } from '@madang/testkit/turn-load/load-socket';

export interface FloodOptions {
  readonly serverPort: number;
  readonly packet: Uint8Array;
  /** First address of the senders, IPv4 as an unsigned 32-bit number in 127.0.0.0/8; they follow each other. */
  readonly firstSource: number;
  readonly sources: number;
  readonly packetsPerSecond: number;
  readonly seconds: number;
  /** Bytes of the one kind of answer to be counted. */
  readonly answerBytes: number;
}

export interface FloodResult {
  readonly sent: number;
  readonly seconds: number;
  /** Answers of `answerBytes` bytes that came back to any of the senders. */
  readonly answers: number;
  /** Answers of any other length. */
  readonly oddAnswers: number;
}

/** Sends one packet from many addresses at a steady rate, leaving the event loop free for whoever else is there. */
export async function flood(options: FloodOptions): Promise<FloodResult> {
  const socket = openLoadSocket({ receiveOffload: 'off' });
  const counter = new PacketCounter({ socket, packetBytes: options.answerBytes });
  const flows = Array.from({ length: options.sources }, (_, index) => ({
    source: options.firstSource + index,
    destination: LOOPBACK,
    destinationPort: options.serverPort,
    packet: options.packet,
  }));
  const train = new PacketTrain({ socket, flows, packetsPerMessage: 1 });
  const start = performance.now();
  const end = start + options.seconds * 1000;
  let sent = 0;
  for (let now = start; now < end; now = performance.now()) {
    const due = ((now - start) / 1000) * options.packetsPerSecond - sent;
    // Who was held up for long forgives itself the rest: a burst is no steady rate.
    for (let left = Math.min(due, LARGEST_BURST); left >= 1; left -= 128)
      sent += train.send(Math.min(left, 128));
    counter.receive(16);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const seconds = (performance.now() - start) / 1000;
  await new Promise((resolve) => setTimeout(resolve, 100));
  counter.receive(10_000);
  closeLoadSocket(socket);
  return { sent, seconds, answers: counter.packets, oddAnswers: counter.odd };
}

/** An IPv4 address as an unsigned 32-bit number. */
export function ipv4Number(text: string): number {
  return text.split('.').reduce((number, part) => number * 256 + Number(part), 0);
}

const LOOPBACK = 0x7f000001;
const LARGEST_BURST = 2048;
