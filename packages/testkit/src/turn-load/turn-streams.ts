import type { LoadStream } from './probe.js';
import { PacketCounter } from './packet-counter.js';
import type { FrameSocket } from './frame-socket.js';
import { FrameTrain } from './frame-train.js';
import type { LoadSocket } from './load-socket.js';
import { PacketTrain } from './packet-train.js';
import type { LoadTrain, TrainFlow } from './packet-train.js';
import type { TurnFleet } from './turn-fleet.js';

export type LoadDirection = 'client-to-peer' | 'peer-to-client' | 'both';

/** single: every packet its own message, flows taking turns packet by packet. burst: runs of 8 packets of a flow. */
export type LoadShape = 'single' | 'burst';

export interface TurnStreamOptions {
  readonly fleet: TurnFleet;
  readonly direction: LoadDirection;
  readonly shape: LoadShape;
  /** What the peer sends or is sent; ChannelData adds four bytes on the client's side. A multiple of 4. */
  readonly payloadBytes: number;
  /** Sends packets of shape 'single' as frames, which is faster; without it through the fleet's UDP sockets. */
  readonly frames?: FrameSocket | undefined;
}

/** The streams that load all flows of a fleet; reusable for many probes. */
export function createTurnStreams(options: TurnStreamOptions): readonly LoadStream[] {
  const { fleet, direction, payloadBytes } = options;
  const createTrain = (socket: LoadSocket, flows: readonly TrainFlow[]): LoadTrain => {
    if (options.shape === 'burst') return new PacketTrain({ socket, flows, packetsPerMessage: BURST });
    if (options.frames === undefined) return new PacketTrain({ socket, flows, packetsPerMessage: 1 });
    return new FrameTrain({ socket: options.frames, sourcePort: socket.port, flows });
  };
  const streams: LoadStream[] = [];
  if (direction !== 'peer-to-client') {
    const packets = new Map(fleet.flows.map(({ channel }) => [channel, channelData(channel, payloadBytes)]));
    const flows = fleet.flows.map((flow) => ({
      source: flow.clientAddress,
      destination: fleet.options.server,
      destinationPort: fleet.options.serverPort,
      packet: packets.get(flow.channel)!,
    }));
    streams.push({
      train: createTrain(fleet.clients, flows),
      counter: new PacketCounter({ socket: fleet.peers, packetBytes: payloadBytes }),
    });
  }
  if (direction !== 'client-to-peer') {
    const packet = pattern(payloadBytes);
    const flows = fleet.flows.map((flow) => ({
      source: flow.peerAddress,
      destination: flow.relayedAddress,
      destinationPort: flow.relayedPort,
      packet,
    }));
    streams.push({
      train: createTrain(fleet.peers, flows),
      counter: new PacketCounter({ socket: fleet.clients, packetBytes: payloadBytes + 4 }),
    });
  }
  return streams;
}

/** ChannelData (RFC 8656 section 12.4). */
export function channelData(channel: number, payloadBytes: number): Buffer {
  const packet = Buffer.alloc(4 + payloadBytes);
  packet.writeUInt16BE(channel, 0);
  packet.writeUInt16BE(payloadBytes, 2);
  packet.set(pattern(payloadBytes), 4);
  return packet;
}

/** First byte 0x80, as RTP has it; then bytes that differ. */
function pattern(bytes: number): Buffer {
  return Buffer.from(Uint8Array.from({ length: bytes }, (_, i) => (i === 0 ? 0x80 : (i * 7 + 3) & 0xff)));
}

const BURST = 8;
