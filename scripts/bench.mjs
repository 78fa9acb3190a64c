// npm run bench -- NAME [arguments]: builds, then runs bench/dist/NAME.js with the rest of the arguments.
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { note, prepare, ROOT, run } from './setup.mjs';
import { BENCHMARK_PACKAGES, installSystemPackages } from './system-packages.mjs';

const [name, ...args] = process.argv.slice(2);
process.exitCode = await main();

async function main() {
  const known = readdirSync(path.join(ROOT, 'bench', 'src'))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.slice(0, -'.ts'.length));
  if (!name || !known.includes(name)) {
    note(
      `${name ? `there is no benchmark ${name}` : 'say which'}: ${known.join(', ') || 'none in bench/src'}`,
    );
    return 2;
  }
  for (const missing of await installSystemPackages(BENCHMARK_PACKAGES[name] ?? [])) note(missing);
  const status = await prepare({ projects: ['bench'] });
  if (status !== 0) return status;
  const compiled = path.join('bench', 'dist', `${name}.js`);
  if (!existsSync(path.join(ROOT, compiled))) {
    note(`${compiled} was not built`);
    return 1;
  }
  return run(process.execPath, ['--expose-gc', compiled, ...args]);
}
