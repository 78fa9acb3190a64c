// Fails when core or wire reads a clock, a timer, randomness, the process or the console: they are told, they never
// ask. The compiler catches most of it (types: []); Date and Math.random are part of the language, so it is said here.
import { pathToFileURL } from 'node:url';
import { blank, lineOf } from './source-text.mjs';
import { isTest, readSources, report } from './source-tree.mjs';

const PURE = /^packages\/(?:core|wire)\/src\//;
const AMBIENT = [
  /(?<![\w$.])Date\s*\.\s*\w+|(?<![\w$.])new\s+Date\b|(?<![\w$.])Date\s*\(/g,
  /(?<![\w$.])Math\s*\.\s*random\b/g,
  /(?<![\w$.])(?:performance|process|console)\s*[.[]/g,
  /(?<![\w$.])(?:set|clear)(?:Timeout|Interval|Immediate)\b/g,
  /(?<![\w$.])(?:queueMicrotask|globalThis|structuredClone|fetch)\b/g,
];

/** Problems, one sentence each. `sources` is a Map of path to text. */
export function checkAmbient(sources) {
  const problems = [];
  for (const [file, text] of sources) {
    if (!PURE.test(file) || isTest(file)) continue;
    const code = blank(text);
    for (const pattern of AMBIENT) {
      for (const match of code.matchAll(pattern)) {
        problems.push(
          `${file}:${lineOf(code, match.index)} uses ${match[0].replace(/\s+/g, ' ')}: take it as an input`,
        );
      }
    }
  }
  return problems;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  report('ambient', checkAmbient(readSources()), 'core and wire read no clock, timer, randomness or process');
}
