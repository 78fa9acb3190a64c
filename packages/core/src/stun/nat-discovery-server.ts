import { DropReason } from '../path/drop-reason.js';
import type { Arrival } from '../path/path.js';
import { Transport, type TransportAddress } from '../path/transport-address.js';
import { beginErrorAnswer, beginUnknownAttributesAnswer, mirrorFingerprint } from './answers.js';
import { Attribute } from './attributes.js';
import { ErrorCode } from './error-codes.js';
import { FINGERPRINT_LENGTH } from './fingerprint.js';
import { MessageClass } from './message-type.js';
import type { StunMessageView } from './message-view.js';
import { StunMessageWriter } from './message-writer.js';
import { CHANGE_IP, CHANGE_PORT } from './change-request.js';

/**
 * The four sockets of RFC 5780 section 6: bit 0 says alternate port, bit 1 alternate address, so that a
 * CHANGE-REQUEST is an exclusive or.
 */
export const SocketRole = { a1p1: 0, a1p2: 1, a2p1: 2, a2p2: 3 } as const;
export type SocketRole = (typeof SocketRole)[keyof typeof SocketRole];

/** What the NAT discovery server asks of its driver. */
export interface NatDiscoveryOutput {
  /**
   * Sends an answer to the IP address the request came from, at `destinationPort` (the request's own port unless it
   * had RESPONSE-PORT), from the socket of `role`. Bytes are copied before the call returns.
   */
  replyFrom(
    role: SocketRole,
    destinationPort: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): void;
  drop(reason: DropReason): void;
}

export interface NatDiscoveryServerOptions {
  /** The announced addresses of the four sockets, indexed by `SocketRole`; one family, two addresses, two ports. */
  readonly addresses: readonly [TransportAddress, TransportAddress, TransportAddress, TransportAddress];
  /** Where answers are written; by default a slab that holds the largest UDP datagram. */
  readonly scratch?: Uint8Array;
}

/**
 * Answers Binding requests with NAT behaviour discovery (RFC 5780 section 6.1). Only for servers that have all four
 * sockets: without an alternate address `BindingServer` answers, and CHANGE-REQUEST earns a 420 there.
 */
export class NatDiscoveryServer {
  readonly #addresses: readonly TransportAddress[];
  readonly #writer: StunMessageWriter;

  constructor(options: NatDiscoveryServerOptions) {
    this.#addresses = options.addresses;
    this.#writer = new StunMessageWriter({ buffer: options.scratch ?? new Uint8Array(65536) });
  }

  /** Answers a parsed Binding message that arrived on the socket of `role`. Nothing is kept or allocated. */
  handleBinding(view: StunMessageView, arrival: Arrival, role: SocketRole, output: NatDiscoveryOutput): void {
    if (view.messageClass === MessageClass.indication) return;
    if (view.messageClass !== MessageClass.request) {
      output.drop(DropReason.stun_unexpected_class);
      return;
    }
    const writer = this.#writer;
    if (view.unknownRequiredCount > 0) {
      mirrorFingerprint(beginUnknownAttributesAnswer(writer, view), view);
      output.replyFrom(role, arrival.port, writer.buffer, writer.offset, writer.length);
      return;
    }
    const change = readOptional(view, Attribute.changeRequest, 0);
    const port = readOptional(view, Attribute.responsePort, arrival.port);
    if (change < 0 || port <= 0 || !isAllowed(view, arrival)) {
      mirrorFingerprint(beginErrorAnswer(writer, view, ErrorCode.badRequest), view);
      output.replyFrom(role, arrival.port, writer.buffer, writer.offset, writer.length);
      return;
    }
    const swap = (change & CHANGE_IP ? 2 : 0) | (change & CHANGE_PORT ? 1 : 0);
    this.#answer(view, arrival, role, (role ^ swap) as SocketRole);
    output.replyFrom((role ^ swap) as SocketRole, port, writer.buffer, writer.offset, writer.length);
  }

  #answer(view: StunMessageView, arrival: Arrival, role: SocketRole, from: SocketRole): void {
    const writer = this.#writer;
    writer.beginAnswer(view, MessageClass.successResponse);
    writer.xorAddressFromArrival(Attribute.xorMappedAddress, arrival);
    // RFC 5780 section 6.1: MAPPED-ADDRESS too, because clients look for NATs that rewrite addresses in payloads.
    writer.addressFromArrival(Attribute.mappedAddress, arrival);
    writer.address(Attribute.responseOrigin, this.#addresses[from]!);
    // OTHER-ADDRESS is what both flags would have given, whatever was asked (RFC 5780 section 6.1, table 1).
    writer.address(Attribute.otherAddress, this.#addresses[role ^ 3]!);
    const padding = view.find(Attribute.padding);
    if (padding >= 0) this.#pad(view, view.valueLength(padding));
    mirrorFingerprint(writer, view);
  }

  /** RFC 5780 wants padding up to the MTU; ours never makes the answer longer than the request (reflection). */
  #pad(view: StunMessageView, requestedLength: number): void {
    const reserved = 4 + (view.hasFingerprint ? FINGERPRINT_LENGTH : 0);
    const room = view.len - this.#writer.length - reserved;
    if (room > 0) this.#writer.zeros(Attribute.padding, Math.min(requestedLength, room));
  }
}

/**
 * Whether a request makes the server do more than a plain Binding answer: other source, other port, or padding.
 * Drivers give these a tighter rate limit per source.
 */
export function asksForNatDiscovery(view: StunMessageView): boolean {
  return view.has(Attribute.changeRequest) || view.has(Attribute.responsePort) || view.has(Attribute.padding);
}

/** The number in CHANGE-REQUEST or RESPONSE-PORT, `absent` when there is none, -1 when malformed. */
function readOptional(view: StunMessageView, type: number, absent: number): number {
  const index = view.find(type);
  if (index < 0) return absent;
  if (type === Attribute.changeRequest)
    return view.readU32(index) === undefined ? -1 : view.readU32(index)! & 0xff;
  // RFC 5780 section 7.5: two bytes and two of padding; some count the padding in the length, some do not.
  return view.readU16WithReserved(index) ?? view.readU16(index) ?? -1;
}

/** RFC 5780 section 6.1: PADDING and RESPONSE-PORT exclude each other; all of it makes sense over UDP only. */
function isAllowed(view: StunMessageView, arrival: Arrival): boolean {
  if (arrival.transport !== Transport.udp) return !asksForNatDiscovery(view);
  return !(view.has(Attribute.padding) && view.has(Attribute.responsePort));
}
