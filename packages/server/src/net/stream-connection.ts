import type { Socket } from 'node:net';
import { parseIpAddress } from '@madang/core/path/address-text';
import type { TransportAddress } from '@madang/core/path/transport-address';

export interface StreamConnectionOptions {
  readonly socket: Socket;
  readonly transport: 'tcp' | 'tls';
  readonly writeBufferBytes: number;
  /** Called when the client has authenticated: the connection no longer counts as half open. */
  readonly authenticated: () => void;
}

/** One accepted TCP or TLS connection: bytes in by `onBytes`, bytes out by `write`, one end told by `onClose`. */
export class StreamConnection {
  readonly transport: 'tcp' | 'tls';
  readonly remote: TransportAddress;
  readonly local: TransportAddress;
  /** Where received bytes go. A chunk is the receiver's to keep: nobody writes to it again. */
  onBytes: (bytes: Uint8Array) => void = () => undefined;
  onClose: () => void = () => undefined;
  readonly #socket: Socket;
  readonly #writeBufferBytes: number;
  readonly #authenticated: () => void;
  #corked: 'no' | 'yes' = 'no';

  /** Undefined when the connection is gone already. */
  static create(options: StreamConnectionOptions): StreamConnection | undefined {
    const { remoteAddress, remotePort, localAddress, localPort } = options.socket;
    const remote = addressOf(remoteAddress, remotePort);
    const local = addressOf(localAddress, localPort);
    return remote === undefined || local === undefined
      ? undefined
      : new StreamConnection(options, remote, local);
  }

  private constructor(options: StreamConnectionOptions, remote: TransportAddress, local: TransportAddress) {
    this.transport = options.transport;
    this.remote = remote;
    this.local = local;
    this.#socket = options.socket;
    this.#writeBufferBytes = options.writeBufferBytes;
    this.#authenticated = options.authenticated;
    options.socket.once('close', () => {
      this.onClose();
    });
  }

  handleBytes(bytes: Uint8Array): void {
    this.onBytes(bytes);
  }

  /** Queues bytes the caller gives up. 'congested': the client reads too slowly and nothing was queued. */
  write(bytes: Uint8Array): 'queued' | 'congested' {
    const socket = this.#socket;
    if (socket.destroyed || !socket.writable) return 'congested';
    if (socket.writableLength + bytes.length > this.#writeBufferBytes) return 'congested';
    if (this.#corked === 'no') {
      // What one turn of the loop produces leaves in one writev.
      this.#corked = 'yes';
      socket.cork();
      process.nextTick(() => {
        this.#corked = 'no';
        socket.uncork();
      });
    }
    socket.write(bytes);
    return 'queued';
  }

  /** Queues a stream's bytes, which cannot be dropped, however many wait: the caller watches `queuedBytes`. */
  writePayload(bytes: Uint8Array): void {
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  /** Bytes queued and not yet taken by the system. */
  get queuedBytes(): number {
    return this.#socket.writableLength;
  }

  /** Calls back once when everything queued has been taken. */
  whenDrained(callback: () => void): void {
    this.#socket.once('drain', callback);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  authenticated(): void {
    this.#authenticated();
  }

  /** Sends what is queued, then ends; `close` follows. */
  end(): void {
    this.#socket.end();
  }

  /** From now on the remote's end (FIN, close_notify) does not end our side: `onEnd` is called once instead. */
  keepHalfOpen(onEnd: () => void): void {
    this.#socket.allowHalfOpen = true;
    this.#socket.once('end', onEnd);
  }

  /** Sends what is queued, then closes for good; `close` follows. */
  endAndDestroy(): void {
    this.#socket.destroySoon();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

function addressOf(host: string | undefined, port: number | undefined): TransportAddress | undefined {
  if (host === undefined || port === undefined) return undefined;
  const address = parseIpAddress(host.split('%')[0] ?? '');
  return address === undefined ? undefined : { family: address.family, bytes: address.bytes, port };
}
