import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import ts from 'typescript';
import { SDK_FILE, sdkSizes } from './bundle.mjs';
import { GUIDE, REFERENCE, sizesIn } from './sdk-docs.mjs';
import { formatSdkReference } from './sdk-reference.mjs';
import { ROOT } from './setup.mjs';

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

test('the code of the guide is true to the types that the server sends with the SDK', () => {
  const blocks = [...readFileSync(GUIDE, 'utf8').matchAll(/^```ts\n([^]*?)^```/gm)].map(([, code]) => code);
  assert.ok(blocks.length >= 10, `${blocks.length} blocks`);
  const folder = path.dirname(path.join(ROOT, SDK_FILE));
  const files = new Map(
    blocks.map((code, index) => [path.join(folder, `guide-${index}.ts`), moduleOf(code)]),
  );
  for (const complaint of typeErrors(files, [path.join(folder, 'madang-client.d.ts')]))
    assert.fail(complaint);
  const wrong = new Map([[path.join(folder, 'wrong.ts'), moduleOf('room.leaf();')]]);
  assert.match(typeErrors(wrong, []).join(), /'leaf' does not exist/);
});

/** A block of the guide with what it takes for granted. */
function moduleOf(code) {
  const names = 'connect, createCameraTrack, createLevelMeter, devices, DeviceError';
  return [
    `import { ${names} } from './madang-client.js';`,
    "import type { Device, Participant, Room } from './madang-client.js';",
    ...(/const room\b/.test(code) ? [] : ['declare const room: Room;']),
    'declare const url: string, token: string, participantId: string, parts: Uint8Array<ArrayBuffer>[];',
    'declare function show(text: string): void;',
    'declare function fillMenus(devices: readonly Device[]): void;',
    'declare function badge(participant: Participant): HTMLElement;',
    'declare function explainPermissions(): void;',
    code.replace(/^import .*$/gm, ''),
    'export {};',
  ].join('\n');
}

/** What TypeScript says against files that exist in memory only, and against others. */
function typeErrors(files, others) {
  const options = {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    types: [],
    strict: true,
    noEmit: true,
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (name) => files.has(name) || fileExists(name);
  host.readFile = (name) => files.get(name) ?? readFile(name);
  host.getSourceFile = (name, ...rest) =>
    files.has(name) ? ts.createSourceFile(name, files.get(name), ...rest) : getSourceFile(name, ...rest);
  const program = ts.createProgram([...files.keys(), ...others], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const line = file ? file.text.slice(file.text.lastIndexOf('\n', start) + 1).split('\n')[0] : '';
    return `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}: ${line}`;
  });
}
