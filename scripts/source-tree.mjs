// The repository's TypeScript sources as a map from path (relative, with forward slashes) to text.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './setup.mjs';

/** Folders that hold sources: every workspace's `src`. */
export function sourceRoots(root = ROOT) {
  const packages = existsSync(path.join(root, 'packages')) ? readdirSync(path.join(root, 'packages')) : [];
  const roots = [...packages.map((name) => `packages/${name}/src`), 'tests/src', 'bench/src', 'fuzz/src'];
  return roots.filter((folder) => existsSync(path.join(root, folder)));
}

/** All files below `folder` (relative to `root`) whose name ends in `suffix`, sorted. */
export function listFiles(root, folder, suffix) {
  return readdirSync(path.join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(suffix))
    .map((entry) =>
      path
        .relative(root, path.join(entry.parentPath ?? entry.path, entry.name))
        .split(path.sep)
        .join('/'),
    )
    .sort();
}

/** Every `.ts` and `.tsx` file of every workspace: Map of path to text. */
export function readSources(root = ROOT) {
  const files = sourceRoots(root).flatMap((folder) =>
    ['.ts', '.tsx'].flatMap((suffix) => listFiles(root, folder, suffix)),
  );
  return new Map(files.map((file) => [file, readFileSync(path.join(root, file), 'utf8')]));
}

export function isTest(file) {
  return file.endsWith('.test.ts') || file.endsWith('.test-support.ts');
}

/** Prints the problems a check found and sets the exit status: the last line of every check-*.mjs. */
export function report(name, problems, fine) {
  for (const problem of problems) console.log(`${name}: ${problem}`);
  if (problems.length === 0) console.log(`${name}: ${fine}`);
  else process.exitCode = 1;
}
