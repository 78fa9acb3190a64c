import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { sdkSizes } from './bundle.mjs';
import { GUIDE, REFERENCE, sizesIn } from './sdk-docs.mjs';
import { formatSdkReference } from './sdk-reference.mjs';

const MEND = 'run: npm run build && node scripts/write-sdk-docs.mjs';

test('docs/sdk-api.md is what the doc comments of the SDK say', () => {
  assert.equal(readFileSync(REFERENCE, 'utf8'), formatSdkReference(), MEND);
});

test('docs/sdk.md tells how large the SDK is, within a tenth', () => {
  const [told, measured] = [sizesIn(readFileSync(GUIDE, 'utf8')), sdkSizes()];
  for (const [name, bytes] of Object.entries(measured)) {
    assert.ok(
      Math.abs(told[name] - bytes) <= bytes / 10,
      `${name}: ${told[name]} told, ${bytes} is true; ${MEND}`,
    );
  }
});
