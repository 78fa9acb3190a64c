import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Server as TlsServer } from 'node:tls';
import { formatIpAddress, parseIpAddress } from '@madang/core/path/address-text';
import { sourceNetworkOf } from '@madang/core/path/source-network';
import type { TransportAddress } from '@madang/core/path/transport-address';
import type { Certificate } from '../crypto/certificate.js';
import { HalfOpenConnections } from './half-open-connections.js';
import { StreamConnection } from './stream-connection.js';

export interface StreamListenerOptions {
  /** PEM. Without it the listener speaks plain TCP only. */
  readonly tls: Certificate | undefined;
  readonly limits: StreamLimits;
  /** Called for each connection, after the TLS handshake where there is one. */
  readonly accept: (connection: StreamConnection) => void;
}

export interface StreamLimits {
  /** How long a connection may stay without an authenticated request (threat T6). */
  readonly unauthenticatedSeconds: number;
  readonly halfOpenPerAddress: number;
  readonly halfOpenTotal: number;
  /** Bytes waiting for a slow reader; above it datagrams are dropped, the connection stays (threat T12). */
  readonly writeBufferBytes: number;
}

/**
 * Accepts TURN clients over TCP and TLS. Every listening port takes both: a TLS ClientHello begins with byte 22, a
 * STUN message with 0 to 3, so one look at the first byte tells (RFC 7983 section 7 uses the same ranges).
 */
export class StreamListener {
  readonly #options: StreamListenerOptions;
  readonly #servers: Server[] = [];
  readonly #tlsServer: TlsServer | undefined;
  readonly #halfOpen: HalfOpenConnections;
  readonly #open = new Set<Socket>();

  constructor(options: StreamListenerOptions) {
    this.#options = options;
    this.#halfOpen = new HalfOpenConnections({
      perAddress: options.limits.halfOpenPerAddress,
      total: options.limits.halfOpenTotal,
    });
    if (options.tls) this.#tlsServer = this.#createTlsServer(options.tls);
  }

  /** Connections refused because too many others had not authenticated. */
  get refused(): number {
    return this.#halfOpen.refused;
  }

  /** Listens on an address of its own. Rejects with the system's error (EADDRINUSE, ...). */
  listen(address: TransportAddress): Promise<number> {
    return this.#listen({
      port: address.port,
      host: formatIpAddress(address),
      ipv6Only: address.family === 6,
    });
  }

  /** Accepts from a listening descriptor that another process opened. */
  adopt(fd: number): Promise<number> {
    return this.#listen({ fd });
  }

  /** Uses another certificate for handshakes from now on; connections that exist stay. */
  setCertificate(certificate: Certificate): void {
    this.#tlsServer?.setSecureContext({
      cert: certificate.certificatePem,
      key: certificate.privateKeyPem,
      minVersion: 'TLSv1.2',
    });
  }

  /** Stops accepting; connections that exist go on. */
  stopAccepting(): void {
    for (const server of this.#servers) server.close();
    this.#servers.length = 0;
  }

  stop(): void {
    this.stopAccepting();
    this.#tlsServer?.close();
    for (const socket of this.#open) socket.destroy();
  }

  #listen(where: { fd: number } | { port: number; host: string; ipv6Only: boolean }): Promise<number> {
    const server = createServer({ noDelay: true }, (socket) => {
      this.#handleSocket(socket);
    });
    this.#servers.push(server);
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(where, () => {
        server.off('error', reject);
        // Accept errors (EMFILE) must not end the program: what exists goes on, the next accept may succeed.
        server.on('error', () => undefined);
        const address = server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
  }

  #handleSocket(socket: Socket): void {
    socket.on('error', () => undefined);
    const ticket = this.#halfOpen.admit(sourceOf(socket));
    if (ticket === undefined) {
      socket.destroy();
      return;
    }
    this.#open.add(socket);
    const timer = setTimeout(() => {
      socket.destroy();
    }, this.#options.limits.unauthenticatedSeconds * 1000);
    const authenticated = (): void => {
      clearTimeout(timer);
      ticket.release();
    };
    socket.once('close', () => {
      authenticated();
      this.#open.delete(socket);
    });
    socket.once('data', (first) => {
      this.#handleFirstBytes(socket, first, authenticated);
    });
  }

  #handleFirstBytes(socket: Socket, first: Buffer, authenticated: () => void): void {
    if (first[0] === TLS_HANDSHAKE && this.#tlsServer !== undefined) {
      this.#authenticated.set(socket, authenticated);
      socket.pause();
      socket.unshift(first);
      this.#tlsServer.emit('connection', socket);
      // The handle now belongs to the TLS socket, but reads only while its former owner is not paused.
      process.nextTick(() => socket.resume());
      return;
    }
    const connection = this.#connection(socket, 'tcp', authenticated);
    if (connection === undefined) return;
    this.#options.accept(connection);
    connection.handleBytes(first);
    socket.on('data', (bytes) => {
      connection.handleBytes(bytes);
    });
  }

  readonly #authenticated = new WeakMap<Socket, () => void>();

  #createTlsServer(certificate: Certificate): TlsServer {
    const server = createTlsServer({
      cert: certificate.certificatePem,
      key: certificate.privateKeyPem,
      minVersion: 'TLSv1.2',
      handshakeTimeout: this.#options.limits.unauthenticatedSeconds * 1000,
      // RFC 7443: clients may name what they speak; the answer must be one of theirs.
      ALPNProtocols: ['stun.turn', 'stun.nat-discovery'],
    });
    server.on('secureConnection', (socket) => {
      socket.on('error', () => undefined);
      const raw = (socket as unknown as { _parent?: Socket })._parent;
      const authenticated = raw === undefined ? undefined : this.#authenticated.get(raw);
      const connection = this.#connection(socket, 'tls', authenticated ?? (() => undefined));
      if (connection === undefined) return;
      this.#options.accept(connection);
      socket.on('data', (bytes: Buffer) => {
        connection.handleBytes(bytes);
      });
    });
    server.on('tlsClientError', (_error, socket) => {
      socket.destroy();
    });
    return server;
  }

  #connection(
    socket: Socket,
    transport: 'tcp' | 'tls',
    authenticated: () => void,
  ): StreamConnection | undefined {
    const connection = StreamConnection.create({
      socket,
      transport,
      authenticated,
      writeBufferBytes: this.#options.limits.writeBufferBytes,
    });
    if (connection === undefined) socket.destroy();
    return connection;
  }
}

function sourceOf(socket: Socket): string {
  const address = parseIpAddress((socket.remoteAddress ?? '').split('%')[0]!);
  // A connection that is gone already has no address any more.
  return address === undefined ? '' : sourceNetworkOf(address);
}

/** ContentType handshake of the TLS record layer (RFC 8446 section 5.1). */
const TLS_HANDSHAKE = 22;
