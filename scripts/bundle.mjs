// What Vite makes of the compiled sources: the web app (packages/web/dist) and the SDK as one file
// (packages/client/dist/bundle). Each is made again only when something it is made of has changed.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { note, ROOT } from './setup.mjs';

const SDK_SOURCES = [
  'packages/wire/src',
  'packages/client/src',
  'package-lock.json',
  'scripts/bundle.mjs',
  'scripts/sdk-types.mjs',
];

/** `folder`: where it goes; `sources`: files and folders it is made of; `build`: makes it. */
export const BUNDLES = [
  {
    name: 'the browser SDK',
    folder: 'packages/client/dist/bundle',
    sources: SDK_SOURCES,
    build: buildSdk,
  },
  {
    name: 'the web app',
    folder: 'packages/web/dist',
    sources: [
      ...SDK_SOURCES,
      ...['src', 'public', 'index.html', 'vite.config.js', 'package.json'].map(
        (name) => `packages/web/${name}`,
      ),
    ],
    build: buildWebApp,
  },
];

/** The SDK as one file (its types are beside it), relative to the root of the repository. */
export const SDK_FILE = 'packages/client/dist/bundle/madang-client.js';

/** Says when a bundle was begun; made last, so a build that was broken off counts as none. */
const STAMP = '.built';

/** The bundles that are missing or older than something they are made of. */
export function staleBundles(root = ROOT, bundles = BUNDLES) {
  return bundles.filter(({ folder, sources }) => {
    const stamp = path.join(root, folder, STAMP);
    if (!existsSync(stamp)) return true;
    const builtAt = statSync(stamp).mtimeMs;
    return sources.some((source) => newest(path.join(root, source)) > builtAt);
  });
}

/** When something in a file or folder was changed last; folders tell of what was removed from them. */
function newest(place) {
  if (!existsSync(place)) return 0;
  const status = statSync(place);
  if (!status.isDirectory()) return status.mtimeMs;
  const inside = readdirSync(place).map((name) => newest(path.join(place, name)));
  return Math.max(status.mtimeMs, ...inside);
}

/** A machine that is busy is not worth a warning. */
const QUIET = { pluginTimings: false };

async function buildSdk(folder) {
  const { build } = await import('vite');
  await build({
    configFile: false,
    root: path.join(ROOT, 'packages', 'client'),
    logLevel: 'warn',
    build: {
      outDir: folder,
      emptyOutDir: true,
      target: 'es2022',
      modulePreload: false,
      reportCompressedSize: false,
      rolldownOptions: {
        input: path.join(ROOT, 'packages', 'client', 'dist', 'index.js'),
        preserveEntrySignatures: 'strict',
        output: { entryFileNames: path.basename(SDK_FILE), codeSplitting: false },
        checks: QUIET,
      },
    },
  });
  const { formatSdkTypes } = await import('./sdk-types.mjs');
  writeFileSync(path.join(folder, 'madang-client.d.ts'), formatSdkTypes());
}

async function buildWebApp(folder) {
  const { build } = await import('vite');
  await build({
    root: path.join(ROOT, 'packages', 'web'),
    logLevel: 'warn',
    build: { outDir: folder, rolldownOptions: { checks: QUIET } },
  });
}

/** Leaves `NAME.br` and `NAME.gz` beside every file that gains from it: the server sends them as they are. */
function compress(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (!entry.isFile() || !/\.(?:js|css|html|svg|json)$/.test(entry.name)) continue;
    const content = readFileSync(file);
    if (content.length < 1024) continue;
    const { brotli, gzip } = compressed(content);
    writeFileSync(`${file}.br`, brotli);
    writeFileSync(`${file}.gz`, gzip);
  }
}

function compressed(content) {
  return {
    gzip: gzipSync(content, { level: 9 }),
    brotli: brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
  };
}

/** Bytes of the SDK's file: as it is, by gzip and by Brotli. */
export function sdkSizes(root = ROOT) {
  const content = readFileSync(path.join(root, SDK_FILE));
  const { brotli, gzip } = compressed(content);
  return { raw: content.length, gzip: gzip.length, brotli: brotli.length };
}

async function main() {
  for (const { name, folder, build } of staleBundles()) {
    note(`bundling ${name}`);
    const startedAt = new Date();
    const target = path.join(ROOT, folder);
    rmSync(path.join(target, STAMP), { force: true });
    await build(target);
    compress(target);
    mkdirSync(target, { recursive: true });
    writeFileSync(path.join(target, STAMP), '');
    // What is changed while this runs is newer than the bundle.
    utimesSync(path.join(target, STAMP), startedAt, startedAt);
    if (build === buildSdk) {
      const { raw, gzip, brotli } = sdkSizes();
      note(`the browser SDK is ${raw} bytes, ${gzip} by gzip, ${brotli} by Brotli`);
    }
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
