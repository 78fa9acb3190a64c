import { readU16, readU32 } from '../bytes/big-endian.js';
import { HEADER_LENGTH, MAGIC_COOKIE } from '../stun/message-type.js';

/** Longest message a stream may carry: ChannelData with 65,535 bytes behind its 4-byte header. */
export const MAXIMUM_FRAME_LENGTH = 65_535 + 4;

/** Longest message taken from a client that has not authenticated: no honest first request comes near it. */
export const UNAUTHENTICATED_FRAME_LENGTH = 1500;

/** Takes one whole message. The bytes are lent until it returns. 'stop' leaves the rest of the chunk unread. */
export interface FrameHandler {
  handleFrame(bytes: Uint8Array, offset: number, length: number): 'continue' | 'stop';
}

/**
 * needMore: the chunk is used up. stopped: the handler said 'stop' and `consumed` tells where. The others mean that
 * nothing behind this point can be understood: close the connection. They are final.
 */
export type FramingResult = 'needMore' | 'stopped' | FramingFailure;
export type FramingFailure = 'notStunOrChannelData' | 'frameTooLong';

/**
 * Cuts a TCP or TLS byte stream into STUN messages and ChannelData messages (RFC 8656 section 12.5: on a stream,
 * ChannelData is padded to four bytes and its length field does not count the padding). A message that lies whole
 * inside a chunk is handed over in place; only one that straddles chunks is gathered, in a buffer that grows with
 * the bytes that really came, so a header that lies about its length costs nothing.
 */
export class StreamDeframer {
  #maximumFrameLength: number;
  #gathered: Uint8Array = NOTHING;
  #gatheredLength = 0;
  #consumed = 0;
  #failure: FramingFailure | undefined;

  constructor(options: { maximumFrameLength?: number } = {}) {
    this.#maximumFrameLength = options.maximumFrameLength ?? UNAUTHENTICATED_FRAME_LENGTH;
  }

  /** Bytes of the last chunk that were used: all of it, unless the result was 'stopped' or a failure. */
  get consumed(): number {
    return this.#consumed;
  }

  /** Whether part of a message is waiting for the rest (drivers time slow-drip clients by this). */
  get isMidFrame(): boolean {
    return this.#gatheredLength > 0;
  }

  /** Allows longer messages; called when the client has authenticated. */
  raiseMaximumFrameLength(maximumFrameLength: number): void {
    this.#maximumFrameLength = Math.min(maximumFrameLength, MAXIMUM_FRAME_LENGTH);
  }

  /** Takes the next `length` bytes of the stream and hands every message completed by them to `handler`. */
  push(bytes: Uint8Array, offset: number, length: number, handler: FrameHandler): FramingResult {
    const end = offset + length;
    let at = offset;
    let result: FramingResult = this.#failure ?? 'needMore';
    while (result === 'needMore' && at < end) {
      const available = end - at;
      let used: number;
      if (this.#gatheredLength > 0) {
        used = this.#gather(bytes, at, available);
        result = this.#deliverGathered(handler);
      } else {
        const wireLength = this.#wireLength(bytes, at, available);
        if (wireLength > 0 && wireLength <= available) {
          used = wireLength;
          if (handler.handleFrame(bytes, at, frameLength(bytes, at)) === 'stop') result = 'stopped';
        } else {
          used = this.#failure === undefined ? this.#gather(bytes, at, available) : 0;
          result = this.#failure ?? 'needMore';
        }
      }
      at += used;
    }
    this.#consumed = at - offset;
    return result;
  }

  /** Copies what belongs to the message being gathered; returns how many bytes that was. */
  #gather(bytes: Uint8Array, at: number, available: number): number {
    const wireLength = this.#wireLength(this.#gathered, 0, this.#gatheredLength);
    const target = wireLength > 0 ? wireLength : MINIMUM_HEADER;
    const count = Math.min(available, target - this.#gatheredLength);
    const total = this.#gatheredLength + count;
    if (total > this.#gathered.length) {
      const grown = new Uint8Array(Math.max(INITIAL_CAPACITY, Math.min(total * 2, MAXIMUM_FRAME_LENGTH + 3)));
      grown.set(this.#gathered.subarray(0, this.#gatheredLength));
      this.#gathered = grown;
    }
    this.#gathered.set(bytes.subarray(at, at + count), this.#gatheredLength);
    this.#gatheredLength = total;
    return count;
  }

  #deliverGathered(handler: FrameHandler): FramingResult {
    const gathered = this.#gathered;
    const wireLength = this.#wireLength(gathered, 0, this.#gatheredLength);
    if (this.#failure !== undefined) return this.#failure;
    if (wireLength === 0 || wireLength > this.#gatheredLength) return 'needMore';
    this.#gatheredLength = 0;
    if (gathered.length > INITIAL_CAPACITY) this.#gathered = NOTHING;
    return handler.handleFrame(gathered, 0, frameLength(gathered, 0)) === 'stop' ? 'stopped' : 'needMore';
  }

  /** Bytes the message at `at` takes on the wire; 0 while its header is incomplete or when it is refused. */
  #wireLength(bytes: Uint8Array, at: number, available: number): number {
    if (available === 0) return 0;
    const kind = bytes[at]! >>> 6;
    if (kind > 1) return this.#fail('notStunOrChannelData');
    if (available < MINIMUM_HEADER) return 0;
    const length = frameLength(bytes, at);
    if (length > this.#maximumFrameLength) return this.#fail('frameTooLong');
    if (kind === 1) return (length + 3) & ~3;
    // RFC 8489 section 5: the two low bits of a STUN length are zero. A wrong one would lose the place for good.
    if ((length & 3) !== 0) return this.#fail('notStunOrChannelData');
    if (available >= COOKIE_END && readU32(bytes, at + 4) !== MAGIC_COOKIE)
      return this.#fail('notStunOrChannelData');
    return length;
  }

  #fail(failure: FramingFailure): 0 {
    this.#failure ??= failure;
    return 0;
  }
}

/** Length of the message whose first four bytes are at `at`, without padding. */
function frameLength(bytes: Uint8Array, at: number): number {
  return readU16(bytes, at + 2) + (bytes[at]! >>> 6 === 1 ? 4 : HEADER_LENGTH);
}

const NOTHING = new Uint8Array(0);
/** Type or channel number, and length. */
const MINIMUM_HEADER = 4;
const COOKIE_END = 8;
const INITIAL_CAPACITY = 2048;
