import { coturnVersion } from '../servers/coturn.js';
import { describeMachine, GENERATOR_CPU, pinGenerator } from './machine.js';
import { note } from './progress.js';

/**
 * Runs a benchmark against another program, coturn unless `peer` names another one with its version: pins the generator, ends the children on signals, and prints what `measure` gives,
 * under a line about the machine. Exit status 1 with a sentence where something is missing or fails.
 */
export async function runBenchmark(
  measure: (machine: string) => Promise<string>,
  peer: () => string = coturn,
): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    // Children end with this process (their 'exit' handlers).
    process.once(signal, () => process.exit(130));
  }
  try {
    const peerName = peer();
    pinGenerator(GENERATOR_CPU);
    const machine = describeMachine(peerName);
    note(machine);
    const table = await measure(machine);
    process.stdout.write(`${machine}.\n\n${table}\n`);
  } catch (error) {
    note(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}

function coturn(): string {
  const version = coturnVersion();
  if (version === undefined) throw new Error('turnserver is not installed: apt-get install coturn');
  return `coturn ${version}`;
}
