import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface ScratchFolder {
  readonly path: string;
  remove(): void;
}

/** A folder for a server's files, gone at the latest when this process ends. */
export function createScratchFolder(name: string): ScratchFolder {
  const folder = mkdtempSync(path.join(tmpdir(), `bench-${name}-`));
  const remove = (): void => {
    process.off('exit', remove);
    rmSync(folder, { recursive: true, force: true });
  };
  process.on('exit', remove);
  return { path: folder, remove };
}
