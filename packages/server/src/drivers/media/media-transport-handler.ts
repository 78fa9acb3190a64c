import type { RtpPacketView } from '@madang/core/rtp/rtp-packet-view';
import type { Instant } from '@madang/core/time/instant';
import type { MediaTransport } from './media-transport.js';

/** What the media engine does with transports and what comes over them. */
export interface MediaTransportHandler {
  /** ICE has selected a path, DTLS has proven the peer: media may be sent and will come. Called once. */
  connected(transport: MediaTransport): void;
  /**
   * The transport is over, and forgotten. Called once for every transport that was opened. `closed`: the peer said so, or
   * `close` was called. `reason` is for logs.
   */
  ended(transport: MediaTransport, state: 'failed' | 'closed', reason: string): void;
  /**
   * An authentic packet, decrypted, its payload read. The bytes are lent until `handleBatchEnd`, and may be changed in place. `arrivedAt` is when
   * it reached this machine.
   */
  handleRtp(now: Instant, transport: MediaTransport, packet: RtpPacketView, arrivedAt: Instant): void;
  /** An authentic compound packet, decrypted. The bytes are lent, and may be changed in place. */
  handleRtcp(
    now: Instant,
    transport: MediaTransport,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): void;
  /** After the packets of one batch of the network, or a frame of a TCP connection: then their bytes are taken back. */
  handleBatchEnd?(now: Instant): void;
}
