// Where the documents of the SDK are, and the line of the guide that says how large the SDK is.
import path from 'node:path';
import { ROOT } from './setup.mjs';

export const GUIDE = path.join(ROOT, 'docs', 'sdk.md');
export const REFERENCE = path.join(ROOT, 'docs', 'sdk-api.md');

const SIZE_ROW = /^\| `madang-client\.js` \|(.*)\|$/m;

/** The guide with its table of sizes filled in anew. */
export function withSizes(guide, { raw, gzip, brotli }) {
  const cells = [raw, gzip, brotli].map((bytes) => `${(bytes / 1000).toFixed(1)} kB`);
  return guide.replace(SIZE_ROW, `| \`madang-client.js\` | ${cells.join(' | ')} |`);
}

/** What the guide says, in bytes: as it is, by gzip and by Brotli. */
export function sizesIn(guide) {
  const [raw, gzip, brotli] = SIZE_ROW.exec(guide)[1]
    .split('|')
    .map((cell) => parseFloat(cell) * 1000);
  return { raw, gzip, brotli };
}
