import { createCrypto } from '@madang/server/crypto/create-crypto';
import { STUN_ATTRIBUTES, TURN_ATTRIBUTES } from '@madang/core/stun/attributes';
import { KnownAttributes } from '@madang/core/stun/known-attributes';
import { StunMessageView } from '@madang/core/stun/message-view';
import { StunMessageWriter } from '@madang/core/stun/message-writer';
import { StunParseResult } from '@madang/core/stun/parse-result';
import { closeLoadSocket, openLoadSocket } from './load-socket.js';
import type { LoadSocket } from './load-socket.js';
import { RequestSocket } from './request-socket.js';
import { TurnFlow } from './turn-flow.js';
import type { TurnFlowStep } from './turn-flow.js';

export interface TurnFleetOptions {
  /** Address and port of the TURN server, IPv4 as an unsigned 32-bit number. */
  readonly server: number;
  readonly serverPort: number;
  readonly username: string;
  readonly password: string;
  readonly allocations: number;
  /** Requests under way at a time. Default 32. */
  readonly window?: number;
}

/**
 * Many TURN clients, each with its own address in 127.1.0.0/16, its own peer in 127.2.0.0/16, and its own long-term
 * authentication. All clients share one socket of ours, all peers another.
 */
export class TurnFleet {
  readonly clients: LoadSocket = openLoadSocket({ receiveOffload: 'on' });
  readonly peers: LoadSocket = openLoadSocket({ receiveOffload: 'on' });
  readonly flows: readonly TurnFlow[];
  readonly #options: TurnFleetOptions;
  readonly #requests: RequestSocket;
  readonly #view = new StunMessageView(new KnownAttributes([...STUN_ATTRIBUTES, ...TURN_ATTRIBUTES]));

  constructor(options: TurnFleetOptions) {
    this.#options = options;
    this.#requests = new RequestSocket(this.clients);
    const { crypto } = createCrypto();
    this.flows = Array.from(
      { length: options.allocations },
      (_, index) =>
        new TurnFlow({
          index,
          crypto,
          username: options.username,
          password: options.password,
          clientAddress: CLIENTS + index + 1,
          peerAddress: PEERS + index + 1,
          peerPort: this.peers.port,
          channel: 0x4000 + (index % CHANNELS),
        }),
    );
  }

  get options(): TurnFleetOptions {
    return this.#options;
  }

  /** Makes all allocations, without channels; the seconds it took. Throws when one is refused or never answered. */
  allocate(): number {
    return this.#run('allocate');
  }

  /** Binds every flow's channel (which installs the permission too); the seconds it took. */
  bindChannels(): number {
    return this.#run('channelBind');
  }

  /** Ends all allocations; the seconds it took. */
  release(): number {
    return this.#run('release');
  }

  close(): void {
    closeLoadSocket(this.clients);
    closeLoadSocket(this.peers);
  }

  /** Takes every flow through one step, `window` at a time, repeating what is not answered (RFC 8489 section 6.2.1). */
  #run(step: TurnFlowStep): number {
    const { flows } = this;
    const window = this.#options.window ?? 32;
    const sentAt = new Float64Array(flows.length);
    const repeats = new Uint8Array(flows.length);
    const waiting = new Set<number>();
    const start = performance.now();
    let next = 0;
    let done = 0;
    let heard = start;
    while (done < flows.length) {
      while (waiting.size < window && next < flows.length) {
        waiting.add(next);
        this.#request(step, flows[next]!, sentAt);
        next++;
      }
      const received = this.#requests.receive((message) => {
        if (this.#view.parse(message.bytes, message.offset, message.length) !== StunParseResult.ok) return;
        const index = message.bytes.readUInt32BE(message.offset + 8);
        const flow = flows[index];
        if (flow === undefined || !waiting.has(index)) return;
        const outcome = flow.handleResponse(step, this.#view);
        if (outcome === 'retry') this.#request(step, flow, sentAt);
        if (outcome !== 'done') return;
        waiting.delete(index);
        done++;
      });
      const now = performance.now();
      if (received > 0) heard = now;
      else if (now - heard > REPEAT_AFTER_MS) {
        heard = now;
        this.#repeat(step, waiting, sentAt, repeats, now);
      }
    }
    return (performance.now() - start) / 1000;
  }

  #repeat(
    step: TurnFlowStep,
    waiting: ReadonlySet<number>,
    sentAt: Float64Array,
    repeats: Uint8Array,
    now: number,
  ): void {
    for (const index of waiting) {
      if (now - sentAt[index]! < REPEAT_AFTER_MS) continue;
      if (++repeats[index]! > MAXIMUM_REPEATS) {
        throw new Error(`the server does not answer: ${step} of flow ${index}`);
      }
      const flow = this.flows[index]!;
      const { buffer, offset } = this.#requests.outgoing;
      buffer.set(flow.lastRequest, offset);
      this.#send(flow, flow.lastRequest.length, sentAt);
    }
  }

  #request(step: TurnFlowStep, flow: TurnFlow, sentAt: Float64Array): void {
    const { buffer, offset, end } = this.#requests.outgoing;
    const writer = new StunMessageWriter({ buffer, offset, end });
    flow.writeRequest(step, writer);
    this.#send(flow, writer.length, sentAt);
  }

  #send(flow: TurnFlow, length: number, sentAt: Float64Array): void {
    sentAt[flow.index] = performance.now();
    this.#requests.send(flow.clientAddress, this.#options.server, this.#options.serverPort, length);
  }
}

const CLIENTS = 0x7f010000;
const PEERS = 0x7f020000;
/** Flows share packets by channel: few channels keep the packets of hundreds of flows in the cache. */
const CHANNELS = 16;
const REPEAT_AFTER_MS = 250;
const MAXIMUM_REPEATS = 12;
