import type { AllocationQuota, QuotaAnswer } from '../drivers/allocation-quota.js';
import type { ClaimedPort, ReservationExchange } from '../drivers/reservation-exchange.js';
import type { WorkerCommand, WorkerMessage } from './commands.js';
import { newReservationToken } from './reservation-tokens.js';
import { TurnEngine } from './turn-engine.js';
import type { TurnEngineOptions } from './engine-options.js';

/** Entry of a worker process: one TurnEngine, told what to do by the control process and gone when that is gone. */
const SNAPSHOT_INTERVAL_MS = 1000;
const quotaAnswers = new Map<number, (result: QuotaAnswer) => void>();
const claimAnswers = new Map<number, (claimed: ClaimedPort | undefined) => void>();
let requestNumber = 0;
let yieldToken: Parameters<ReservationExchange['onYield']>[0] = () => undefined;
let engine: TurnEngine | undefined;

const quota: AllocationQuota = {
  admit(holder, answer) {
    const id = ++requestNumber;
    quotaAnswers.set(id, answer);
    tell({ kind: 'quotaAdmit', id, holder });
  },
  release(holder) {
    tell({ kind: 'quotaRelease', holder });
  },
};

function reservationsOf(worker: number): ReservationExchange {
  return {
    newToken: () => newReservationToken(worker),
    claim(token, username, answer) {
      const id = ++requestNumber;
      claimAnswers.set(id, answer);
      tell({ kind: 'claim', id, token: token.toString(), username });
    },
    giveBack(owner, family, port) {
      tell({ kind: 'giveBack', owner, family, port });
    },
    onYield(callback) {
      yieldToken = callback;
    },
  };
}

async function start(options: TurnEngineOptions): Promise<void> {
  process.title = `madang worker ${options.shard.index}`;
  try {
    engine = await TurnEngine.create(options, {
      quota,
      reservations: reservationsOf(options.shard.index),
      log: (level, message, fields) => {
        tell({ kind: 'log', level, message, fields: fields ?? {} });
      },
    });
    tell({ kind: 'ready' });
    setInterval(() => {
      if (engine) tell({ kind: 'snapshot', snapshot: engine.snapshot() });
    }, SNAPSHOT_INTERVAL_MS).unref();
  } catch (error) {
    tell({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) });
  }
}

function handleCommand(command: WorkerCommand): void {
  switch (command.kind) {
    case 'start':
      void start(command.options);
      return;
    case 'setCertificate':
      engine?.setCertificate(command.certificate);
      return;
    case 'startDrain':
      engine?.startDrain();
      return;
    case 'revoke':
      engine?.revoke(command.identity);
      return;
    case 'stop':
      engine?.stop();
      process.disconnect();
      return;
    case 'quotaAnswer':
      take(quotaAnswers, command.id)?.(command.result);
      return;
    case 'claimAnswer':
      take(claimAnswers, command.id)?.(command.claimed);
      return;
    case 'yieldToken': {
      const port = yieldToken(BigInt(command.token), command.username);
      tell({ kind: 'yielded', id: command.id, ...(port && { port }) });
      return;
    }
    case 'returnPort':
      engine?.returnPort(command.family, command.port);
      return;
  }
}

function take<T>(waiting: Map<number, T>, id: number): T | undefined {
  const found = waiting.get(id);
  waiting.delete(id);
  return found;
}

function tell(message: WorkerMessage): void {
  if (process.connected) process.send?.(message);
}

process.on('message', (message) => {
  handleCommand(message as WorkerCommand);
});
// Signals of the terminal reach the whole group: the control process decides when a worker ends.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
process.on('disconnect', () => process.exit(0));
