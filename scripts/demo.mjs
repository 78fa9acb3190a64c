// npm run demo: builds, shows calls of every kind in real browsers and writes one page about them, demo/report.html.
// npm run demo -- SCENE ... shows only those; npm run demo -- --pictures takes the pictures of docs/images.
import { note, prepare, run } from './setup.mjs';
import { installSystemPackages, PACKAGES } from './system-packages.mjs';

let status = await prepare({ projects: ['tests'], bundles: true });
if (status === 0) {
  const missing = await installSystemPackages(PACKAGES.filter(({ name }) => name === 'chromium'));
  if (missing.length > 0) note(`nothing can be shown without a browser: ${missing[0]}`);
  else status = await run(process.execPath, ['tests/dist/demo/demo-main.js', ...process.argv.slice(2)]);
}
process.exitCode = status;
