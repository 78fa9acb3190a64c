import { closeDescriptor, openTcpListener, openUdpSocket } from '../native/libc/socket.js';
import { errnoName } from '../native/libc/errno.js';
import { parseIpAddress } from '@madang/core/path/address-text';
import type { TransportAddress } from '@madang/core/path/transport-address';
import type { AllocationLedger } from '../services/turn/allocation-ledger.js';
import type { Certificate } from '../crypto/certificate.js';
import type { Log } from '../observe/log.js';
import type { EngineSnapshot } from '../workers/engine-snapshot.js';
import { sumSnapshots } from '../workers/engine-snapshot.js';
import { newReservationToken } from '../workers/reservation-tokens.js';
import { TurnEngine } from '../workers/turn-engine.js';
import type { ListenerSpec, TurnEngineOptions } from '../workers/engine-options.js';
import { WorkerPool } from '../workers/worker-pool.js';

/** The engines of this server, however many there are and wherever they run. */
export interface EngineHost {
  snapshot(): EngineSnapshot;
  readonly restarts: number;
  readonly pids: readonly number[];
  setCertificate(certificate: Certificate): void;
  startDrain(): void;
  revoke(identity: string): void;
  stop(): Promise<void>;
}

export interface EngineHostOptions {
  readonly workers: number;
  readonly engine: Omit<TurnEngineOptions, 'shard'>;
  readonly ledger: AllocationLedger;
  readonly log: Log;
}

/** A listener could not be opened; the message says which one and what could be done. */
export class ListenError extends Error {}

/** Starts the engines: `workers` processes, or one engine in this process for 0. */
export function startEngines(options: EngineHostOptions): Promise<EngineHost> {
  return options.workers === 0 ? startHere(options) : startWorkers(options);
}

async function startHere(options: EngineHostOptions): Promise<EngineHost> {
  const shard = { index: 0, count: 1 };
  const engine = await TurnEngine.create(
    { ...options.engine, shard },
    {
      quota: options.ledger,
      log: options.log,
      reservations: {
        newToken: () => newReservationToken(0),
        claim: (_token, _username, answer) => {
          answer(undefined);
        },
        giveBack: () => undefined,
        onYield: () => undefined,
      },
    },
  ).catch((error: unknown) => {
    throw new ListenError(error instanceof Error ? error.message : String(error));
  });
  return {
    snapshot: () => engine.snapshot(),
    restarts: 0,
    pids: [],
    setCertificate: (certificate) => {
      engine.setCertificate(certificate);
    },
    startDrain: () => {
      engine.startDrain();
    },
    revoke: (identity) => {
      engine.revoke(identity);
    },
    stop: () => {
      engine.stop();
      return Promise.resolve();
    },
  };
}

async function startWorkers(options: EngineHostOptions): Promise<EngineHost> {
  const { engine, workers } = options;
  const sockets = openListeners(engine, workers);
  const pool = new WorkerPool({
    count: workers,
    log: options.log,
    quota: options.ledger,
    plan: (index) => {
      const listeners: ListenerSpec[] = [];
      const inherited: number[] = [];
      for (const { spec, fds } of sockets) {
        const fd = spec.protocol === 'udp' ? fds[index] : fds[0];
        // With RFC 6062 a client's connections must meet: one worker takes them all.
        if (fd === undefined || (spec.protocol === 'tcp' && engine.features.tcpRelay === 'on' && index > 0))
          continue;
        listeners.push({ ...spec, fd: FIRST_INHERITED + inherited.length });
        inherited.push(fd);
      }
      return { options: { ...engine, listeners, shard: { index, count: workers } }, inherited };
    },
  });
  const stop = async (): Promise<void> => {
    await pool.stop();
    for (const { fds } of sockets) for (const fd of fds) closeDescriptor(fd);
  };
  try {
    await pool.start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    snapshot: () => {
      const { current, past } = pool.snapshots();
      return sumSnapshots([...current, ...past]);
    },
    get restarts() {
      return pool.restarts;
    },
    get pids() {
      return pool.pids;
    },
    setCertificate: (certificate) => {
      pool.setCertificate(certificate);
    },
    startDrain: () => {
      pool.startDrain();
    },
    revoke: (identity) => {
      pool.revoke(identity);
    },
    stop,
  };
}

/** Opens the listening sockets in this process: one UDP socket per worker (SO_REUSEPORT), one TCP socket for all. */
function openListeners(
  engine: Omit<TurnEngineOptions, 'shard'>,
  workers: number,
): { spec: ListenerSpec; fds: number[] }[] {
  return engine.listeners.map((spec) => {
    const { family, bytes } = parseIpAddress(spec.address)!;
    const address = { family, bytes, port: spec.port };
    const count = spec.protocol === 'udp' ? workers : 1;
    if (spec.protocol === 'udp') assertNobodyListens(spec, address);
    const fds = Array.from({ length: count }, () => {
      const result =
        spec.protocol === 'tcp'
          ? openTcpListener(address, TCP_BACKLOG)
          : openUdpSocket({
              address,
              reusePort: true,
              packetInfo: bytes.every((byte) => byte === 0),
              receiveOffload: true,
              receiveBufferBytes: engine.receiveBufferBytes,
              sendBufferBytes: engine.sendBufferBytes,
            });
      if (result.ok) return result.fd;
      throw listenError(spec, result.errno);
    });
    return { spec, fds };
  });
}

/**
 * With SO_REUSEPORT a second server on the port would silently take part of the flows, and the kernel would not
 * object: a socket without that option finds out.
 */
function assertNobodyListens(spec: ListenerSpec, address: TransportAddress): void {
  const probe = openUdpSocket({ address });
  if (!probe.ok) throw listenError(spec, probe.errno);
  closeDescriptor(probe.fd);
}

function listenError(spec: ListenerSpec, failure: number): ListenError {
  const where = `${spec.protocol} ${spec.address} port ${spec.port}`;
  return new ListenError(`Cannot listen on ${where}: ${errnoName(failure)}`);
}

/** Descriptors 0 to 2 are the standard ones, 3 is the IPC channel. */
const FIRST_INHERITED = 4;
const TCP_BACKLOG = 1024;
