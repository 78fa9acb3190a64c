import type { Arrival, PathId } from '@madang/core/path/path';
import { NO_PATH } from '@madang/core/path/path';
import type { PathTable } from '@madang/core/path/path-table';
import type { TransportAddress } from '@madang/core/path/transport-address';
import { Transport } from '@madang/core/path/transport-address';
import { after } from '@madang/core/time/instant';
import type { Instant } from '@madang/core/time/instant';
import { MAXIMUM_FRAME_LENGTH, StreamDeframer } from '@madang/core/turn/stream-framing';
import type { StreamConnection } from '../net/stream-connection.js';
import type { ClientChannel } from './client-channel.js';

/** What the owner does with messages of stream clients. */
export interface StreamClientHandler {
  handleMessage(
    channel: ClientChannel,
    arrival: Arrival,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): void;
  handleClosed(path: PathId): void;
  /** Whether the client of this path has an allocation, or is about to. */
  hasAllocation(path: PathId): boolean;
  /** Everything that came in one chunk has been handled: what it caused may leave. */
  handleChunkEnd(): void;
}

/** TURN clients on TCP and TLS connections: each is a path of its own from accept to close. */
export class StreamClients {
  readonly #paths: PathTable;
  readonly #handler: StreamClientHandler;
  readonly #clients: (StreamClient | undefined)[] = [];
  #nextSocket = FIRST_STREAM_SOCKET;
  #count = 0;
  #nextSweep = -Infinity as Instant;

  constructor(options: { paths: PathTable; handler: StreamClientHandler }) {
    this.#paths = options.paths;
    this.#handler = options.handler;
  }

  get count(): number {
    return this.#count;
  }

  /** The channel of a path, if it is one of ours. */
  channel(path: PathId): ClientChannel | undefined {
    return this.#clients[path];
  }

  /**
   * Takes a connection out of message mode for RFC 6062: from the byte after the message being handled on, what it
   * carries is payload. The caller reads and writes the connection itself.
   */
  detach(path: PathId, takePayload: (bytes: Uint8Array) => void): StreamConnection | undefined {
    const client = this.#clients[path];
    client?.detach(takePayload);
    return client?.connection;
  }

  add(connection: StreamConnection): void {
    const socket = this.#nextSocket++;
    const transport = connection.transport === 'tls' ? Transport.tls : Transport.tcp;
    const path = this.#paths.internRemote(socket, connection.remote, transport);
    if (path === NO_PATH) {
      connection.destroy();
      return;
    }
    const arrival = arrivalOf(path, socket, transport, connection.remote, connection.local);
    const client = new StreamClient(connection, arrival, this.#handler);
    this.#clients[path] = client;
    this.#count++;
    connection.onBytes = (bytes) => {
      client.handleBytes(bytes);
    };
    connection.onClose = () => {
      this.#clients[path] = undefined;
      this.#count--;
      this.#handler.handleClosed(path);
      this.#paths.release(path);
    };
  }

  /**
   * Ends connections that nothing limits any more, because their client has authenticated, and that serve nothing: no
   * allocation for half a minute, no payload of RFC 6062. Whoever has a password could hold any number of them.
   */
  handleTimeout(now: Instant): void {
    if (now < this.#nextSweep) return;
    this.#nextSweep = after(now, SWEEP_MILLISECONDS);
    for (const [path, client] of this.#clients.entries()) {
      if (client?.isIdle(this.#handler.hasAllocation(path))) client.connection.destroy();
    }
  }

  /** Ends every connection. */
  stop(): void {
    for (const client of this.#clients) client?.connection.destroy();
  }
}

class StreamClient implements ClientChannel {
  readonly padsChannelData = true;
  readonly connection: StreamConnection;
  readonly #arrival: Arrival;
  readonly #handler: StreamClientHandler;
  readonly #deframer = new StreamDeframer();
  #takePayload: ((bytes: Uint8Array) => void) | undefined;
  #standing: 'stranger' | 'authenticated' = 'stranger';
  /** Sweeps that found it without use, one after the other. */
  #idleSweeps = 0;

  constructor(connection: StreamConnection, arrival: Arrival, handler: StreamClientHandler) {
    this.connection = connection;
    this.#arrival = arrival;
    this.#handler = handler;
  }

  handleBytes(bytes: Uint8Array): void {
    if (this.#takePayload !== undefined) {
      this.#takePayload(bytes);
      return;
    }
    const result = this.#deframer.push(bytes, 0, bytes.length, this);
    this.#handler.handleChunkEnd();
    if (result === 'needMore') return;
    if (result === 'stopped') {
      const rest = bytes.subarray(this.#deframer.consumed);
      if (rest.length > 0) this.handleBytes(rest);
      return;
    }
    // The place in the stream is lost: nothing that follows can be understood.
    this.connection.destroy();
  }

  handleFrame(bytes: Uint8Array, offset: number, length: number): 'continue' | 'stop' {
    this.#handler.handleMessage(this, this.#arrival, bytes, offset, length);
    return this.#takePayload === undefined ? 'continue' : 'stop';
  }

  write(
    prefix: Uint8Array,
    prefixOffset: number,
    prefixLength: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    padding: number,
  ): 'queued' | 'congested' {
    const message = Buffer.alloc(prefixLength + length + padding);
    if (prefixLength > 0) message.set(prefix.subarray(prefixOffset, prefixOffset + prefixLength));
    message.set(bytes.subarray(offset, offset + length), prefixLength);
    return this.connection.write(message);
  }

  authenticated(): void {
    this.#standing = 'authenticated';
    this.connection.authenticated();
    this.#deframer.raiseMaximumFrameLength(MAXIMUM_FRAME_LENGTH);
  }

  /** Asked once per sweep. Strangers have a timer of their own. */
  isIdle(hasAllocation: boolean): boolean {
    const isUsed = hasAllocation || this.#takePayload !== undefined || this.#standing === 'stranger';
    this.#idleSweeps = isUsed ? 0 : this.#idleSweeps + 1;
    return this.#idleSweeps > IDLE_SWEEPS;
  }

  detach(takePayload: (bytes: Uint8Array) => void): void {
    this.connection.authenticated();
    this.#takePayload = takePayload;
  }
}

function arrivalOf(
  path: PathId,
  socket: number,
  transport: Transport,
  remote: TransportAddress,
  local: TransportAddress,
): Arrival {
  const words = new Uint32Array(8);
  remote.bytes.forEach((byte, i) => (words[i >> 2]! |= byte << (24 - 8 * (i & 3))));
  local.bytes.forEach((byte, i) => (words[4 + (i >> 2)]! |= byte << (24 - 8 * (i & 3))));
  return { path, socket, transport, family: remote.family, port: remote.port, words };
}

/** Above every number UdpNetwork gives a socket: both kinds live in one path table. */
const FIRST_STREAM_SOCKET = 1 << 24;
const SWEEP_MILLISECONDS = 10_000;
/** The first sweep may come a moment after the authentication: half a minute is three whole intervals. */
const IDLE_SWEEPS = 3;
