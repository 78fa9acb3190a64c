import type { Survival, WorkerCommand, WorkerMessage } from './commands.js';
import { ControlPort } from './control-port.js';
import type { MediaEngineOptions, TurnEngineOptions } from './engine-options.js';
import type { Log } from '../observe/log.js';
import type { JsonLines } from './json-lines.js';
import { NO_MEDIA } from './engine-snapshot.js';
import { MediaEngine } from './media-engine.js';
import { TurnEngine } from './turn-engine.js';
import { WorkerDoor } from './worker-door.js';

/**
 * Entry of a worker process: one TurnEngine, told what to do by the control process. When that one dies without a word,
 * the worker serves on alone for a while, and a new control process may take it over (docs/adr/0008).
 */
const SNAPSHOT_INTERVAL_MS = 1000;
const control = new ControlPort((message) => {
  if (process.connected) process.send?.(message);
});
let engine: TurnEngine | undefined;
let mediaEngine: MediaEngine | undefined;
let mode: 'starting' | 'served' | 'alone' = 'starting';
/** Whoever let it drain, or sent a signal to all processes, wants it to end when the control process does. */
let isToEnd = false;
let loneliness: NodeJS.Timeout | undefined;
/** Who took it over last. */
let adopter: JsonLines<WorkerCommand, WorkerMessage> | undefined;

async function start(
  options: TurnEngineOptions,
  media: MediaEngineOptions | undefined,
  survival: Survival | undefined,
): Promise<void> {
  const { index } = options.shard;
  process.title = `madang worker ${index}`;
  const log: Log = (level, message, fields) => {
    control.tell({ kind: 'log', level, message, fields: fields ?? {} });
  };
  try {
    engine = await TurnEngine.create(options, {
      quota: control.quota,
      reservations: control.reservationsOf(index),
      log,
    });
    if (media !== undefined) {
      mediaEngine = await MediaEngine.create(media, {
        network: engine.network,
        log,
        report: (report) => {
          control.tell({ kind: 'media', report });
        },
      });
    }
    process.on('disconnect', end);
    if (survival !== undefined) await openDoor(survival, index);
    mode = 'served';
    control.tell({ kind: 'ready' });
    setInterval(tellSnapshot, SNAPSHOT_INTERVAL_MS).unref();
  } catch (error) {
    control.tell({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) });
  }
}

/** From now on the end of the control process is not the end of this one. */
async function openDoor(survival: Survival, index: number): Promise<void> {
  const { folder, descriptors, plan } = survival;
  const door = new WorkerDoor({
    folder,
    descriptors,
    isAlone: () => mode === 'alone',
    onVisitor: (visitor) => {
      visitor.send({ kind: 'hello', pid: process.pid, index, plan });
      visitor.listen((command) => {
        // Somebody else may have taken it over meanwhile.
        if (mode !== 'alone' && visitor !== adopter) visitor.close();
        else if (command.kind === 'adopt') beAdopted(visitor, survival);
        else handleCommand(command);
      });
    },
  });
  try {
    await door.open();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    control.tell({
      kind: 'log',
      level: 'warn',
      message: 'This worker would end with the control process: no socket can be made in the data folder',
      fields: { reason },
    });
    return;
  }
  process.off('disconnect', end);
  process.on('disconnect', () => {
    beAlone(survival);
  });
}

function beAlone(survival: Survival): void {
  if (isToEnd) end();
  mode = 'alone';
  control.lose(survival.quota);
  loneliness = setTimeout(end, survival.seconds * 1000);
}

function beAdopted(visitor: JsonLines<WorkerCommand, WorkerMessage>, survival: Survival): void {
  if (mode !== 'alone') return;
  clearTimeout(loneliness);
  mode = 'served';
  adopter = visitor;
  visitor.onEnd(() => {
    beAlone(survival);
  });
  control.gain((message) => {
    visitor.send(message);
  });
  tellSnapshot();
}

function handleCommand(command: WorkerCommand): void {
  switch (command.kind) {
    case 'start':
      void start(command.options, command.media, command.survival);
      return;
    case 'media':
      mediaEngine?.handle(command.command);
      return;
    case 'adopt':
      return;
    case 'setCertificate':
      engine?.setCertificate(command.certificate);
      return;
    case 'startDrain':
      isToEnd = true;
      engine?.startDrain();
      return;
    case 'revoke':
      engine?.revoke(command.identity);
      return;
    case 'stop':
      end();
      return;
    case 'quotaAnswer':
      control.handleQuotaAnswer(command.id, command.result);
      return;
    case 'claimAnswer':
      control.handleClaimAnswer(command.id, command.claimed);
      return;
    case 'yieldToken':
      control.handleYieldToken(command);
      return;
    case 'returnPort':
      engine?.returnPort(command.family, command.port);
      return;
  }
}

function tellSnapshot(): void {
  if (engine)
    control.tell({
      kind: 'snapshot',
      snapshot: { ...engine.snapshot(), ...(mediaEngine?.snapshot() ?? NO_MEDIA) },
    });
}

function end(): never {
  mediaEngine?.stop();
  engine?.stop();
  process.exit(0);
}

/** Signals of the terminal reach the whole group: the control process decides when a worker ends, if there is one. */
function handleSignal(): void {
  if (mode === 'alone') end();
  isToEnd = true;
}

process.on('message', (message) => {
  handleCommand(message as WorkerCommand);
});
process.on('SIGINT', handleSignal);
process.on('SIGTERM', handleSignal);
process.once('disconnect', () => {
  if (mode === 'starting' && engine === undefined) end();
});
// Who read it may have gone with the control process.
process.stderr.on('error', () => undefined);
