import type { MediaCommand, MediaReport } from '@madang/core/sfu/media-commands';
import type { AllocationQuota, QuotaHolder } from '../drivers/allocation-quota.js';
import type { ClaimedPort } from '../drivers/reservation-exchange.js';
import type { Certificate } from '../crypto/certificate.js';
import type { Log } from '../observe/log.js';
import type { Survival, WorkerCommand, WorkerMessage } from './commands.js';
import type { EngineSnapshot } from './engine-snapshot.js';
import { addSnapshots } from './engine-snapshot.js';
import type { MediaEngineOptions, TurnEngineOptions } from './engine-options.js';
import { Holdings } from './holdings.js';
import { LentPorts } from './lent-ports.js';
import { endWorker } from './surviving-workers.js';
import { forkWorker } from './worker-link.js';
import type { WorkerLink } from './worker-link.js';

export interface WorkerPoolOptions {
  readonly count: number;
  readonly log: Log;
  readonly quota: AllocationQuota & { adopt(holder: QuotaHolder, count: number): void };
  /** What worker `index` is to do, and the descriptors it inherits: they become 4, 5, ... in the child. */
  readonly plan: (index: number) => WorkerPlan;
  /** Workers of a control process that died, by index: they are taken over instead of new ones. */
  readonly survivors?: ReadonlyMap<number, WorkerLink>;
  readonly onMediaReport: (index: number, report: MediaReport) => void;
  /** Another process has the place of worker `index`: what media it carried is gone. */
  readonly onReplaced: (index: number) => void;
}

