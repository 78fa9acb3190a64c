import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { skipWithoutChromium } from '../chromium/browser.js';
import { takePictures } from './pictures.js';
import { playScene } from './play.js';
import { renderReport } from './report.js';
import { SCENES } from './scene-list.js';
import type { Scene, SceneResult } from './scene.js';
import { Theatre } from './theatre.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

process.exitCode = await main();

/** Shows the scenes that are named, or all, and answers the exit status. */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { pictures: { type: 'boolean', default: false } },
  });
  if (skipWithoutChromium !== false) {
    tell(`nothing can be shown: ${skipWithoutChromium}`);
    return 0;
  }
  const unknown = positionals.find((id) => !SCENES.some((scene) => scene.id === id));
  if (unknown !== undefined) {
    tell(`there is no scene ${unknown}: ${SCENES.map(({ id }) => id).join(', ')}`);
    return 2;
  }
  const scenes = SCENES.filter(({ id }) => positionals.length === 0 || positionals.includes(id));
  const theatre = await Theatre.open();
  try {
    if (!values.pictures) return await show(theatre, scenes);
    await takePictures(theatre, path.join(ROOT, 'docs', 'images'), (file) => {
      tell(path.relative(ROOT, file));
    });
    return 0;
  } finally {
    await theatre.close();
  }
}

async function show(theatre: Theatre, scenes: readonly Scene[]): Promise<number> {
  const begun = performance.now();
  const results: SceneResult[] = [];
  for (const [index, scene] of scenes.entries()) {
    tell(`${index + 1} of ${scenes.length}: ${scene.title}`);
    const result = await playScene(theatre, scene);
    results.push(result);
    for (const { what, passed, seen } of result.checks) if (!passed) tell(`  failed: ${what}: ${seen}`);
    tell(`  ${result.checks.filter(({ passed }) => passed).length} of ${result.checks.length} checks passed`);
  }
  const seconds = (performance.now() - begun) / 1000;
  const report = renderReport(results, {
    at: new Date(),
    browser: `Chromium ${theatre.browser.version()}`,
    node: `Madang on Node.js ${process.versions.node}`,
    machine: `${cpus().length} × ${cpus()[0]?.model ?? 'processor'}`,
    seconds,
  });
  const file = path.join(ROOT, 'demo', 'report.html');
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, report);
  const failed = results.flatMap(({ checks }) => checks).filter(({ passed }) => !passed).length;
  tell(`${failed === 0 ? 'all checks passed' : `${failed} checks failed`}, ${Math.round(seconds)} s`);
  tell(`the report: ${file}`);
  return failed === 0 ? 0 : 1;
}

function tell(line: string): void {
  process.stderr.write(`madang: ${line}\n`);
}
