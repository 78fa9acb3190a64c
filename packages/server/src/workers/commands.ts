import type { MediaCommand, MediaReport } from '@madang/core/sfu/media-commands';
import type { AddressFamily } from '@madang/core/path/transport-address';
import type { ClaimedPort } from '../drivers/reservation-exchange.js';
import type { QuotaAnswer, QuotaHolder } from '../drivers/allocation-quota.js';
import type { LogFields } from '../observe/log.js';
import type { LogLevel } from '../observe/redact.js';
import type { Certificate } from '../crypto/certificate.js';
import type { EngineSnapshot } from './engine-snapshot.js';
import type { MediaEngineOptions, TurnEngineOptions } from './engine-options.js';
import type { AllocationLimits } from '../services/turn/allocation-ledger.js';
import type { Holding } from './holdings.js';

/** How a worker goes on when its control process dies without a word. */
export interface Survival {
  /** Folder of the Unix sockets where a new control process finds the workers. */
  readonly folder: string;
  /** How long it waits for one. */
  readonly seconds: number;
  /** Names what all workers of this run are; a control process with other plans has no use for them. */
  readonly plan: string;
  /** The listening sockets of all workers, in the order of the plan, as descriptors of the worker. */
  readonly descriptors: readonly number[];
  /** What it may grant by itself meanwhile. */
  readonly quota: AllocationLimits;
}

/** What the control process says to a worker. Plain JSON; tokens are decimal text. */
export type WorkerCommand =
  | {
      readonly kind: 'start';
      readonly options: TurnEngineOptions;
      readonly media?: MediaEngineOptions;
      readonly survival?: Survival;
    }
  | { readonly kind: 'media'; readonly command: MediaCommand }
  /** From now on this control process is the worker's. */
  | { readonly kind: 'adopt' }
  | { readonly kind: 'setCertificate'; readonly certificate: Certificate }
  | { readonly kind: 'startDrain' }
  | { readonly kind: 'stop' }
  | { readonly kind: 'revoke'; readonly identity: string }
  | { readonly kind: 'quotaAnswer'; readonly id: number; readonly result: QuotaAnswer }
  | { readonly kind: 'claimAnswer'; readonly id: number; readonly claimed?: ClaimedPort }
  | { readonly kind: 'yieldToken'; readonly id: number; readonly token: string; readonly username: string }
  | { readonly kind: 'returnPort'; readonly family: AddressFamily; readonly port: number };

/** What a worker says to the control process. */
export type WorkerMessage =
  | { readonly kind: 'ready' }
  /** The first words of a worker without a control process to who connects. */
  | { readonly kind: 'hello'; readonly pid: number; readonly index: number; readonly plan: string }
  /** The answer to `adopt`: what the ledger has to count, and which ports of others it has bound. */
  | {
      readonly kind: 'adopted';
      readonly holdings: readonly Holding[];
      readonly borrowed: readonly ClaimedPort[];
    }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'media'; readonly report: MediaReport }
  | { readonly kind: 'snapshot'; readonly snapshot: EngineSnapshot }
  | { readonly kind: 'log'; readonly level: LogLevel; readonly message: string; readonly fields: LogFields }
  | { readonly kind: 'quotaAdmit'; readonly id: number; readonly holder: QuotaHolder }
  | { readonly kind: 'quotaRelease'; readonly holder: QuotaHolder }
  | { readonly kind: 'claim'; readonly id: number; readonly token: string; readonly username: string }
  | { readonly kind: 'yielded'; readonly id: number; readonly port?: { family: AddressFamily; port: number } }
  | {
      readonly kind: 'giveBack';
      readonly owner: number;
      readonly family: AddressFamily;
      readonly port: number;
    };
