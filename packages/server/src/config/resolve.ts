import type { IpAddress } from '@madang/core/path/address-text';
import { DEFAULTS } from './settings.js';
import type { Settings } from './settings.js';
import type { PortRange } from './network-kinds.js';

/** The configuration as components use it: words like `auto` are resolved. */
export interface Config extends Omit<Settings, 'workers' | 'log' | 'open' | 'requireToken'> {
  /** Worker processes; 0: everything in one process. */
  readonly workers: number;
  readonly log: 'pretty' | 'json';
  /** Who may ask for credentials. */
  readonly access: 'open' | 'token';
}

/** What the configuration depends on besides its sources. */
export interface Surroundings {
  readonly cores: number;
  readonly terminal: 'terminal' | 'other';
}

/** Resolves words and derives what follows from other settings. */
export function resolveConfig(settings: Settings, surroundings: Surroundings): Config {
  const { workers: _workers, log, open, requireToken, ...rest } = settings;
  const relayPortCount = settings.relayPorts.last - settings.relayPorts.first + 1;
  const isOpen = open || (!requireToken && listensOnLoopbackOnly(settings));
  return {
    ...rest,
    workers: workersOf(settings, surroundings.cores),
    log: log === 'auto' ? (surroundings.terminal === 'terminal' ? 'pretty' : 'json') : log,
    access: isOpen ? 'open' : 'token',
    allocationsTotal: settings.allocationsTotal || Math.max(1, Math.floor(relayPortCount * 0.8)),
  };
}

/** The configuration with nothing configured, on a machine with `cores` cores and no terminal. */
export function defaultConfig(cores: number): Config {
  return resolveConfig(DEFAULTS, { cores, terminal: 'other' });
}

/** How many worker processes there will be. */
export function workersOf(settings: Settings, cores: number): number {
  return settings.workers === 'auto' ? cores : settings.workers;
}

/** One media port per worker, one when everything runs in one process. Undefined: none, or as the system chooses. */
export function mediaPortsOf(settings: Settings, cores: number): PortRange | undefined {
  const { mediaPort } = settings;
  if (mediaPort === 'off' || mediaPort === 0) return undefined;
  return { first: mediaPort, last: mediaPort + Math.max(1, workersOf(settings, cores)) - 1 };
}

function listensOnLoopbackOnly(settings: Settings): boolean {
  return settings.host.length > 0 && settings.host.every(isLoopback);
}

function isLoopback({ family, bytes }: IpAddress): boolean {
  if (family === 4) return bytes[0] === 127;
  return bytes[15] === 1 && bytes.subarray(0, 15).every((byte) => byte === 0);
}
