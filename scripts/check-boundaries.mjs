// Fails when an import breaks the matrix of import-matrix.mjs, names a file that does not exist, reaches into another
// package by a relative path, loads native code outside native/ffi.ts, or closes a cycle. Within one folder types may
// refer to each other (`import type` leaves nothing at run time). Tests may import anything that exists, except the FFI
// package.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { FFI_FILE, FFI_MODULE, MATRIX, PACKAGES, PURE_PACKAGES } from './import-matrix.mjs';
import { blank, importsOf, lineOf } from './source-text.mjs';
import { isTest, readSources, report } from './source-tree.mjs';

/** Problems, one sentence each. `sources` is a Map of path to text. */
export function checkBoundaries(sources) {
  const problems = [];
  const edges = new Map();
  for (const [file, text] of sources) {
    const targets = [];
    for (const { specifier, line, typeOnly } of importsOf(text)) {
      const say = (sentence) => problems.push(`${file}:${line} ${sentence}`);
      if (specifier.endsWith('.css')) continue;
      const target = resolve(file, specifier, sources);
      if (!target) {
        if (!isTest(file)) checkForeign(file, specifier, say);
        continue;
      }
      if (!sources.has(target)) {
        say(`imports ${specifier}: there is no ${target}`);
        continue;
      }
      if (!typeOnly || path.posix.dirname(file) !== path.posix.dirname(target)) targets.push(target);
      checkInner(file, target, specifier, say);
    }
    checkFfi(file, text, problems);
    if (!isTest(file)) edges.set(file, targets);
  }
  return [...problems, ...cycles(edges)];
}

/** The source file a specifier means, or nothing for Node's and third-party modules. */
function resolve(file, specifier, sources) {
  if (specifier.startsWith('.')) {
    const target = path.posix.join(path.posix.dirname(file), specifier).replace(/\.js$/, '.ts');
    return sources.has(`${target}x`) ? `${target}x` : target;
  }
  const own = /^@madang\/([^/]+)\/(.+)$/.exec(specifier);
  return own ? `${packageFolder(own[1])}/src/${own[2].replace(/\.js$/, '')}.ts` : undefined;
}

function checkForeign(file, specifier, say) {
  if (PURE_PACKAGES.includes(packageOf(file)))
    say(`imports ${specifier}: ${packageOf(file)} may use nothing but itself`);
}

function checkInner(file, target, specifier, say) {
  const [from, to] = [packageOf(file), packageOf(target)];
  if (specifier.startsWith('.')) {
    if (from !== to) return say(`reaches into ${to} by a relative path: write @madang/${to}/...`);
    if (!specifier.endsWith('.js')) return say(`imports ${specifier}: relative imports end in .js`);
  }
  if (isTest(file)) return undefined;
  if (isTest(target)) return say(`imports the test ${specifier}`);
  if (from !== to && !(PACKAGES[from] ?? []).includes(to))
    return say(`imports ${specifier}: ${from} may not use ${to}`);
  return checkLayer(file, target, specifier, say);
}

function checkLayer(file, target, specifier, say) {
  const [from, to] = [layerOf(file), layerOf(target)];
  if (packageOf(file) !== 'server' || from === to) return undefined;
  if (from === undefined) return say(`imports ${specifier}: sources of the server live in a layer's folder`);
  if (!MATRIX[from]) return say(`is in ${from}, a layer import-matrix.mjs does not know`);
  const folder = packageOf(target) === 'core' ? `core/${target.split('/')[3]}` : to;
  if (!MATRIX[from].includes(to) && !MATRIX[from].includes(folder)) {
    return say(`imports ${specifier}: ${from} may not use ${MATRIX[to] ? folder : to}`);
  }
  return undefined;
}

function checkFfi(file, text, problems) {
  if (file === FFI_FILE) return;
  const named = new RegExp(`['"\`]${FFI_MODULE}(?:/[^'"\`]*)?['"\`]`).exec(
    blank(text, { keepStrings: true }),
  );
  if (named) problems.push(`${file}:${lineOf(text, named.index)} names ${FFI_MODULE}: only ${FFI_FILE} may`);
}

/** One sentence per cycle, found by depth-first search over file imports. */
function cycles(edges) {
  const problems = [];
  const state = new Map();
  const visit = (file, trail) => {
    if (state.get(file) === 'done') return;
    if (state.get(file) === 'open') {
      const loop = [...trail.slice(trail.indexOf(file)), file];
      problems.push(`import cycle: ${loop.join(' -> ')}`);
      return;
    }
    state.set(file, 'open');
    for (const target of edges.get(file) ?? []) visit(target, [...trail, file]);
    state.set(file, 'done');
  };
  for (const file of edges.keys()) visit(file, []);
  return problems;
}

function packageOf(file) {
  const parts = file.split('/');
  return parts[0] === 'packages' ? parts[1] : parts[0];
}

function packageFolder(name) {
  return ['tests', 'bench', 'fuzz'].includes(name) ? name : `packages/${name}`;
}

/** The layer of a file: a folder of the server's sources, or else the package. */
function layerOf(file) {
  if (packageOf(file) !== 'server') return packageOf(file);
  const parts = file.split('/');
  return parts.length > 4 ? parts[3] : undefined;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const sources = readSources();
  report('boundaries', checkBoundaries(sources), `${sources.size} files import only what they may`);
}
