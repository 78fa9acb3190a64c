import { fileURLToPath } from 'node:url';
import type { FilteringBehaviour, MappingBehaviour } from '@madang/core/stun/nat-behaviour';
import { runCommand, tryCommand } from './command.js';
import type { Site } from './laboratory.js';
import { PUBLIC } from './topology.js';

/** What a discovery tool said about the NAT in front of a site. */
export interface Discovered {
  readonly mapping: MappingBehaviour;
  readonly filtering: FilteringBehaviour;
}

/** Asks our own client, run inside the site. Undefined: blocked. `mappedAddress` is `address:port`. */
export async function discoverWithOwnClient(
  site: Site,
): Promise<(Discovered & { readonly mappedAddress: string }) | undefined> {
  const server = `${PUBLIC.server}:${PUBLIC.stunPort}`;
  const line = await runCommand(
    'ip',
    ['netns', 'exec', site.namespace, process.execPath, DISCOVERY_MAIN, server, site.address],
    { timeoutMs: 60_000 },
  );
  const found = JSON.parse(line) as { kind: string } & Discovered & { mappedAddress: string };
  if (found.kind === 'blocked') return undefined;
  if (found.kind !== 'discovered') throw new Error(`the server answers without RFC 5780: ${line}`);
  return { mapping: found.mapping, filtering: found.filtering, mappedAddress: found.mappedAddress };
}

/** Asks coturn's turnutils_natdiscovery, run inside the site. Undefined: it got no answer or reached no verdict. */
export async function discoverWithCoturn(site: Site): Promise<Discovered | undefined> {
  const args = ['netns', 'exec', site.namespace, 'turnutils_natdiscovery', '-m', '-f', '-L', site.address];
  const { stdout } = await tryCommand('ip', [...args, PUBLIC.server], { timeoutMs: 60_000 });
  const mapping = verdict(stdout, MAPPING_VERDICTS);
  const filtering = verdict(stdout, FILTERING_VERDICTS);
  return mapping && filtering ? { mapping, filtering } : undefined;
}

const DISCOVERY_MAIN = fileURLToPath(new URL('./discovery-main.js', import.meta.url));

const MAPPING_VERDICTS: readonly (readonly [RegExp, MappingBehaviour])[] = [
  [/No NAT!/, 'none'],
  [/NAT with Endpoint Independent Mapping!/, 'endpointIndependent'],
  [/NAT with Address and Port Dependent Mapping!/, 'addressAndPortDependent'],
  [/NAT with Address Dependent Mapping!/, 'addressDependent'],
];
const FILTERING_VERDICTS: readonly (readonly [RegExp, FilteringBehaviour])[] = [
  [/Endpoint Independent Filtering!/, 'endpointIndependent'],
  [/Address and Port Dependent Filtering!/, 'addressAndPortDependent'],
  [/Address Dependent Filtering!/, 'addressDependent'],
];

function verdict<T>(text: string, known: readonly (readonly [RegExp, T])[]): T | undefined {
  return known.find(([pattern]) => pattern.test(text))?.[1];
}
