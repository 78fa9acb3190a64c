import { createHash } from 'node:crypto';
import { chmodSync, closeSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lockFolder } from '../native/libc/folder-lock.js';
import { closeDescriptor } from '../native/libc/socket.js';
import type { MediaCommand, MediaReport } from '@madang/core/sfu/media-commands';
import type { AllocationLedger, AllocationLimits } from '../services/turn/allocation-ledger.js';
import type { Certificate } from '../crypto/certificate.js';
import type { Log } from '../observe/log.js';
import type { EngineSnapshot } from '../workers/engine-snapshot.js';
import { NO_MEDIA, sumSnapshots } from '../workers/engine-snapshot.js';
import { newReservationToken } from '../workers/reservation-tokens.js';
import { TurnEngine } from '../workers/turn-engine.js';
import type { ListenerSpec, MediaEngineOptions, TurnEngineOptions } from '../workers/engine-options.js';
import { MediaEngine } from '../workers/media-engine.js';
import { findSurvivors } from '../workers/surviving-workers.js';
import type { Survivors } from '../workers/surviving-workers.js';
import { FIRST_INHERITED } from '../workers/worker-link.js';
import { WorkerPool } from '../workers/worker-pool.js';
import type { WorkerPlan } from '../workers/worker-pool.js';
import { ListenError, mediaSpecs, openListeners } from './listening-sockets.js';
import type { ListeningSocket } from './listening-sockets.js';

/** The engines of this server, however many there are and wherever they run. */
export interface EngineHost {
  snapshot(): EngineSnapshot;
  readonly restarts: number;
  readonly pids: readonly number[];
  setCertificate(certificate: Certificate): void;
  startDrain(): void;
  revoke(identity: string): void;
  /** The media engines; undefined: this server carries no media. */
  readonly media: MediaEngines | undefined;
  stop(): Promise<void>;
  /** As `stop`, but leaves workers that were taken over to the next attempt to start. */
  giveUp(): Promise<void>;
}

/** Media engines by number: one for each worker, or the one of this process. */
export interface MediaEngines {
  readonly count: number;
  /** Told in order; what an engine that is being replaced is told is lost, and `onReplaced` follows. */
  send(engine: number, command: MediaCommand): void;
  /** Sets who hears of what engines report. */
  onReport(listener: (engine: number, report: MediaReport) => void): void;
  /** Sets who hears that an engine began anew, with no transports. */
  onReplaced(listener: (engine: number) => void): void;
}

/** What all media engines have in common; engine i listens on the port `firstPort` + i. */
export interface MediaPlan extends Omit<MediaEngineOptions, 'listeners'> {
  readonly hosts: readonly string[];
  readonly firstPort: number;
}

