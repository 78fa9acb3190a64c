// Who may import whom. A layer is a folder of packages/server/src, or a whole package. ARCHITECTURE.md shows the
// same as a picture; a change here needs a decision record in docs/adr/.

/** Foundations of core that code below the drivers may use: plain data and ports, no protocol. */
const CORE_FOUNDATION = ['core/bytes', 'core/env', 'core/path', 'core/time', 'core/limits'];

/** Layer -> layers it may import (besides itself). `core/x` opens one folder of core, `core` all of it. */
export const MATRIX = {
  wire: [],
  core: ['wire'],
  native: CORE_FOUNDATION,
  crypto: ['native', 'core'],
  net: ['native', 'crypto', 'observe', ...CORE_FOUNDATION],
  observe: ['core'],
  config: ['core', 'observe'],
  drivers: ['core', 'net', 'crypto', 'observe'],
  workers: ['core', 'net', 'crypto', 'drivers', 'services', 'observe', 'config'],
  // Clients of a server, in its package because a command of it needs them: no layer of the server but cli may.
  load: ['wire', 'core', 'crypto', 'net', 'drivers'],
  services: ['wire', 'core', 'crypto', 'drivers', 'workers', 'observe', 'config'],
  http: ['wire', 'core', 'crypto', 'services', 'observe', 'config'],
  app: [
    'wire',
    'core',
    'native',
    'net',
    'crypto',
    'drivers',
    'workers',
    'services',
    'http',
    'observe',
    'config',
  ],
  cli: [
    'wire',
    'core',
    'native',
    'net',
    'crypto',
    'drivers',
    'workers',
    'services',
    'http',
    'observe',
    'config',
    'app',
    'load',
  ],
};

/** Package -> packages it may import. */
export const PACKAGES = {
  wire: [],
  core: ['wire'],
  client: ['wire'],
  web: ['wire', 'client'],
  server: ['wire', 'core'],
  testkit: ['wire', 'core', 'server'],
  tests: ['wire', 'core', 'client', 'server', 'testkit'],
  bench: ['wire', 'core', 'client', 'server', 'testkit'],
  fuzz: ['wire', 'core', 'server', 'testkit'],
};

/** Packages that must run anywhere: no Node module and no third-party module. */
export const PURE_PACKAGES = ['wire', 'core', 'client'];

/** The only file that may name the FFI package. */
export const FFI_FILE = 'packages/server/src/native/ffi.ts';
export const FFI_MODULE = 'koffi';
