import type { DataSender } from '../api/data.js';
import { DATA_MESSAGE_BYTES } from '../api/data.js';
import { UsageError } from '../api/errors.js';
import type { ChannelKind } from './channel-kind.js';
import type { Link } from './link.js';

/** What a sender is of its mesh. */
export interface DataSenderPort {
  /** The links a message goes to now. */
  links(): Iterable<Link>;
  onClosed(sender: MeshDataSender): void;
}

/** A channel to one or all, over the data channel each of them has. */
export class MeshDataSender implements DataSender {
  readonly label: string;
  readonly reliable: boolean;
  /** `all` or a `participantId`. */
  readonly to: string;
  readonly #port: DataSenderPort;
  #dropped = 0;
  #isClosed = false;

  constructor(kind: ChannelKind, to: string, port: DataSenderPort) {
    this.label = kind.label;
    this.reliable = kind.reliable;
    this.to = to;
    this.#port = port;
  }

  get bufferedAmount(): number {
    if (this.#isClosed) return 0;
    let most = 0;
    for (const link of this.#port.links()) most = Math.max(most, link.channels.open(this).bufferedAmount);
    return most;
  }

  get receivers(): number {
    if (this.#isClosed) return 0;
    return [...this.#port.links()].filter(({ state }) => state === 'connected').length;
  }

  get dropped(): number {
    return this.#dropped;
  }

  /**
   * Reliable messages to somebody who is still connecting wait, up to 1 MiB for each receiver.
   * @throws UsageError `tooLarge`; `bufferFull` for a reliable message when messages before were not awaited;
   *   `invalidArgument` after `close`
   */
  async send(data: Uint8Array<ArrayBuffer> | string): Promise<number> {
    if (this.#isClosed) throw new UsageError('invalidArgument', 'This channel was closed. Open another one.');
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
    if (bytes.length > DATA_MESSAGE_BYTES) {
      const message = `A message of ${bytes.length} bytes is too large: ${DATA_MESSAGE_BYTES} at most. Send it in parts.`;
      throw new UsageError('tooLarge', message);
    }
    const channels = [...this.#port.links()].map((link) => link.channels.open(this));
    // Before anything is sent: a message goes to everybody or to nobody.
    if (this.reliable && !channels.every((channel) => channel.takes(bytes.length))) {
      const message = 'Too much waits to be sent. Await send() before the next message.';
      throw new UsageError('bufferFull', message);
    }
    let sent = 0;
    for (const channel of channels) {
      if (channel.send(bytes) === 'dropped') this.#dropped += 1;
      else sent += 1;
    }
    if (this.reliable) await Promise.all(channels.map((channel) => channel.room()));
    return sent;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#port.onClosed(this);
  }
}
