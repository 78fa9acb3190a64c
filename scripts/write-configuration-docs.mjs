// Writes docs/configuration.md from the table of settings. Build first: npm run build.
import { writeFileSync } from 'node:fs';
import { formatConfigurationDocument } from '../packages/server/dist/config/documentation.js';

writeFileSync(new URL('../docs/configuration.md', import.meta.url), formatConfigurationDocument());
