import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { AllocationQuota, QuotaHolder } from '../drivers/allocation-quota.js';
import type { ClaimedPort } from '../drivers/reservation-exchange.js';
import type { Certificate } from '../crypto/certificate.js';
import type { Log } from '../observe/log.js';
import type { WorkerCommand, WorkerMessage } from './commands.js';
import type { EngineSnapshot } from './engine-snapshot.js';
import { addSnapshots } from './engine-snapshot.js';
import type { TurnEngineOptions } from './engine-options.js';
import { LentPorts } from './lent-ports.js';

export interface WorkerPoolOptions {
  readonly count: number;
  readonly log: Log;
  readonly quota: AllocationQuota;
  /** What worker `index` is to do, and the descriptors it inherits: they become 4, 5, ... in the child. */
  readonly plan: (index: number) => { options: TurnEngineOptions; inherited: readonly number[] };
}

/**
 * The media workers: processes of their own, each with its own sockets. A worker that dies takes only its own
 * allocations with it and is replaced at once; the listening sockets stay open in this process meanwhile, so its
 * clients' datagrams wait and nobody else's flows move (the SO_REUSEPORT group keeps its order).
 */
export class WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #workers: Worker[];
  readonly #lentPorts = new LentPorts();
  #certificate: Certificate | undefined;
  #mode: 'serving' | 'draining' = 'serving';
  #restarts = 0;
  #claimNumber = 0;
  #stopping = false;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    this.#workers = Array.from({ length: options.count }, (_, index) => ({
      index,
      process: undefined,
      snapshot: undefined,
      past: undefined,
      grants: new Map(),
      claims: new Map(),
      startedAt: 0,
      quickDeaths: 0,
    }));
  }

  /** Workers replaced since the start. */
  get restarts(): number {
    return this.#restarts;
  }

  /** Process numbers of the live workers. */
  get pids(): number[] {
    return this.#workers.flatMap((worker) => worker.process?.pid ?? []);
  }

  /** Newest figures of every worker; those of dead predecessors are in `past`. */
  snapshots(): { current: EngineSnapshot[]; past: EngineSnapshot[] } {
    return {
      current: this.#workers.flatMap((worker) => worker.snapshot ?? []),
      past: this.#workers.flatMap((worker) => worker.past ?? []),
    };
  }

  /** Starts all workers; rejects with the first one's reason if it cannot serve, and leaves none behind. */
  async start(): Promise<void> {
    try {
      await Promise.all(this.#workers.map((worker) => this.#spawn(worker)));
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  setCertificate(certificate: Certificate): void {
    this.#certificate = certificate;
    this.#broadcast({ kind: 'setCertificate', certificate });
  }

  revoke(identity: string): void {
    this.#broadcast({ kind: 'revoke', identity });
  }

  startDrain(): void {
    this.#mode = 'draining';
    this.#broadcast({ kind: 'startDrain' });
  }

  /** Ends every worker; those that do not end within two seconds are killed. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#broadcast({ kind: 'stop' });
    await Promise.all(this.#workers.map((worker) => exited(worker.process)));
  }

  #spawn(worker: Worker): Promise<void> {
    const { options, inherited } = this.#options.plan(worker.index);
    const child = fork(WORKER_MAIN, [], {
      // Standard output carries the ready line alone: a worker's goes to standard error.
      stdio: ['ignore', 2, 2, 'ipc', ...inherited],
      execArgv: process.execArgv,
    });
    // The plan is of the first start: since then the certificate may have been renewed.
    const certificate = this.#certificate;
    const start = certificate === undefined ? options : { ...options, tls: certificate };
    worker.process = child;
    worker.startedAt = performance.now();
    return new Promise((resolve, reject) => {
      child.on('message', (message) => {
        // What a process said may arrive after its end: its books are closed, and the place is another's by then.
        if (worker.process !== child) return;
        const received = message as WorkerMessage;
        if (received.kind === 'ready') {
          this.#catchUp(child, certificate);
          resolve();
        } else if (received.kind === 'failed') {
          reject(new Error(received.reason));
          // It holds the place and serves nobody: its end brings the next attempt.
          child.kill('SIGKILL');
        } else this.#handleMessage(worker, received);
      });
      child.once('exit', (code, signal) => {
        reject(new Error(`A worker ended before it was ready (${signal ?? `status ${code}`})`));
        this.#handleExit(worker, signal ?? `status ${code}`);
      });
      child.on('error', (error) => {
        reject(error);
        // Without a process there is no exit: no memory or no descriptors now, perhaps there are later.
        if (child.pid === undefined && worker.process === child) this.#handleExit(worker, error.message);
      });
      send(child, { kind: 'start', options: start });
    });
  }

  /** Tells a worker what it could not be told while it started (with `certificate`). */
  #catchUp(child: ChildProcess, certificate: Certificate | undefined): void {
    if (this.#certificate !== undefined && this.#certificate !== certificate)
      send(child, { kind: 'setCertificate', certificate: this.#certificate });
    if (this.#mode === 'draining') send(child, { kind: 'startDrain' });
  }

  #handleExit(worker: Worker, how: string): void {
    worker.process = undefined;
    for (const grant of worker.grants.values()) {
      for (let i = 0; i < grant.count; i++) this.#options.quota.release(grant.holder);
    }
    worker.grants.clear();
    for (const claim of worker.claims.values()) send(claim.claimant, { kind: 'claimAnswer', id: claim.id });
    worker.claims.clear();
    // Its successor knows nothing of the ports it had lent; those it had borrowed are free again.
    for (const port of this.#lentPorts.forgetWorker(worker.index)) this.#returnPort(port);
    if (worker.snapshot) worker.past = addSnapshots(worker.past, worker.snapshot);
    worker.snapshot = undefined;
    if (this.#stopping) return;
    this.#restarts++;
    const livedMs = performance.now() - worker.startedAt;
    worker.quickDeaths = livedMs < QUICK_DEATH_MS ? worker.quickDeaths + 1 : 0;
    const delayMs = worker.quickDeaths < 2 ? 0 : Math.min(5000, 100 * 2 ** worker.quickDeaths);
    this.#options.log(
      'error',
      'A worker ended and is replaced; its allocations are lost, clients allocate again',
      {
        worker: worker.index,
        how,
        delayMs,
      },
    );
    setTimeout(() => {
      if (this.#stopping) return;
      this.#spawn(worker).then(
        () => {
          this.#options.log('info', 'The replacement worker serves', { worker: worker.index });
        },
        (error: unknown) => {
          this.#options.log('error', 'The replacement worker failed', {
            worker: worker.index,
            reason: String(error),
          });
        },
      );
    }, delayMs);
  }

  #handleMessage(worker: Worker, message: WorkerMessage): void {
    switch (message.kind) {
      case 'snapshot':
        worker.snapshot = message.snapshot;
        return;
      case 'log':
        this.#options.log(message.level, message.message, { ...message.fields, worker: worker.index });
        return;
      case 'quotaAdmit':
        this.#admit(worker, message.id, message.holder);
        return;
      case 'quotaRelease':
        this.#release(worker, message.holder);
        return;
      case 'claim':
        this.#claim(worker, message.id, message.token, message.username);
        return;
      case 'yielded': {
        const claim = worker.claims.get(message.id);
        worker.claims.delete(message.id);
        if (claim) this.#answerClaim(claim, message.port && { ...message.port, owner: worker.index });
        return;
      }
      case 'giveBack':
        if (this.#lentPorts.giveBack(message)) this.#returnPort(message);
        return;
      case 'ready':
      case 'failed':
        return;
    }
  }

  #admit(worker: Worker, id: number, holder: QuotaHolder): void {
    this.#options.quota.admit(holder, (result) => {
      if (result === 'granted') {
        const key = keyOf(holder);
        const grant = worker.grants.get(key);
        if (grant) grant.count++;
        else worker.grants.set(key, { holder, count: 1 });
      }
      send(worker.process, { kind: 'quotaAnswer', id, result });
    });
  }

  #release(worker: Worker, holder: QuotaHolder): void {
    const key = keyOf(holder);
    const grant = worker.grants.get(key);
    if (grant === undefined) return;
    if (--grant.count === 0) worker.grants.delete(key);
    this.#options.quota.release(holder);
  }

  /** The token says which worker keeps it (reservation-tokens.ts); only that one is asked. */
  #claim(worker: Worker, id: number, token: string, username: string): void {
    const owner = this.#workers[Number(BigInt(token) >> 56n)];
    if (owner?.process === undefined || owner === worker) {
      send(worker.process, { kind: 'claimAnswer', id });
      return;
    }
    const number = ++this.#claimNumber;
    owner.claims.set(number, { claimant: worker.process, borrower: worker.index, id });
    send(owner.process, { kind: 'yieldToken', id: number, token, username });
  }

  #answerClaim(claim: Claim, claimed: ClaimedPort | undefined): void {
    if (claimed !== undefined) {
      if (this.#workers[claim.borrower]?.process !== claim.claimant) return this.#returnPort(claimed);
      this.#lentPorts.lend(claimed, claim.borrower);
    }
    send(claim.claimant, { kind: 'claimAnswer', id: claim.id, ...(claimed && { claimed }) });
  }

  #returnPort({ owner, family, port }: ClaimedPort): void {
    send(this.#workers[owner]?.process, { kind: 'returnPort', family, port });
  }

  #broadcast(command: WorkerCommand): void {
    for (const worker of this.#workers) send(worker.process, command);
  }
}

interface Worker {
  readonly index: number;
  process: ChildProcess | undefined;
  snapshot: EngineSnapshot | undefined;
  /** Totals of processes that had this place before. */
  past: EngineSnapshot | undefined;
  /** What the ledger has counted for this worker's allocations. */
  readonly grants: Map<string, { readonly holder: QuotaHolder; count: number }>;
  /** Tokens this worker was asked to yield, by our number. */
  readonly claims: Map<number, Claim>;
  startedAt: number;
  quickDeaths: number;
}

/** Who waits for the answer, under which number of its own. The process, because its place may get another one. */
interface Claim {
  readonly claimant: ChildProcess | undefined;
  readonly borrower: number;
  readonly id: number;
}

const WORKER_MAIN = fileURLToPath(new URL('./worker-main.js', import.meta.url));
const QUICK_DEATH_MS = 2000;
const KILL_AFTER_MS = 2000;

function keyOf(holder: QuotaHolder): string {
  return `${holder.address} ${holder.username}`;
}

function send(child: ChildProcess | undefined, command: WorkerCommand): void {
  // A child that has just died is told nothing: its exit follows.
  if (child?.connected) child.send(command, () => undefined);
}

function exited(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
