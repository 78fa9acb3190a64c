import { channelInit } from './channel-kind.js';
import type { ChannelKind } from './channel-kind.js';

/** Bytes handed to the browser and not yet to the network, beyond which more waits. */
const FULL_BYTES = 1024 * 1024;
/** Bytes at which there is room again. */
const LOW_BYTES = 256 * 1024;
/** A lossy message is worth nothing when it comes late, so little waits. */
const LOSSY_FULL_BYTES = 128 * 1024;
/** Bytes that wait here for a channel that is not open or full. */
const QUEUE_BYTES = 1024 * 1024;

/** What became of a message. */
export type SendResult = 'sent' | 'queued' | 'dropped';

/**
 * The way for messages of one kind to one participant, over all RTCPeerConnections the two have had. What was handed
 * to an RTCPeerConnection that broke is lost with it; what still waited here goes with the next.
 */
export class OutgoingChannel {
  readonly kind: ChannelKind;
  readonly #queue: Uint8Array<ArrayBuffer>[] = [];
  #queuedBytes = 0;
  #channel: RTCDataChannel | undefined;
  #waiting: (() => void)[] = [];
  #isClosing = false;

  constructor(kind: ChannelKind) {
    this.kind = kind;
  }

  /** Bytes not yet handed to the network. */
  get bufferedAmount(): number {
    return this.#queuedBytes + (this.#channel?.bufferedAmount ?? 0);
  }

  /** Whether a reliable message of this size can be taken. */
  takes(bytes: number): boolean {
    return this.#canSend() || this.#queuedBytes + bytes <= QUEUE_BYTES;
  }

  /** Opens the channel in an RTCPeerConnection, in place of one before. */
  attach(connection: RTCPeerConnection): void {
    let channel: RTCDataChannel;
    try {
      channel = connection.createDataChannel(this.kind.label, channelInit(this.kind));
    } catch {
      // Closed, or out of stream ids: what waits goes with the next RTCPeerConnection.
      return;
    }
    this.#channel = channel;
    channel.binaryType = 'arraybuffer';
    channel.bufferedAmountLowThreshold = this.kind.reliable ? LOW_BYTES : LOSSY_FULL_BYTES / 2;
    const advance = (): void => {
      if (this.#channel === channel) this.#flush();
    };
    channel.addEventListener('open', advance);
    channel.addEventListener('bufferedamountlow', advance);
    channel.addEventListener('close', () => {
      if (this.#channel !== channel) return;
      this.#channel = undefined;
      this.#wake();
    });
  }

  /** Reliable messages wait if they must and there is room (`takes`); lossy ones go now or never. */
  send(data: Uint8Array<ArrayBuffer>): SendResult {
    if (this.#canSend() && this.#handOver(data)) return 'sent';
    if (!this.kind.reliable || this.#isClosing || !this.takes(data.length)) return 'dropped';
    // A copy: the application may use its buffer again.
    this.#queue.push(data.slice());
    this.#queuedBytes += data.length;
    return 'queued';
  }

  /** Resolves when another message would not have to wait, or the channel is gone. */
  async room(): Promise<void> {
    if (this.#hasRoom()) return;
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Lets what was sent go out, then closes. */
  close(): void {
    this.#isClosing = true;
    this.#flush();
  }

  /** Gives up: the participant is gone. */
  abandon(): void {
    this.#isClosing = true;
    this.#queue.length = 0;
    this.#queuedBytes = 0;
    this.#channel?.close();
    this.#channel = undefined;
    this.#wake();
  }

  #hasRoom(): boolean {
    if (this.#isClosing && this.#channel === undefined) return true;
    const isOpen = this.#channel?.readyState === 'open';
    return isOpen ? this.bufferedAmount < FULL_BYTES : this.#queuedBytes < QUEUE_BYTES;
  }

  #canSend(): boolean {
    const full = this.kind.reliable ? FULL_BYTES : LOSSY_FULL_BYTES;
    return (
      this.#queue.length === 0 && this.#channel?.readyState === 'open' && this.#channel.bufferedAmount < full
    );
  }

  #handOver(data: Uint8Array<ArrayBuffer>): boolean {
    try {
      this.#channel?.send(data);
      return true;
    } catch {
      // It closed in this very moment, or the other side takes no messages of this size.
      return false;
    }
  }

  #flush(): void {
    const channel = this.#channel;
    if (channel?.readyState === 'open') {
      while (this.#queue.length > 0 && channel.bufferedAmount < FULL_BYTES) {
        const data = this.#queue.shift()!;
        this.#queuedBytes -= data.length;
        this.#handOver(data);
      }
      if (this.#isClosing && this.#queue.length === 0) channel.close();
    }
    if (this.#hasRoom()) this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
