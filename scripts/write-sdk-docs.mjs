// Writes docs/sdk-api.md from the doc comments of the SDK, and its size into docs/sdk.md. Build first: npm run build.
import { readFileSync, writeFileSync } from 'node:fs';
import { sdkSizes } from './bundle.mjs';
import { note } from './setup.mjs';
import { formatSdkReference } from './sdk-reference.mjs';
import { GUIDE, REFERENCE, withSizes } from './sdk-docs.mjs';

writeFileSync(REFERENCE, formatSdkReference());
const sizes = sdkSizes();
writeFileSync(GUIDE, withSizes(readFileSync(GUIDE, 'utf8'), sizes));
note(`the browser SDK is ${sizes.raw} bytes, ${sizes.gzip} by gzip, ${sizes.brotli} by Brotli`);
