import { randomBytes } from 'node:crypto';
import { parseTransportAddress } from '@madang/core/path/address-text';
import type { TransportAddress } from '@madang/core/path/transport-address';
import { Attribute, STUN_ATTRIBUTES, TURN_ATTRIBUTES } from '@madang/core/stun/attributes';
import { KnownAttributes } from '@madang/core/stun/known-attributes';
import { LongTermClient } from '@madang/core/stun/long-term-client';
import { MessageClass, messageType } from '@madang/core/stun/message-type';
import { StunMessageView } from '@madang/core/stun/message-view';
import { StunMessageWriter } from '@madang/core/stun/message-writer';
import { Method } from '@madang/core/stun/methods';
import { StunParseResult } from '@madang/core/stun/parse-result';
import { NodeCrypto } from '@madang/server/crypto/node-crypto';
import type { TurnTransport } from './turn-transport.js';

export interface TurnClientOptions {
  readonly transport: TurnTransport;
  readonly username: string;
  readonly password: string;
  /** How long a request is waited for, repeats included. Default 3000 ms. */
  readonly timeoutMs?: number;
}

/** What the server answered. `code` is 0 for success, else the error code. */
export interface TurnAnswer {
  readonly code: number;
  readonly view: StunMessageView;
  /** Bytes of the whole answer. */
  readonly length: number;
}

/** What came from a peer: in a Data indication (then `peer` is there) or as ChannelData (then `channel` is). */
export interface PeerData {
  readonly bytes: Buffer;
  readonly peer?: TransportAddress;
  readonly channel?: number;
}

/** A TURN client for tests: one 5-tuple, long-term authentication, requests as promises. */
export class TurnClient {
  readonly transport: TurnTransport;
  /** The relayed addresses of the last successful Allocate. */
  relayed: readonly TransportAddress[] = [];
  /** Called with what comes from peers. */
  onData: (data: PeerData) => void = () => undefined;
  readonly #authentication: LongTermClient;
  readonly #timeoutMs: number;
  readonly #waiting = new Map<string, (message: Buffer) => void>();

  constructor(options: TurnClientOptions) {
    this.transport = options.transport;
    this.#timeoutMs = options.timeoutMs ?? 3000;
    this.#authentication = new LongTermClient({ crypto: new NodeCrypto(), ...options });
    this.transport.onMessage = (message) => {
      this.#handleMessage(message);
    };
  }

  /** Allocates a UDP relay; `write` adds attributes. */
  async allocate(write: (writer: StunMessageWriter) => void = () => undefined): Promise<TurnAnswer> {
    const answer = await this.request(Method.allocate, (writer) => {
      writer.u8WithReserved(Attribute.requestedTransport, UDP);
      write(writer);
    });
    if (answer.code === 0) this.relayed = relayedAddressesOf(answer.view);
    return answer;
  }

  refresh(lifetimeSeconds: number): Promise<TurnAnswer> {
    return this.request(Method.refresh, (writer) => writer.u32(Attribute.lifetime, lifetimeSeconds));
  }

  createPermission(peer: TransportAddress | string): Promise<TurnAnswer> {
    return this.request(Method.createPermission, (writer) =>
      writer.xorAddress(Attribute.xorPeerAddress, addressOf(peer)),
    );
  }

  channelBind(channel: number, peer: TransportAddress | string): Promise<TurnAnswer> {
    return this.request(Method.channelBind, (writer) =>
      writer
        .u16WithReserved(Attribute.channelNumber, channel)
        .xorAddress(Attribute.xorPeerAddress, addressOf(peer)),
    );
  }

  /** Sends a Send indication: nothing answers it. */
  sendIndication(peer: TransportAddress | string, data: Uint8Array): void {
    const writer = beginMessage(Method.send, MessageClass.indication, randomBytes(12));
    writer.xorAddress(Attribute.xorPeerAddress, addressOf(peer)).bytes(Attribute.data, data);
    this.transport.send(writer.buffer.subarray(0, writer.length));
  }

  sendChannelData(channel: number, data: Uint8Array): void {
    const padding = this.transport.isReliable ? -data.length & 3 : 0;
    const message = Buffer.alloc(4 + data.length + padding);
    message.writeUInt16BE(channel, 0);
    message.writeUInt16BE(data.length, 2);
    message.set(data, 4);
    this.transport.send(message);
  }

