import { readFileSync } from 'node:fs';

/** The modules of `in-page/`, those first that others use. */
const FILES = ['portrait', 'slide', 'devices', 'watch'];

/**
 * The functions of `in-page/` as one script for pages: init scripts can import nothing, and a page's policy may forbid
 * it to load more. `calls` are run after them.
 */
export function pageScript(calls: readonly string[]): string {
  const modules = FILES.map((name) => readFileSync(new URL(`in-page/${name}.js`, import.meta.url), 'utf8'));
  const plain = modules.map((text) =>
    text
      .replace(/^import .*;$/gm, '')
      .replace(/^export \{.*\};$/gm, '')
      .replace(/^export /gm, '')
      .replace(/^\/\/# sourceMappingURL.*$/gm, ''),
  );
  return `{\n${[...plain, ...calls.map((call) => `${call};`)].join('\n')}\n}`;
}
