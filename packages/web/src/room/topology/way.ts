import type { Topology } from '../../sdk.js';
import type { IconName } from '../../ui/icon.js';

/** What a topology means to a person. */
export type Way = 'browsers' | 'server';

/** In the order they are offered, with the topology to ask the server for. */
export const WAYS: readonly { readonly way: Way; readonly topology: Topology; readonly icon: IconName }[] = [
  { way: 'browsers', topology: 'mesh', icon: 'direct' },
  { way: 'server', topology: 'sfu', icon: 'server' },
];

/** How media goes in a room of this topology. */
export function wayOf(topology: Topology): Way {
  return topology === 'mesh' ? 'browsers' : 'server';
}

/** The picture that stands for a way. */
export function wayIcon(way: Way): IconName {
  return way === 'browsers' ? 'direct' : 'server';
}
