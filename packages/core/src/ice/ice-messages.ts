import type { Crypto } from '../env/crypto.js';
import type { Random } from '../env/random.js';
import type { Arrival } from '../path/path.js';
import { beginErrorAnswer, beginUnknownAttributesAnswer } from '../stun/answers.js';
import { Attribute, STUN_ATTRIBUTES } from '../stun/attributes.js';
import { ErrorCode } from '../stun/error-codes.js';
import { KnownAttributes } from '../stun/known-attributes.js';
import { MessageClass, messageType } from '../stun/message-type.js';
import { StunMessageView } from '../stun/message-view.js';
import { StunMessageWriter } from '../stun/message-writer.js';
import { Method } from '../stun/methods.js';
import type { IceGeneration } from './ice-credentials.js';

/** A view for messages of ICE: what it does not list as unknown, agents understand (RFC 8445 section 16.1). */
export function createIceMessageView(): StunMessageView {
  return new StunMessageView(
    new KnownAttributes([...STUN_ATTRIBUTES, Attribute.priority, Attribute.useCandidate]),
  );
}

/** Writes the messages of a controlled agent, one at a time, from offset 0 of `bytes`. Each method answers the length. */
export class IceMessages {
  readonly #crypto: Crypto;
  readonly #writer: StunMessageWriter;
  readonly #tieBreaker: bigint;

  constructor(options: { crypto: Crypto; random: Random }) {
    this.#crypto = options.crypto;
    this.#writer = new StunMessageWriter({ buffer: SCRATCH });
    const bytes = new Uint8Array(8);
    options.random.fillPublic(bytes);
    this.#tieBreaker = bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
  }

  get bytes(): Uint8Array {
    return this.#writer.buffer;
  }

  /**
   * The error response to a request that cannot be accepted: 420 for unknown attributes (RFC 8489 section 6.3.1), 487
   * when the peer takes the controlled role, which is ours (RFC 8445 section 7.3.1.1). 0 when nothing is wrong.
   */
  writeRefusal(request: StunMessageView, key: Uint8Array): number {
    if (request.unknownRequiredCount > 0) beginUnknownAttributesAnswer(this.#writer, request);
    else if (request.has(Attribute.iceControlled))
      beginErrorAnswer(this.#writer, request, ErrorCode.roleConflict);
    else return 0;
    return this.#finish(key);
  }

  /** The success response (RFC 8445 section 7.3). */
  writeAnswer(request: StunMessageView, arrival: Arrival, key: Uint8Array): number {
    this.#writer.beginAnswer(request, MessageClass.successResponse);
    this.#writer.xorAddressFromArrival(Attribute.xorMappedAddress, arrival);
    return this.#finish(key);
  }

  /** A check of ours (RFC 8445 section 7.2.2) with the transaction id at `idOffset` of `ids`. */
  writeCheck(ids: Uint8Array, idOffset: number, generation: IceGeneration): number {
    this.#writer
      .begin(messageType(Method.binding, MessageClass.request), ids, idOffset)
      .text(Attribute.username, generation.username)
      .u32(Attribute.priority, PEER_REFLEXIVE_PRIORITY)
      .u64(Attribute.iceControlled, this.#tieBreaker);
    return this.#finish(generation.remoteKey);
  }

  #finish(key: Uint8Array): number {
    return this.#writer.messageIntegrity(this.#crypto, key).fingerprint().length;
  }
}

/** In one slab, because small typed arrays move; shared, because every message is sent before the next is written. */
const SCRATCH = new Uint8Array(4096);

/** Type preference 110, the one address there is, component 1 (RFC 8445 section 5.1.2). */
const PEER_REFLEXIVE_PRIORITY = 110 * 2 ** 24 + 65_535 * 2 ** 8 + 255;
