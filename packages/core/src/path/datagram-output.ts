import type { DropReason } from './drop-reason.js';
import type { PathId } from './path.js';

/**
 * What a core may do with bytes. Append-only: an implementation stores or sends and returns; it never calls back
 * into the core. Bytes handed in from the received buffer are *lent*: the driver flushes before the receive slab
 * is used again, so forwarding copies nothing. Bytes from any other buffer are copied by the implementation
 * before the call returns, so a core may reuse one scratch buffer for all its messages.
 */
export interface DatagramOutput {
  /** Answers the sender of the message being handled, from the address it asked. Bytes are copied. */
  reply(bytes: Uint8Array, offset: number, length: number): void;
  /** Sends `length` bytes of the lent receive buffer (zero-copy) to an interned path. */
  forward(path: PathId, received: Uint8Array, offset: number, length: number): void;
  /** As `forward`, with a ChannelData header in front (and RFC 8656 padding where the path is a stream). */
  forwardChannelData(
    path: PathId,
    channelNumber: number,
    received: Uint8Array,
    offset: number,
    length: number,
  ): void;
  /** Sends bytes that are not in the receive buffer (indications, late answers). Bytes are copied. */
  send(path: PathId, bytes: Uint8Array, offset: number, length: number): void;
  /** Counts a dropped message. Peer input never throws and is never logged one by one. */
  drop(reason: DropReason): void;
}
