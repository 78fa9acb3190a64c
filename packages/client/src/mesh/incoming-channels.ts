import { DATA_MESSAGE_BYTES } from '../api/data.js';
import { kindOf } from './channel-kind.js';
import type { ChannelKind } from './channel-kind.js';

/** Channels a participant may have open to here. */
const MOST_INCOMING_CHANNELS = 32;

/** Whom the channels of the other side are told to. */
export interface IncomingListener {
  onMessage(kind: ChannelKind, data: Uint8Array<ArrayBuffer>): void;
  /** So many are open now. */
  onCount(count: number): void;
}

/** Takes messages from the channels the other side opens; what is not of our kind, or too much, is closed or dropped. */
export function acceptChannels(connection: RTCPeerConnection, listener: IncomingListener): void {
  const open = new Set<RTCDataChannel>();
  connection.addEventListener('datachannel', ({ channel }) => {
    const kind = kindOf(channel);
    if (kind === undefined || open.size >= MOST_INCOMING_CHANNELS) {
      channel.close();
      return;
    }
    open.add(channel);
    listener.onCount(open.size);
    channel.binaryType = 'arraybuffer';
    channel.addEventListener('close', () => {
      open.delete(channel);
      listener.onCount(open.size);
    });
    channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      const bytes = bytesOf(data);
      if (bytes !== undefined && bytes.length <= DATA_MESSAGE_BYTES) listener.onMessage(kind, bytes);
    });
  });
}

function bytesOf(data: unknown): Uint8Array<ArrayBuffer> | undefined {
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  return typeof data === 'string' ? new TextEncoder().encode(data) : undefined;
}
