import { endianness } from 'node:os';
import type { Config } from '../config/resolve.js';
import { loadFfi } from '../native/ffi.js';
import type { Log } from '../observe/log.js';

/** How datagrams are moved, and by how many worker processes. */
export interface DataPlane {
  readonly network: 'native' | 'portable';
  readonly workers: number;
  /** Engines that can serve media: it needs OpenSSL through FFI, and is served by the native data plane only. */
  readonly mediaEngines: number;
}

/**
 * The native data plane where this system has it and the configuration does not forbid it; else node:dgram, in one
 * process, because descriptors cannot be handed to workers there. A fallback nobody asked for is logged.
 */
export function chooseDataPlane(config: Config, log: Log): DataPlane {
  if (config.noNative) return PORTABLE;
  const reason = whyNotNative();
  if (reason === undefined)
    return { network: 'native', workers: config.workers, mediaEngines: Math.max(1, config.workers) };
  log('warn', 'The native data plane is not available: everything works, slower and in one process', {
    reason,
  });
  return PORTABLE;
}

const PORTABLE: DataPlane = { network: 'portable', workers: 0, mediaEngines: 0 };

function whyNotNative(): string | undefined {
  if (process.platform !== 'linux') return `it needs Linux, this is ${process.platform}`;
  if (endianness() !== 'LE') return 'it needs a little-endian processor';
  const ffi = loadFfi();
  return ffi.ok ? undefined : ffi.reason;
}
