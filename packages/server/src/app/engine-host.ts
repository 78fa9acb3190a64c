import { createHash } from 'node:crypto';
import { chmodSync, closeSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lockFolder } from '../native/libc/folder-lock.js';
import { closeDescriptor, openTcpListener, openUdpSocket } from '../native/libc/socket.js';
import { errnoName } from '../native/libc/errno.js';
import { parseIpAddress } from '@madang/core/path/address-text';
import type { TransportAddress } from '@madang/core/path/transport-address';
import type { AllocationLedger, AllocationLimits } from '../services/turn/allocation-ledger.js';
import type { Certificate } from '../crypto/certificate.js';
import type { Log } from '../observe/log.js';
import type { EngineSnapshot } from '../workers/engine-snapshot.js';
import { sumSnapshots } from '../workers/engine-snapshot.js';
import { newReservationToken } from '../workers/reservation-tokens.js';
import { TurnEngine } from '../workers/turn-engine.js';
import type { ListenerSpec, TurnEngineOptions } from '../workers/engine-options.js';
import { findSurvivors } from '../workers/surviving-workers.js';
import type { Survivors } from '../workers/surviving-workers.js';
import { FIRST_INHERITED } from '../workers/worker-link.js';
import { WorkerPool } from '../workers/worker-pool.js';
import type { WorkerPlan } from '../workers/worker-pool.js';

/** The engines of this server, however many there are and wherever they run. */
export interface EngineHost {
  snapshot(): EngineSnapshot;
  readonly restarts: number;
  readonly pids: readonly number[];
  setCertificate(certificate: Certificate): void;
  startDrain(): void;
  revoke(identity: string): void;
  stop(): Promise<void>;
  /** As `stop`, but leaves workers that were taken over to the next attempt to start. */
  giveUp(): Promise<void>;
}

export interface EngineHostOptions {
  readonly workers: number;
  readonly engine: Omit<TurnEngineOptions, 'shard'>;
  readonly ledger: AllocationLedger;
  /** What a worker may grant by itself while there is no control process. */
  readonly quota: AllocationLimits;
  readonly dataDir: string;
  /** How long workers serve on without a control process; 0: they end with it. */
  readonly orphanSeconds: number;
  readonly log: Log;
}

/** A listener could not be opened; the message says which one and what could be done. */
export class ListenError extends Error {}

/**
 * Starts the engines: `workers` processes, or one engine in this process for 0. Workers that outlived the control
 * process of before are taken over, or ended if they are of another configuration.
 */
export async function startEngines(options: EngineHostOptions): Promise<EngineHost> {
  // Without the native data plane there are no workers, and there have been none.
  if (options.engine.network !== 'native') return startHere(options);
  const folder = join(options.dataDir, SOCKETS_FOLDER);
  const unlock = await lockSurvivors(folder);
  if (unlock === undefined) {
    throw new ListenError(
      `Another server has been starting with the data folder ${options.dataDir} for long: stop it, or use another folder`,
    );
  }
  try {
    const survivors = await findSurvivors(folder, planName(options), options.log);
    return await (options.workers === 0 ? startHere(options) : startWorkers(options, survivors));
  } finally {
    unlock();
  }
}

/**
 * Makes the folder where it is missing and keeps other servers out of it: of two that start at once, each would take
 * over some of the workers and replace the others, with the same sockets. Calls the result back when this server has its
 * workers. Undefined when another server holds the folder for too long.
 */
async function lockSurvivors(folder: string): Promise<(() => void) | undefined> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  const deadline = performance.now() + LOCK_MS;
  for (;;) {
    const lock = lockFolder(folder);
    if (lock !== undefined) {
      return () => {
        closeSync(lock);
      };
    }
    if (performance.now() > deadline) return undefined;
    await sleep(LOCK_POLL_MS);
  }
}

/**
 * Names everything workers are told at their start. What is not in it may differ: nonces of another key are answered
 * with a new one, and certificates are set later.
 */
function planName({ engine, workers, quota, orphanSeconds }: EngineHostOptions): string {
  const { nonceKey: _, tls: __, ...lasting } = engine;
  const plan = JSON.stringify({ protocol: 1, node: process.version, workers, quota, orphanSeconds, lasting });
  return createHash('sha256').update(plan).digest('hex');
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
  const stop = (): Promise<void> => {
    engine.stop();
    return Promise.resolve();
  };
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
    stop,
    giveUp: stop,
  };
}

async function startWorkers(options: EngineHostOptions, survivors: Survivors): Promise<EngineHost> {
  const { engine, workers } = options;
  const sockets = openListeners(engine, workers, survivors.descriptors);
  const pool = new WorkerPool({
    count: workers,
    log: options.log,
    quota: options.ledger,
    plan: (index) => planWorker(options, sockets, index),
    survivors: survivors.workers,
  });
  const closeSockets = (): void => {
    for (const { fds } of sockets) fds.forEach(closeDescriptor);
  };
  const giveUp = async (): Promise<void> => {
    await pool.giveUp();
    closeSockets();
  };
  try {
    await pool.start();
  } catch (error) {
    closeSockets();
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
    stop: async () => {
      await pool.stop();
      closeSockets();
    },
    giveUp,
  };
}

interface Listener {
  readonly spec: ListenerSpec;
  /** UDP: one for each worker; TCP: one for all. */
  readonly fds: readonly number[];
}

/**
 * What worker `index` does. It inherits the sockets of the others too and leaves them alone: as long as one worker
 * lives, no socket leaves its SO_REUSEPORT group, so that no flow moves, and the next control process gets them all.
 */
function planWorker(options: EngineHostOptions, sockets: readonly Listener[], index: number): WorkerPlan {
  const { engine, workers, quota, orphanSeconds: seconds } = options;
  const listeners: ListenerSpec[] = [];
  const inherited: number[] = [];
  for (const { spec, fds } of sockets) {
    // With RFC 6062 a client's connections must meet: one worker takes them all.
    const isOurs = spec.protocol === 'udp' || engine.features.tcpRelay === 'off' || index === 0;
    const place = FIRST_INHERITED + inherited.length + (spec.protocol === 'udp' ? index : 0);
    if (isOurs) listeners.push({ ...spec, fd: place });
    inherited.push(...fds);
  }
  const descriptors = inherited.map((_fd, place) => FIRST_INHERITED + place);
  const folder = join(options.dataDir, SOCKETS_FOLDER);
  return {
    options: { ...engine, listeners, shard: { index, count: workers } },
    inherited,
    ...(seconds > 0 && { survival: { folder, seconds, plan: planName(options), descriptors, quota } }),
  };
}

/**
 * The listening sockets: one UDP socket per worker (SO_REUSEPORT), one TCP socket for all. Those of before, in the same
 * order, or else new ones.
 */
function openListeners(
  engine: Omit<TurnEngineOptions, 'shard'>,
  workers: number,
  adopted: readonly number[],
): Listener[] {
  let taken = 0;
  return engine.listeners.map((spec) => {
    const { family, bytes } = parseIpAddress(spec.address)!;
    const address = { family, bytes, port: spec.port };
    const count = spec.protocol === 'udp' ? workers : 1;
    if (adopted.length > 0) return { spec, fds: adopted.slice(taken, (taken += count)) };
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

/** Where workers listen for the next control process; in the data folder. */
const SOCKETS_FOLDER = 'workers';
const TCP_BACKLOG = 1024;
/** A start takes seconds; who holds the folder for longer hangs. */
const LOCK_MS = 15_000;
const LOCK_POLL_MS = 20;