export interface EngineHostOptions {
  readonly workers: number;
  readonly engine: Omit<TurnEngineOptions, 'shard'>;
  /** Undefined: no media is carried. */
  readonly media: MediaPlan | undefined;
  readonly ledger: AllocationLedger;
  /** What a worker may grant by itself while there is no control process. */
  readonly quota: AllocationLimits;
  readonly dataDir: string;
  /** How long workers serve on without a control process; 0: they end with it. */
  readonly orphanSeconds: number;
  readonly log: Log;
}

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
function planName({ engine, media, workers, quota, orphanSeconds }: EngineHostOptions): string {
  const { nonceKey: _, tls: __, ...lasting } = engine;
  const plan = JSON.stringify({
    protocol: 1,
    node: process.version,
    workers,
    quota,
    orphanSeconds,
    lasting,
    media,
  });
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
  const listeners = new MediaListeners();
  const media = await startMediaHere(options, engine, listeners).catch((error: unknown) => {
    engine.stop();
    throw new ListenError(error instanceof Error ? error.message : String(error));
  });
  const stop = (): Promise<void> => {
    media?.stop();
    engine.stop();
    return Promise.resolve();
  };
  return {
    media: media && listeners.engines(1, (_engine, command) => media.handle(command)),
    snapshot: () => ({ ...engine.snapshot(), ...(media?.snapshot() ?? NO_MEDIA) }),
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

/** What media engines say, to whoever listens by then. */
class MediaListeners {
  report: (engine: number, report: MediaReport) => void = () => undefined;
  replaced: (engine: number) => void = () => undefined;

  engines(count: number, send: MediaEngines['send']): MediaEngines {
    return {
      count,
      send,
      onReport: (listener) => {
        this.report = listener;
      },
      onReplaced: (listener) => {
        this.replaced = listener;
      },
    };
  }
}

function startMediaHere(
  { media, log }: EngineHostOptions,
  engine: TurnEngine,
  listeners: MediaListeners,
): Promise<MediaEngine | undefined> {
  if (media === undefined) return Promise.resolve(undefined);
  const { hosts, firstPort: port, ...common } = media;
  const specs = hosts.flatMap((address) => mediaSpecs(address, port));
  return MediaEngine.create(
    { ...common, listeners: specs },
    {
      network: engine.network,
      log,
      report: (report) => {
        // Never from inside a command, as it is with workers.
        queueMicrotask(() => {
          listeners.report(0, report);
        });
      },
    },
  );
}

async function startWorkers(options: EngineHostOptions, survivors: Survivors): Promise<EngineHost> {
  const { workers, media } = options;
  const listeners = new MediaListeners();
  const sockets = openListeners(options, survivors.descriptors);
  const pool = new WorkerPool({
    count: workers,
    log: options.log,
    quota: options.ledger,
    plan: (index) => planWorker(options, sockets, index),
    survivors: survivors.workers,
    onMediaReport: (index, report) => {
      listeners.report(index, report);
    },
    onReplaced: (index) => {
      listeners.replaced(index);
    },
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
    media:
      media &&
      listeners.engines(workers, (index, command) => {
        pool.sendMedia(index, command);
      }),
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

/**
 * What worker `index` does. It inherits the sockets of the others too and leaves them alone: as long as one worker
 * lives, no socket leaves its SO_REUSEPORT group, so that no flow moves, and the next control process gets them all.
 */
function planWorker(
  options: EngineHostOptions,
  sockets: readonly ListeningSocket[],
  index: number,
): WorkerPlan {
  const { engine, media, workers, quota, orphanSeconds: seconds } = options;
  const listeners: ListenerSpec[] = [];
  const mediaListeners: ListenerSpec[] = [];
  const inherited: number[] = [];
  for (const { spec, use, fds } of sockets) {
    const place = FIRST_INHERITED + inherited.length;
    inherited.push(...fds);
    if (use !== 'turn') {
      if (use === index) mediaListeners.push({ ...spec, fd: place });
    } else if (spec.protocol === 'udp') listeners.push({ ...spec, fd: place + index });
    // With RFC 6062 a client's connections must meet: one worker takes them all.
    else if (engine.features.tcpRelay === 'off' || index === 0) listeners.push({ ...spec, fd: place });
  }
  const descriptors = inherited.map((_fd, place) => FIRST_INHERITED + place);
  const folder = join(options.dataDir, SOCKETS_FOLDER);
  return {
    options: { ...engine, listeners, shard: { index, count: workers } },
    ...(media && { media: { ...commonOf(media), listeners: mediaListeners } }),
    inherited,
    ...(seconds > 0 && { survival: { folder, seconds, plan: planName(options), descriptors, quota } }),
  };
}

function commonOf({
  hosts: _hosts,
  firstPort: _firstPort,
  ...common
}: MediaPlan): Omit<MediaEngineOptions, 'listeners'> {
  return common;
}

/** Where workers listen for the next control process; in the data folder. */
const SOCKETS_FOLDER = 'workers';
/** A start takes seconds; who holds the folder for longer hangs. */
const LOCK_MS = 15_000;
const LOCK_POLL_MS = 20;
