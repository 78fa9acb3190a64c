// Which compiled test files there are. The sources decide: a leftover in dist whose source is gone never runs, and a
// source that was not compiled is a problem.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './setup.mjs';
import { listFiles, sourceRoots } from './source-tree.mjs';

/** Tests of the whole program that mostly wait and measure neither times nor memory: a few at once do no harm. */
const PATIENT = [
  'app/',
  'browsers/',
  'calls/calls.',
  'calls/lifecycle.',
  'check.',
  'chromium.',
  'client-signaling.',
  'client/',
  'coturn-tools.',
  'demo/',
  'examples.',
  'load.',
  'nat/',
  'relay-denial.',
  'signaling.',
  'srtp-differential.',
  'starting.',
].map((name) => `tests/src/${name}`);

/**
 * `{ unit, patient, whole, missing }`: tests beside the code, tests of the whole program (tests/) that bear company and
 * those that do not, sources without output.
 */
export function testFiles({ root = ROOT, filters = [] } = {}) {
  const wanted = (file) => filters.length === 0 || filters.some((filter) => file.includes(filter));
  const sources = sourceRoots(root).flatMap((folder) => listFiles(root, folder, '.test.ts'));
  const scripts = existsSync(path.join(root, 'scripts')) ? listFiles(root, 'scripts', '.test.mjs') : [];
  const found = { unit: scripts.filter(wanted), patient: [], whole: [], missing: [] };
  for (const source of sources.filter(wanted)) {
    // dist of the web app is what Vite bundles; the compiler's output is beside it.
    const folder = source.startsWith('packages/web/') ? 'compiled' : 'dist';
    const compiled = source.replace(/(^|\/)src\//, `$1${folder}/`).replace(/\.ts$/, '.js');
    if (!existsSync(path.join(root, compiled))) found.missing.push(source);
    else if (PATIENT.some((start) => source.startsWith(start))) found.patient.push(compiled);
    else if (source.startsWith('tests/')) found.whole.push(compiled);
    else found.unit.push(compiled);
  }
  return found;
}
