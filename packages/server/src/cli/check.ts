import { chooseDataPlane } from '../app/data-plane.js';
import { checkFromOutside } from '../app/diagnosis/from-outside.js';
import { formatFindings, isBroken, summarize } from '../app/diagnosis/findings.js';
import type { FindingGroup } from '../app/diagnosis/findings.js';
import { checkMachine } from '../app/diagnosis/machine.js';
import { checkPorts } from '../app/diagnosis/ports.js';
import { checkStorage } from '../app/diagnosis/storage.js';
import { planNetwork } from '../app/network-plan.js';
import { help } from './help.js';
import { EXIT_CONFIGURATION, loadCommandConfig } from './load-config.js';

/**
 * `madang check`: says what this machine can do, whether the server could start here, and, when it runs, whether it
 * answers as clients need it. Changes nothing. 0: nothing is broken, 1: something is, 2: the configuration is wrong.
 */
export async function check(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) return help();
  const config = loadCommandConfig(args);
  if (config === undefined) return EXIT_CONFIGURATION;
  const plan = await planNetwork(config, chooseDataPlane(config, () => undefined).mediaEngines);
  const ports = await checkPorts(config, plan);
  const groups: FindingGroup[] = [await checkMachine(config), ports.group, checkStorage(config, Date.now())];
  if (ports.running !== undefined && config.turnPort !== 0 && config.turnTlsPort !== 0) {
    groups.push(await checkFromOutside(config, plan));
  }
  process.stdout.write(`Configuration: valid\n${formatFindings(groups)}\n${summarize(groups)}\n`);
  if (ports.running === undefined) {
    process.stdout.write(
      'No Madang answers at these ports: run this again while it serves to try it from outside.\n',
    );
  }
  return isBroken(groups) ? 1 : 0;
}
