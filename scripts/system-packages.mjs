// The programs outside npm that tests talk to, and how they get onto a Debian system.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { note, run } from './setup.mjs';

export const PACKAGES = [
  { name: 'coturn', program: 'turnutils_uclient', needed: 'real STUN and TURN clients against the server' },
  { name: 'chromium', program: 'chromium', needed: 'tests in a real browser' },
  { name: 'firefox-esr', program: 'firefox-esr', needed: 'calls between different browsers' },
  { name: 'pulseaudio', program: 'pulseaudio', needed: 'sound in Firefox' },
  { name: 'openssl', program: 'openssl', needed: 'TLS and DTLS against the openssl command' },
  { name: 'nftables', program: 'nft', needed: 'NAT topologies' },
  { name: 'iproute2', program: 'ip', needed: 'network namespaces' },
  {
    name: 'python3-pylibsrtp',
    file: '/usr/lib/python3/dist-packages/pylibsrtp/__init__.py',
    needed: 'SRTP against libsrtp',
  },
];

/** What some benchmarks measure against, by the name of the benchmark. */
export const BENCHMARK_PACKAGES = {
  sfu: [{ name: 'janus', program: 'janus', needed: 'the media server to compare with' }],
};

/** The packages whose file is missing, or whose program is on no search path (the folders root uses included). */
export function missingPackages(searchPath = process.env.PATH ?? '', packages = PACKAGES) {
  const folders = [...searchPath.split(path.delimiter), '/usr/sbin', '/sbin'].filter(Boolean);
  return packages.filter(({ program, file }) =>
    file ? !existsSync(file) : !folders.some((folder) => existsSync(path.join(folder, program))),
  );
}

/** Why packages cannot be installed here, or nothing. */
export function installObstacle({ uid = process.getuid?.(), osRelease = readOsRelease() } = {}) {
  if (!/^ID(?:_LIKE)?=.*\bdebian\b/m.test(osRelease)) return 'this is not a Debian system';
  if (uid !== 0) return 'not running as root';
  return undefined;
}

/** Installs what is missing where that is possible; answers one line for each package that stays missing. */
export async function installSystemPackages(packages = PACKAGES) {
  const stillMissing = () => missingPackages(process.env.PATH, packages);
  const missing = stillMissing();
  if (missing.length === 0) return [];
  let obstacle = installObstacle();
  if (!obstacle) {
    note(`installing Debian packages: ${missing.map(({ name }) => name).join(' ')}`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const options = { output: 'ignore', env, timeoutSeconds: 600 };
    const install = (names) =>
      run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...names], options);
    const names = missing.map(({ name }) => name);
    if ((await run('apt-get', ['update', '-q'], options)) !== 0) obstacle = 'apt-get update failed';
    else if ((await install(names)) !== 0) {
      // One unknown package must not keep the others away.
      for (const name of names) await install([name]);
      obstacle = 'apt-get install failed';
    }
  }
  return stillMissing().map(({ name, needed }) => `${name} (${needed}): ${obstacle ?? 'it is not found'}`);
}

function readOsRelease() {
  return existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
}
