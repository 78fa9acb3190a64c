import { randomFillSync } from 'node:crypto';
import type { Crypto } from '@madang/core/env/crypto';
import { Attribute } from '@madang/core/stun/attributes';
import { LongTermClient } from '@madang/core/stun/long-term-client';
import { MessageClass, messageType } from '@madang/core/stun/message-type';
import type { StunMessageView } from '@madang/core/stun/message-view';
import type { StunMessageWriter } from '@madang/core/stun/message-writer';
import { Method } from '@madang/core/stun/methods';

export type TurnFlowStep = 'allocate' | 'channelBind' | 'release';

export interface TurnFlowOptions {
  readonly index: number;
  readonly crypto: Crypto;
  readonly username: string;
  readonly password: string;
  /** IPv4 addresses as unsigned 32-bit numbers. */
  readonly clientAddress: number;
  readonly peerAddress: number;
  readonly peerPort: number;
  readonly channel: number;
}

/** One TURN client of a load: an allocation with a channel to its peer. Writes requests, judges responses. */
export class TurnFlow {
  readonly index: number;
  readonly clientAddress: number;
  readonly peerAddress: number;
  readonly peerPort: number;
  readonly channel: number;
  /** The relayed address once there is an allocation. */
  relayedAddress = 0;
  relayedPort = 0;
  /** The last request as it was sent: what is not answered is sent again unchanged (RFC 8489 section 6.2.1). */
  lastRequest: Uint8Array = new Uint8Array(0);
  readonly #client: LongTermClient;
  readonly #transactionId = new Uint8Array(12);
  #attempt = 0;

  constructor(options: TurnFlowOptions) {
    this.index = options.index;
    this.clientAddress = options.clientAddress;
    this.peerAddress = options.peerAddress;
    this.peerPort = options.peerPort;
    this.channel = options.channel;
    this.#client = new LongTermClient(options);
    randomFillSync(this.#transactionId);
  }

  /** Writes the request of a step with a new transaction id, whose first four bytes are the flow's index. */
  writeRequest(step: TurnFlowStep, writer: StunMessageWriter): void {
    const id = new DataView(this.#transactionId.buffer);
    id.setUint32(0, this.index);
    id.setUint32(4, ++this.#attempt);
    writer.begin(messageType(METHODS[step], MessageClass.request), this.#transactionId, 0);
    if (step === 'allocate') writer.u8WithReserved(Attribute.requestedTransport, UDP);
    if (step === 'release') writer.u32(Attribute.lifetime, 0);
    if (step === 'channelBind') {
      writer.u16WithReserved(Attribute.channelNumber, this.channel);
      const bytes = Uint8Array.of(
        this.peerAddress >>> 24,
        (this.peerAddress >>> 16) & 255,
        (this.peerAddress >>> 8) & 255,
        this.peerAddress & 255,
      );
      writer.xorAddress(Attribute.xorPeerAddress, { family: 4, bytes, port: this.peerPort });
    }
    this.#client.authenticate(writer);
    this.lastRequest = new Uint8Array(writer.buffer.subarray(writer.offset, writer.offset + writer.length));
  }

  /**
   * Judges a response to the last request. 'ignored': not ours, or not authentic. Throws when the server refuses, with
   * the error code: a load needs every flow.
   */
  handleResponse(step: TurnFlowStep, view: StunMessageView): 'done' | 'retry' | 'ignored' {
    if (view.method !== METHODS[step] || !view.hasTransactionId(this.#transactionId, 0)) return 'ignored';
    const verdict = this.#client.handleResponse(view);
    if (verdict === 'retry') return 'retry';
    if (verdict === 'discard') return 'ignored';
    if (verdict === 'reject' || view.messageClass !== MessageClass.successResponse) {
      const index = view.find(Attribute.errorCode);
      throw new Error(
        `${step} of flow ${this.index} was refused: ${view.readErrorCode(index)} ${view.readErrorReason(index)}`,
      );
    }
    if (step === 'allocate') this.#readRelayedAddress(view);
    return 'done';
  }

  #readRelayedAddress(view: StunMessageView): void {
    const address = view.readXorAddress(view.find(Attribute.xorRelayedAddress));
    if (address?.family !== 4) throw new Error(`flow ${this.index} was given no IPv4 relayed address`);
    this.relayedAddress = Buffer.from(address.bytes).readUInt32BE(0);
    this.relayedPort = address.port;
  }
}

const UDP = 17;
const METHODS = { allocate: Method.allocate, channelBind: Method.channelBind, release: Method.refresh };
