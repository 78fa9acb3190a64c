import type { AddressFamily } from '@madang/core/path/transport-address';
import type { ClaimedPort } from '../drivers/reservation-exchange.js';
import type { QuotaAnswer, QuotaHolder } from '../drivers/allocation-quota.js';
import type { LogFields } from '../observe/log.js';
import type { LogLevel } from '../observe/redact.js';
import type { Certificate } from '../crypto/certificate.js';
import type { EngineSnapshot } from './engine-snapshot.js';
import type { TurnEngineOptions } from './engine-options.js';

/** What the control process says to a worker. Plain JSON; tokens are decimal text. */
export type WorkerCommand =
  | { readonly kind: 'start'; readonly options: TurnEngineOptions }
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
  | { readonly kind: 'failed'; readonly reason: string }
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
