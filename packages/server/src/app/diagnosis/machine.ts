import type { Config } from '../../config/resolve.js';
import { probeAbilities } from '../../native/probe.js';
import { chooseDataPlane } from '../data-plane.js';
import type { FindingGroup } from './findings.js';

/** What this machine's kernel and OpenSSL can do, what is done instead where they cannot, and what follows from it. */
export async function checkMachine(config: Config): Promise<FindingGroup> {
  const abilities = await probeAbilities();
  const { network, workers } = chooseDataPlane(config, () => undefined);
  const processes = workers === 0 ? 'in one process' : `with ${workers} worker processes`;
  return {
    title: 'This machine',
    findings: [
      {
        verdict: network === 'native' || config.noNative ? 'ok' : 'warning',
        subject: 'data plane',
        text: `${network}, ${processes}${config.noNative ? ' (--no-native)' : ''}`,
      },
      ...abilities.map(({ name, available, detail, fallback }) => ({
        verdict: available ? ('ok' as const) : ('warning' as const),
        subject: name,
        text: available ? detail : `not available (${detail}); instead: ${fallback}`,
      })),
    ],
  };
}
