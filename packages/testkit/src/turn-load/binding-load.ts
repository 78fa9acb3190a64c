import { randomFillSync } from 'node:crypto';
import { Attribute, STUN_ATTRIBUTES } from '@madang/core/stun/attributes';
import { KnownAttributes } from '@madang/core/stun/known-attributes';
import { MessageClass, messageType } from '@madang/core/stun/message-type';
import { StunMessageView } from '@madang/core/stun/message-view';
import { StunMessageWriter } from '@madang/core/stun/message-writer';
import { Method } from '@madang/core/stun/methods';
import { StunParseResult } from '@madang/core/stun/parse-result';
import { closeLoadSocket, openLoadSocket } from './load-socket.js';
import type { LoadSocket } from './load-socket.js';
import { PacketCounter } from './packet-counter.js';
import type { FrameSocket } from './frame-socket.js';
import { FrameTrain } from './frame-train.js';
import { PacketTrain } from './packet-train.js';
import type { LoadStream } from './probe.js';
import { RequestSocket } from './request-socket.js';

export interface BindingLoadOptions {
  /** IPv4 address of the STUN server as an unsigned 32-bit number. */
  readonly server: number;
  readonly serverPort: number;
  /** Clients, each with an address of its own in 127.1.0.0/16. */
  readonly clients: number;
  /** Sends the requests as frames, which is faster; without it through a UDP socket. */
  readonly frames?: FrameSocket | undefined;
}

/** STUN clients that send Binding requests of 20 bytes and count the answers. */
export class BindingLoad {
  readonly socket: LoadSocket = openLoadSocket({ receiveOffload: 'on' });
  readonly streams: readonly LoadStream[];
  /** Length of the server's answers. */
  readonly answerBytes: number;

  /** Asks once for every client and looks at the answer; throws when one is missing or wrong. */
  constructor(options: BindingLoadOptions) {
    const requests = new RequestSocket(this.socket);
    const packets = Array.from({ length: options.clients }, () => bindingRequest());
    const lengths = packets.map((packet, index) =>
      askOnce({ requests, options, packet, source: FIRST_CLIENT + index, port: this.socket.port }),
    );
    this.answerBytes = lengths[0]!;
    if (lengths.some((length) => length !== this.answerBytes)) {
      throw new Error(`answers differ in length: ${[...new Set(lengths)].join(', ')}`);
    }
    const flows = packets.map((packet, index) => ({
      source: FIRST_CLIENT + index,
      destination: options.server,
      destinationPort: options.serverPort,
      packet,
    }));
    this.streams = [
      {
        train:
          options.frames === undefined
            ? new PacketTrain({ socket: this.socket, flows, packetsPerMessage: 1 })
            : new FrameTrain({ socket: options.frames, sourcePort: this.socket.port, flows }),
        counter: new PacketCounter({ socket: this.socket, packetBytes: this.answerBytes }),
      },
    ];
  }

  close(): void {
    closeLoadSocket(this.socket);
  }
}

function bindingRequest(): Uint8Array {
  const packet = new Uint8Array(20);
  const id = randomFillSync(new Uint8Array(12));
  new StunMessageWriter({ buffer: packet }).begin(messageType(Method.binding, MessageClass.request), id, 0);
  return packet;
}

interface Question {
  readonly requests: RequestSocket;
  readonly options: BindingLoadOptions;
  readonly packet: Uint8Array;
  readonly source: number;
  readonly port: number;
}

/** The length of the answer, which must carry the address the question came from. */
function askOnce({ requests, options, packet, source, port }: Question): number {
  const { buffer, offset } = requests.outgoing;
  buffer.set(packet, offset);
  requests.send(source, options.server, options.serverPort, packet.length);
  const view = new StunMessageView(new KnownAttributes(STUN_ATTRIBUTES));
  const end = performance.now() + 2000;
  let length = 0;
  while (length === 0) {
    if (performance.now() > end) throw new Error('the STUN server does not answer');
    requests.receive((message) => {
      if (view.parse(message.bytes, message.offset, message.length) !== StunParseResult.ok) return;
      const mapped = view.readXorAddress(view.find(Attribute.xorMappedAddress));
      const isRight =
        view.messageClass === MessageClass.successResponse &&
        view.hasTransactionId(packet, 8) &&
        mapped?.port === port &&
        Buffer.from(mapped.bytes).readUInt32BE(0) === source;
      if (!isRight) throw new Error('the STUN server gave a wrong answer');
      length = message.length;
    });
  }
  return length;
}

const FIRST_CLIENT = 0x7f010001;
