import { randomBytes, randomInt } from 'node:crypto';
import type { MediaCommand } from '@madang/core/sfu/media-commands';
import type { RemoteTransportParameters } from '@madang/core/sfu/media-parameters';
import type { MediaDirection } from '@madang/wire/media-server';
import type { LocalTransport } from './description-lines.js';
import type { MediaWorkers } from './media-workers.js';

/** Whose transport it is. */
export interface TransportOwner {
  readonly room: string;
  readonly participantId: string;
  readonly direction: MediaDirection;
}

/** A transport of a media worker. */
export interface Transport extends TransportOwner {
  readonly transportId: number;
  readonly worker: number;
  readonly local: LocalTransport;
  /** Whether it has worked. */
  isConnected: boolean;
}

/** All open transports: gives out ids and keys, and says where there is room for more. */
export class Transports {
  readonly #workers: MediaWorkers;
  readonly #open = new Map<number, Transport>();
  /** By worker. */
  readonly #counts: number[];
  /** Begins anywhere: a worker that has survived its control process may still have transports of before. */
  #nextId = randomInt(1, 2 ** 30);

  constructor(workers: MediaWorkers) {
    this.#workers = workers;
    this.#counts = Array.from({ length: workers.count }, () => 0);
  }

  get size(): number {
    return this.#open.size;
  }

  /** The worker with the fewest transports. */
  leastLoaded(): number {
    return this.#counts.indexOf(Math.min(...this.#counts));
  }

  find(worker: number, transportId: number): Transport | undefined {
    const transport = this.#open.get(transportId);
    return transport?.worker === worker ? transport : undefined;
  }

  /** Opens a transport; `remote` where the peer has offered. */
  open(worker: number, owner: TransportOwner, remote?: RemoteTransportParameters): Transport {
    const transportId = this.#nextId++;
    const transport = { ...owner, transportId, worker, local: this.#local(worker), isConnected: false };
    this.#open.set(transportId, transport);
    this.#counts[worker]!++;
    const { iceUfrag, icePwd } = transport.local;
    this.command(transport, {
      kind: 'openTransport',
      transport: { ...owner, transportId, iceUfrag, icePwd, ...(remote && { remote }) },
    });
    return transport;
  }

  /** New ICE credentials on both sides (RFC 8445 section 9). */
  restartIce(transport: Transport, remote: RemoteTransportParameters): Transport {
    const restarted = { ...transport, local: this.#local(transport.worker) };
    this.#open.set(transport.transportId, restarted);
    const { iceUfrag, icePwd } = restarted.local;
    this.command(transport, {
      kind: 'restartIce',
      transportId: transport.transportId,
      iceUfrag,
      icePwd,
      remote,
    });
    return restarted;
  }

  close(transport: Transport): void {
    if (this.forget(transport)) {
      this.command(transport, { kind: 'closeTransport', transportId: transport.transportId });
    }
  }

  /** The worker has no such transport any more. */
  forget({ transportId, worker }: Transport): boolean {
    const wasOpen = this.#open.delete(transportId);
    if (wasOpen) this.#counts[worker]!--;
    return wasOpen;
  }

  command({ worker }: Transport, command: MediaCommand): void {
    this.#workers.command(worker, command);
  }

  #local(worker: number): LocalTransport {
    return {
      // Base64 has the characters of ICE (RFC 8839 section 5.4); 48 and 144 bits.
      iceUfrag: randomBytes(6).toString('base64'),
      icePwd: randomBytes(18).toString('base64'),
      fingerprint: this.#workers.fingerprint,
      endpoints: this.#workers.endpoints(worker),
    };
  }
}

/** A session id for the origin of descriptions (RFC 9429 section 5.2.1): 63 random bits. */
export function newSessionId(): string {
  return (randomBytes(8).readBigUInt64BE() >> 1n).toString();
}
