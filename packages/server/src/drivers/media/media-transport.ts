import type { PathId } from '@madang/core/path/path';
import { NO_PATH } from '@madang/core/path/path';
import { Transport } from '@madang/core/path/transport-address';
import type { TransportParameters } from '@madang/core/sfu/media-parameters';
import type { SrtpSender } from '@madang/core/srtp/srtp-sender';
import type { UdpNetwork } from '../../net/udp-network.js';
import type { MediaStreams } from './media-streams.js';

/** One transport as the media engine sees it: where packets are sent. */
export class MediaTransport {
  readonly transportId: number;
  readonly parameters: TransportParameters;
  /** Smoothed round-trip time of our connectivity checks; 0 until one was answered. */
  roundTripMs = 0;
  /** How often another path was chosen; the first one counts. */
  pathChanges = 0;
  sentPackets = 0;
  sentBytes = 0;
  readonly #network: UdpNetwork;
  readonly #streams: MediaStreams;
  #sender: SrtpSender | undefined;
  #overheadBytes = 0;
  #path: PathId = NO_PATH;
  #kind: 'udp' | 'stream' = 'udp';
  #slotBytes: Uint8Array = NOTHING;
  #slotOffset = 0;

  constructor(options: { parameters: TransportParameters; network: UdpNetwork; streams: MediaStreams }) {
    this.transportId = options.parameters.transportId;
    this.parameters = options.parameters;
    this.#network = options.network;
    this.#streams = options.streams;
  }

  /** From `connected` until `ended`. */
  get isConnected(): boolean {
    return this.#sender !== undefined;
  }

  /** Where the packet begun last is to be written, from `slotOffset`. */
  get slotBytes(): Uint8Array {
    return this.#slotBytes;
  }

  get slotOffset(): number {
    return this.#slotOffset;
  }

  /**
   * Lends memory for one packet of up to `capacityBytes`, not counting what SRTP adds. False when nothing can be sent now:
   * not connected, or no path. The next call is `sendRtp`, `sendRtcp` or `dropPacket`, with nothing sent in between.
   */
  beginPacket(capacityBytes: number): boolean {
    if (this.#sender === undefined || this.#path === NO_PATH) return false;
    const roomBytes = capacityBytes + this.#overheadBytes;
    if (this.#kind === 'stream') {
      if (roomBytes > STREAM_SLOT.length) return false;
      this.#slotBytes = STREAM_SLOT;
      this.#slotOffset = 0;
      return true;
    }
    if (!this.#network.beginSlot(this.#path, roomBytes)) return false;
    this.#slotBytes = this.#network.slotBytes;
    this.#slotOffset = this.#network.slotOffset;
    return true;
  }

  /**
   * Protects the RTP packet of `length` bytes in the slot and queues it. For `extendedSequence` see
   * `SrtpSender.protectRtp`, for `source` `RouterTransport`.
   */
  sendRtp(
    headerLength: number,
    length: number,
    extendedSequence: number,
    source = this.#slotBytes,
    sourceOffset = this.#slotOffset + headerLength,
  ): void {
    const { slotBytes, slotOffset } = this;
    this.#commit(
      this.#sender!.protectRtp(
        slotBytes,
        slotOffset,
        headerLength,
        length,
        extendedSequence,
        source,
        sourceOffset,
      ),
    );
  }

  /** Protects the compound RTCP packet of `length` bytes in the slot and queues it. */
  sendRtcp(length: number): void {
    this.#commit(this.#sender!.protectRtcp(this.#slotBytes, this.#slotOffset, length));
  }

  /** Gives the slot back; nothing is sent. */
  dropPacket(): void {
    if (this.#kind === 'udp') this.#network.dropSlot();
  }

  /** Of the driver: how packets are protected; undefined when the transport is over. */
  setSender(sender: SrtpSender | undefined): void {
    this.#sender = sender;
    if (sender !== undefined)
      this.#overheadBytes = Math.max(sender.rtpOverheadBytes, sender.rtcpOverheadBytes);
  }

  /** Of the driver: where packets go; NO_PATH for nowhere. */
  setPath(path: PathId): void {
    if (path !== NO_PATH && path !== this.#path) this.pathChanges++;
    this.#path = path;
    if (path === NO_PATH) return;
    this.#kind = this.#network.paths.transportOf(path) === Transport.udp ? 'udp' : 'stream';
  }

  #commit(length: number): void {
    if (length < 0) {
      this.dropPacket();
      return;
    }
    this.sentPackets++;
    this.sentBytes += length;
    if (this.#kind === 'udp') this.#network.commitSlot(length);
    else this.#streams.send(this.#path, this.#slotBytes, this.#slotOffset, length);
  }
}

const NOTHING = new Uint8Array(0);
/** The slot of paths that are no UDP; shared, because a packet is sent before the next one is begun. */
const STREAM_SLOT = new Uint8Array(4096);
