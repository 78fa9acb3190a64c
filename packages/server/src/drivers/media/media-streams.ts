import { FRAME_HEADER_BYTES, IceFrameDeframer } from '@madang/core/ice/frame-deframer';
import type { Arrival, PathId } from '@madang/core/path/path';
import { NO_PATH } from '@madang/core/path/path';
import type { PathTable } from '@madang/core/path/path-table';
import type { TransportAddress } from '@madang/core/path/transport-address';
import { Transport } from '@madang/core/path/transport-address';
import type { StreamConnection } from '../../net/stream-connection.js';

/** What the owner does with what comes over ICE-TCP connections. */
export interface MediaStreamHandler {
  /** One frame: what would be a datagram over UDP. */
  handleFrame(arrival: Arrival, bytes: Uint8Array, offset: number, length: number): void;
  /** The connection behind this path has ended. The path is released when this returns. */
  handleClosed(path: PathId): void;
  /** Everything that came in one chunk has been handled: what it caused may leave. */
  handleChunkEnd(): void;
  /** A frame was dropped because the peer reads too slowly. */
  handleCongested(): void;
}

/**
 * ICE-TCP connections (RFC 6544, passive candidates) with the framing of RFC 4571. Each is a path of its own from accept
 * to close.
 */
export class MediaStreams {
  readonly #paths: PathTable;
  readonly #handler: MediaStreamHandler;
  readonly #connections = new Map<PathId, StreamConnection>();
  #nextSocket = FIRST_MEDIA_STREAM_SOCKET;

  constructor(options: { paths: PathTable; handler: MediaStreamHandler }) {
    this.#paths = options.paths;
    this.#handler = options.handler;
  }

  get count(): number {
    return this.#connections.size;
  }

  add(connection: StreamConnection): void {
    const socket = this.#nextSocket++;
    const path = this.#paths.internRemote(socket, connection.remote, Transport.tcp);
    if (path === NO_PATH) {
      connection.destroy();
      return;
    }
    const arrival = arrivalOf(path, socket, connection.remote, connection.local);
    const deframer = new IceFrameDeframer();
    const frames = {
      handleFrame: (bytes: Uint8Array, offset: number, length: number): void => {
        // A frame before this one may have ended the connection, and its path be another's.
        if (this.#connections.get(path) === connection)
          this.#handler.handleFrame(arrival, bytes, offset, length);
      },
    };
    this.#connections.set(path, connection);
    connection.onBytes = (bytes) => {
      const understood = deframer.push(bytes, 0, bytes.length, frames);
      this.#handler.handleChunkEnd();
      if (!understood) connection.destroy();
    };
    connection.onClose = () => {
      this.#connections.delete(path);
      this.#handler.handleClosed(path);
      this.#paths.release(path);
    };
  }

  /** A valid check has come over this connection: it may stay. */
  authenticated(path: PathId): void {
    this.#connections.get(path)?.authenticated();
  }

  /** Sends one frame; the bytes are copied. Drops it when the peer reads too slowly. */
  send(path: PathId, bytes: Uint8Array, offset: number, length: number): void {
    const connection = this.#connections.get(path);
    if (connection === undefined) return;
    const frame = Buffer.alloc(FRAME_HEADER_BYTES + length);
    frame.writeUInt16BE(length, 0);
    frame.set(bytes.subarray(offset, offset + length), FRAME_HEADER_BYTES);
    if (connection.write(frame) === 'congested') this.#handler.handleCongested();
  }

  /** Ends the connection of a path after what is queued has been sent. */
  end(path: PathId): void {
    this.#connections.get(path)?.endAndDestroy();
  }

  /** Ends every connection. */
  stop(): void {
    for (const connection of this.#connections.values()) connection.destroy();
  }
}

function arrivalOf(path: PathId, socket: number, remote: TransportAddress, local: TransportAddress): Arrival {
  const words = new Uint32Array(8);
  remote.bytes.forEach((byte, i) => (words[i >> 2]! |= byte << (24 - 8 * (i & 3))));
  local.bytes.forEach((byte, i) => (words[4 + (i >> 2)]! |= byte << (24 - 8 * (i & 3))));
  return { path, socket, transport: Transport.tcp, family: remote.family, port: remote.port, words };
}

/** Above every number UdpNetwork and the TURN server's connections have: all live in one path table. */
const FIRST_MEDIA_STREAM_SOCKET = 1 << 25;