  /**
   * Sends a request and waits for its answer, authenticating when the server asks for it. A wrong credential is an
   * answer too (401). Rejects when nothing authentic comes in time.
   */
  async request(method: number, write: (writer: StunMessageWriter) => unknown): Promise<TurnAnswer> {
    const deadline = performance.now() + this.#timeoutMs;
    for (;;) {
      const transactionId = randomBytes(12);
      const writer = beginMessage(method, MessageClass.request, transactionId);
      write(writer);
      this.#authentication.authenticate(writer);
      const { answer, verdict } = await this.#exchange(writer, transactionId, deadline);
      if (verdict !== 'retry') return answer;
    }
  }

  /** The next thing from a peer; rejects after `timeoutMs`. Replaces `onData` meanwhile. */
  nextData(timeoutMs = 2000): Promise<PeerData> {
    return new Promise((resolve, reject) => {
      const before = this.onData;
      const timer = setTimeout(() => {
        this.onData = before;
        reject(new Error(`nothing came from a peer within ${timeoutMs} ms`));
      }, timeoutMs);
      this.onData = (data) => {
        clearTimeout(timer);
        this.onData = before;
        resolve(data);
      };
    });
  }

  close(): void {
    this.transport.close();
  }

  #exchange(
    writer: StunMessageWriter,
    transactionId: Buffer,
    deadline: number,
  ): Promise<{ answer: TurnAnswer; verdict: 'accept' | 'retry' | 'reject' }> {
    const bytes = writer.buffer.subarray(0, writer.length);
    const key = transactionId.toString('hex');
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout;
      let waitMs = REPEAT_AFTER_MS;
      let isFirst = true;
      const done = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(key);
      };
      const attempt = (): void => {
        const now = performance.now();
        if (now >= deadline) {
          done();
          reject(new Error(`the server did not answer within ${this.#timeoutMs} ms`));
          return;
        }
        if (!this.transport.isReliable || isFirst) this.transport.send(bytes);
        isFirst = false;
        timer = setTimeout(attempt, Math.min(waitMs, deadline - now + 1));
        waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS);
      };
      this.#waiting.set(key, (message) => {
        const view = parseStun(message);
        const verdict = this.#authentication.handleResponse(view);
        if (verdict === 'discard') return;
        done();
        const code = view.readErrorCode(view.find(Attribute.errorCode)) ?? 0;
        resolve({ answer: { code, view, length: message.length }, verdict });
      });
      attempt();
    });
  }

  #handleMessage(message: Buffer): void {
    if (message.length >= 4 && message[0]! >= 0x40 && message[0]! <= 0x7f) {
      const bytes = message.subarray(4, 4 + message.readUInt16BE(2));
      this.onData({ bytes, channel: message.readUInt16BE(0) });
      return;
    }
    if (message.length < 20) return;
    const waiting = this.#waiting.get(message.toString('hex', 8, 20));
    if (waiting !== undefined) {
      waiting(message);
      return;
    }
    const view = parseStun(message);
    const peer = view.readXorAddress(view.find(Attribute.xorPeerAddress));
    const data = view.readBytes(view.find(Attribute.data));
    if (view.method === Method.data && peer !== undefined && data !== undefined) {
      this.onData({ bytes: Buffer.from(data), peer });
    }
  }
}

/** A message of its own, to be finished by the caller. */
export function beginMessage(
  method: number,
  messageClass: MessageClass,
  transactionId: Uint8Array = randomBytes(12),
): StunMessageWriter {
  const writer = new StunMessageWriter({ buffer: Buffer.alloc(66_000) });
  return writer.begin(messageType(method, messageClass), transactionId, 0);
}

/** Parses a STUN message; throws when it is none. */
export function parseStun(message: Uint8Array): StunMessageView {
  const view = new StunMessageView(KNOWN);
  const result = view.parse(message, 0, message.length);
  if (result !== StunParseResult.ok) throw new Error(`not a STUN message (${result})`);
  return view;
}

const KNOWN = new KnownAttributes([...STUN_ATTRIBUTES, ...TURN_ATTRIBUTES]);
const UDP = 17;
const REPEAT_AFTER_MS = 250;
/** Tests know their server to be near: no need to wait as long as RFC 8489 section 6.2.1 has it. */
const LONGEST_WAIT_MS = 500;

function addressOf(peer: TransportAddress | string): TransportAddress {
  if (typeof peer !== 'string') return peer;
  const address = parseTransportAddress(peer);
  if (address === undefined) throw new RangeError(`'${peer}' is not an address and port`);
  return address;
}

function relayedAddressesOf(view: StunMessageView): TransportAddress[] {
  const found: TransportAddress[] = [];
  for (let index = 0; index < view.attributeCount; index++) {
    if (view.attributeType(index) !== Attribute.xorRelayedAddress) continue;
    const address = view.readXorAddress(index);
    if (address !== undefined) found.push(address);
  }
  return found;
}