export interface WorkerPlan {
  readonly options: TurnEngineOptions;
  readonly media?: MediaEngineOptions;
  readonly inherited: readonly number[];
  /** Without it the worker ends with this process. */
  readonly survival?: Survival;
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
      link: undefined,
      isReady: false,
      snapshot: undefined,
      past: undefined,
      grants: new Holdings(),
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
    return this.#workers.flatMap((worker) => worker.link?.pid ?? []);
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
      const survivors = this.#options.survivors;
      await Promise.all(
        this.#workers.map((worker) => {
          const survivor = survivors?.get(worker.index);
          if (survivor === undefined) return this.#spawn(worker);
          // One that has died since is replaced like any other.
          return this.#adopt(worker, survivor).catch(() => undefined);
        }),
      );
    } catch (error) {
      await this.giveUp();
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

  /** Tells the media engine of a worker something; nothing while the worker is being replaced. */
  sendMedia(index: number, command: MediaCommand): void {
    const worker = this.#workers[index];
    if (worker?.isReady) worker.link?.send({ kind: 'media', command });
  }

  startDrain(): void {
    this.#mode = 'draining';
    this.#broadcast({ kind: 'startDrain' });
  }

  /** Ends every worker; those that do not end within two seconds are killed. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#workers.flatMap(({ link }) => (link ? [endWorker(link)] : [])));
  }

  /** The start has failed: ends the workers made for it, and leaves those that were taken over to the next attempt. */
  async giveUp(): Promise<void> {
    this.#stopping = true;
    const links = this.#workers.flatMap(({ link }) => link ?? []);
    for (const link of links) link.letGo?.();
    await Promise.all(links.filter((link) => link.letGo === undefined).map(endWorker));
  }

  #spawn(worker: Worker): Promise<void> {
    const { options, media, inherited, survival } = this.#options.plan(worker.index);
    const link = forkWorker(inherited);
    // The plan is of the first start: since then the certificate may have been renewed.
    const certificate = this.#certificate;
    const start = certificate === undefined ? options : { ...options, tls: certificate };
    const ready = this.#attach(worker, link, (message) => {
      if (message.kind === 'failed') {
        // It holds the place and serves nobody: its end brings the next attempt.
        link.kill();
        throw new Error(message.reason);
      }
      if (message.kind !== 'ready') return 'later';
      this.#catchUp(link, certificate);
      return 'ready';
    });
    link.send({ kind: 'start', options: start, ...(media && { media }), ...(survival && { survival }) });
    return ready;
  }

  /** Takes over a worker that has outlived its control process, with all it holds. */
  #adopt(worker: Worker, link: WorkerLink): Promise<void> {
    const ready = this.#attach(worker, link, (message) => {
      if (message.kind !== 'adopted') return 'later';
      for (const { holder, count } of message.holdings) {
        this.#options.quota.adopt(holder, count);
        worker.grants.add(holder, count);
      }
      for (const port of message.borrowed) {
        // The successor of a dead owner has a free share: nothing is to be given back to it.
        if (this.#options.survivors?.has(port.owner)) this.#lentPorts.lend(port, worker.index);
      }
      this.#catchUp(link, undefined);
      return 'ready';
    });
    const { tls } = this.#options.plan(worker.index).options;
    if (tls !== undefined) link.send({ kind: 'setCertificate', certificate: tls });
    link.send({ kind: 'adopt' });
    return ready;
  }

  /** Gives a process the place; resolves when `begin`, shown its messages, says so. */
  #attach(
    worker: Worker,
    link: WorkerLink,
    begin: (message: WorkerMessage) => 'ready' | 'later',
  ): Promise<void> {
    worker.link = link;
    worker.startedAt = performance.now();
    return new Promise((resolve, reject) => {
      link.listen((message) => {
        // What a process said may arrive after its end: its books are closed, and the place is another's by then.
        if (worker.link !== link) return;
        try {
          if (begin(message) === 'ready') {
            worker.isReady = true;
            resolve();
          }
        } catch (error) {
          reject(error as Error);
        }
        this.#handleMessage(worker, message);
      });
      void link.ended.then((how) => {
        reject(new Error(`A worker ended before it was ready (${how})`));
        if (worker.link === link) this.#handleExit(worker, how);
      });
    });
  }

  /** Tells a worker what it could not be told while it started (with `certificate`). */
  #catchUp(link: WorkerLink, certificate: Certificate | undefined): void {
    if (this.#certificate !== undefined && this.#certificate !== certificate)
      link.send({ kind: 'setCertificate', certificate: this.#certificate });
    if (this.#mode === 'draining') link.send({ kind: 'startDrain' });
  }

  #handleExit(worker: Worker, how: string): void {
    worker.link = undefined;
    worker.isReady = false;
    for (const { holder, count } of worker.grants.list()) {
      for (let i = 0; i < count; i++) this.#options.quota.release(holder);
    }
    worker.grants.clear();
    for (const claim of worker.claims.values()) claim.claimant.send({ kind: 'claimAnswer', id: claim.id });
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
          this.#options.onReplaced(worker.index);
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
      case 'media':
        this.#options.onMediaReport(worker.index, message.report);
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
      case 'hello':
      case 'adopted':
        return;
    }
  }

  #admit(worker: Worker, id: number, holder: QuotaHolder): void {
    this.#options.quota.admit(holder, (result) => {
      if (result === 'granted') worker.grants.add(holder);
      worker.link?.send({ kind: 'quotaAnswer', id, result });
    });
  }

  #release(worker: Worker, holder: QuotaHolder): void {
    if (worker.grants.remove(holder)) this.#options.quota.release(holder);
  }

  /** The token says which worker keeps it (reservation-tokens.ts); only that one is asked. */
  #claim(worker: Worker, id: number, token: string, username: string): void {
    const owner = this.#workers[Number(BigInt(token) >> 56n)];
    const claimant = worker.link;
    if (claimant === undefined) return;
    if (owner?.link === undefined || owner === worker) {
      claimant.send({ kind: 'claimAnswer', id });
      return;
    }
    const number = ++this.#claimNumber;
    owner.claims.set(number, { claimant, borrower: worker.index, id });
    owner.link.send({ kind: 'yieldToken', id: number, token, username });
  }

  #answerClaim(claim: Claim, claimed: ClaimedPort | undefined): void {
    if (claimed !== undefined) {
      if (this.#workers[claim.borrower]?.link !== claim.claimant) return this.#returnPort(claimed);
      this.#lentPorts.lend(claimed, claim.borrower);
    }
    claim.claimant.send({ kind: 'claimAnswer', id: claim.id, ...(claimed && { claimed }) });
  }

  #returnPort({ owner, family, port }: ClaimedPort): void {
    this.#workers[owner]?.link?.send({ kind: 'returnPort', family, port });
  }

  #broadcast(command: WorkerCommand): void {
    for (const worker of this.#workers) worker.link?.send(command);
  }
}

interface Worker {
  readonly index: number;
  link: WorkerLink | undefined;
  /** Whether it can be told about media. */
  isReady: boolean;
  snapshot: EngineSnapshot | undefined;
  /** Totals of processes that had this place before. */
  past: EngineSnapshot | undefined;
  /** What the ledger has counted for this worker's allocations. */
  readonly grants: Holdings;
  /** Tokens this worker was asked to yield, by our number. */
  readonly claims: Map<number, Claim>;
  startedAt: number;
  quickDeaths: number;
}

/** Who waits for the answer, under which number of its own. The process, because its place may get another one. */
interface Claim {
  readonly claimant: WorkerLink;
  readonly borrower: number;
  readonly id: number;
}

const QUICK_DEATH_MS = 2000;
