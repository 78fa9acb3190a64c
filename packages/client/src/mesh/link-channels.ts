import { channelKey } from './channel-kind.js';
import type { ChannelKind } from './channel-kind.js';
import { OutgoingChannel } from './outgoing-channel.js';

/** The channels open to one participant. */
export class LinkChannels {
  readonly #channels = new Map<string, OutgoingChannel>();
  #connection: RTCPeerConnection | undefined;

  get isEmpty(): boolean {
    return this.#channels.size === 0;
  }

  /** Goes on in an RTCPeerConnection. */
  attach(connection: RTCPeerConnection): void {
    this.#connection = connection;
    for (const channel of this.#channels.values()) channel.attach(connection);
  }

  /** The channel of a kind, opened if there is none. */
  open(kind: ChannelKind): OutgoingChannel {
    const key = channelKey(kind);
    const known = this.#channels.get(key);
    if (known !== undefined) return known;
    const channel = new OutgoingChannel(kind);
    this.#channels.set(key, channel);
    if (this.#connection !== undefined) channel.attach(this.#connection);
    return channel;
  }

  close(kind: ChannelKind): void {
    const key = channelKey(kind);
    this.#channels.get(key)?.close();
    this.#channels.delete(key);
  }

  abandon(): void {
    for (const channel of this.#channels.values()) channel.abandon();
    this.#channels.clear();
  }
}
