import type { Socket } from 'node:net';
import type { StreamConnection } from '../net/stream-connection.js';

/**
 * A TCP connection between a relayed address and a peer, and, once joined, the client's data connection (RFC 6062).
 * Both directions carry back-pressure and half-closes; it ends as a whole, when both connections are gone.
 */
export class PeerStream {
  readonly #socket: Socket;
  readonly #onClosed: () => void;
  #client: StreamConnection | undefined;
  #peerEnded: 'no' | 'yes' = 'no';

  /** `socket` is connected, allows half-open use and was created with `PEER_SOCKET_OPTIONS`. */
  constructor(socket: Socket, onClosed: () => void) {
    this.#socket = socket;
    this.#onClosed = onClosed;
    // Before the client binds, one chunk is read at most: enough to notice a reset, and no memory a peer could fill.
    socket.pause();
    // What went wrong does not matter, only that it ended: `close` follows.
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => {
      this.#writeToClient(bytes);
    });
    socket.once('end', () => {
      this.#peerEnded = 'yes';
      this.#client?.end();
    });
    socket.once('close', () => {
      if (this.#client === undefined) onClosed();
      else this.#client.endAndDestroy();
    });
  }

  /** Joins the client's data connection: what the peer has sent so far goes first. */
  join(client: StreamConnection): void {
    this.#client = client;
    const pathClosed = client.onClose;
    client.onClose = () => {
      pathClosed();
      this.#handleClientClosed();
    };
    client.keepHalfOpen(() => {
      this.#socket.end();
    });
    if (this.#peerEnded === 'yes') client.end();
    if (this.#socket.destroyed) client.endAndDestroy();
    this.#socket.resume();
  }

  /** Takes payload from the client. The chunk is the stream's from now on. */
  writeToPeer(bytes: Uint8Array): void {
    const socket = this.#socket;
    if (!socket.writable) return;
    socket.write(bytes);
    const client = this.#client;
    if (client === undefined || socket.writableLength < PAUSE_AT_BYTES) return;
    client.pause();
    socket.once('drain', () => {
      client.resume();
    });
  }

  /** Ends both connections at once; what waits is dropped. Nothing is reported for the client's part. */
  destroy(): void {
    // A reset leaves no TIME_WAIT behind, so strangers that connect and are refused cost nothing that lasts.
    if (this.#client === undefined) this.#socket.resetAndDestroy();
    else this.#socket.destroy();
    this.#client?.destroy();
  }

  #writeToClient(bytes: Buffer): void {
    const client = this.#client;
    if (client === undefined) return;
    client.writePayload(bytes);
    if (client.queuedBytes < PAUSE_AT_BYTES) return;
    this.#socket.pause();
    client.whenDrained(() => {
      this.#socket.resume();
    });
  }

  #handleClientClosed(): void {
    const socket = this.#socket;
    if (socket.closed) {
      this.#onClosed();
      return;
    }
    socket.once('close', this.#onClosed);
    socket.destroySoon();
  }
}

/**
 * How sockets towards peers are created. With a high-water mark of one byte a paused socket reads one chunk (64 KiB at
 * most) and then no more.
 */
export const PEER_SOCKET_OPTIONS = {
  allowHalfOpen: true,
  readableHighWaterMark: 1,
  writableHighWaterMark: 1,
} as const;

/** Bytes waiting for a slow reader at which the other side is no longer read. At least every high-water mark in use. */
const PAUSE_AT_BYTES = 65_536;
