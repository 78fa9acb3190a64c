import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** A file that is served, whole in memory. */
export interface Asset {
  readonly content: Buffer;
  readonly type: string;
  /** Strong validator (RFC 9110 section 8.8.3) of the content. */
  readonly etag: string;
  /** The same content compressed, where the build left `NAME.br` or `NAME.gz` beside it. */
  readonly encodings: ReadonlyMap<'br' | 'gzip', Buffer>;
}

/** Path below the folder, with `/` between its parts and none before them, to file. */
export type AssetManifest = ReadonlyMap<string, Asset>;

/**
 * Reads every file of a folder whose kind is known; empty when there is no such folder. Nothing is read later, so no URL
 * of a request ever becomes a path of the file system (threat G11). Links and hidden files are left out.
 */
export function readAssets(folder: URL): AssetManifest {
  const root = fileURLToPath(folder);
  const manifest = new Map<string, Asset>();
  if (!existsSync(root)) return manifest;
  for (const entry of readdirSync(root, { withFileTypes: true, recursive: true })) {
    const file = path.join(entry.parentPath, entry.name);
    const type = TYPES.get(path.extname(entry.name));
    if (!entry.isFile() || entry.name.startsWith('.') || type === undefined) continue;
    manifest.set(path.relative(root, file).split(path.sep).join('/'), readAsset(file, type));
  }
  return manifest;
}

function readAsset(file: string, type: string): Asset {
  const content = readFileSync(file);
  const encodings = new Map<'br' | 'gzip', Buffer>();
  if (existsSync(`${file}.br`)) encodings.set('br', readFileSync(`${file}.br`));
  if (existsSync(`${file}.gz`)) encodings.set('gzip', readFileSync(`${file}.gz`));
  const digest = createHash('sha256').update(content).digest('base64url').slice(0, 22);
  return { content, type, etag: `"${digest}"`, encodings };
}

const TYPES: ReadonlyMap<string, string> = new Map([
  ['.css', 'text/css; charset=utf-8'],
  ['.html', 'text/html; charset=utf-8'],
  ['.ico', 'image/x-icon'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.json', 'application/json; charset=utf-8'],
  ['.mp3', 'audio/mpeg'],
  ['.png', 'image/png'],
  ['.svg', 'image/svg+xml'],
  ['.ts', 'text/plain; charset=utf-8'],
  ['.wav', 'audio/wav'],
  ['.webmanifest', 'application/manifest+json'],
  ['.webp', 'image/webp'],
  ['.woff2', 'font/woff2'],
]);
