// Fails when a relative link in a Markdown file leads nowhere, when ARCHITECTURE.md names a file or function that does
// not exist, or when a tracked file names the host packages were downloaded from.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from './setup.mjs';
import { listFiles, report, sourceRoots } from './source-tree.mjs';

/** Problems, one sentence each, of the repository at `root`; `files` are its tracked files, relative. */
export function checkDocs(root, files) {
  const present = files.filter((file) => existsSync(path.join(root, file)));
  const read = (file) => readFileSync(path.join(root, file), 'utf8');
  return present.flatMap((file) => {
    if (file.endsWith('.md')) {
      const text = read(file);
      const links = checkLinks(root, file, text);
      return path.posix.basename(file) === 'ARCHITECTURE.md'
        ? [...links, ...checkNames(root, file, text)]
        : links;
    }
    return /(?:\.json|\.npmrc|\.ya?ml)$/.test(file) ? checkHosts(file, read(file)) : [];
  });
}

function checkLinks(root, file, text) {
  const problems = [];
  const prose = withoutCode(text);
  for (const match of prose.matchAll(/\]\(<?([^()\s>]+)>?(?:\s+"[^"]*")?\)|^\[[^\]]+\]:\s*(\S+)/gm)) {
    const link = match[1] ?? match[2];
    if (/^[a-z][a-z0-9+.-]*:/i.test(link)) continue;
    const [target, anchor] = link.split('#');
    const line = prose.slice(0, match.index).split('\n').length;
    const full = target
      ? path.join(root, path.dirname(file), decodeURIComponent(target))
      : path.join(root, file);
    if (!existsSync(full)) problems.push(`${file}:${line} links to ${link}, which does not exist`);
    else if (anchor && full.endsWith('.md') && !anchorsOf(readFileSync(full, 'utf8')).has(anchor)) {
      problems.push(`${file}:${line} links to ${link}: there is no such heading`);
    }
  }
  return problems;
}

/** The anchors GitHub gives to the headings of a Markdown text. */
function anchorsOf(text) {
  const anchors = new Set();
  for (const [, heading] of withoutCode(text, { inline: true }).matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const slug = plain.replace(/[^\p{L}\p{N}\s_-]/gu, '').replace(/\s/g, '-');
    let unique = slug;
    for (let i = 1; anchors.has(unique); i++) unique = `${slug}-${i}`;
    anchors.add(unique);
  }
  return anchors;
}

/** Fenced code (and inline code, unless kept) replaced by blanks; line numbers stay true. */
function withoutCode(text, { inline = false } = {}) {
  const fenced = text.replace(/^(```|~~~)[\s\S]*?^\1/gm, (code) => code.replace(/[^\n]/g, ' '));
  return inline ? fenced : fenced.replace(/`[^`\n]*`/g, (code) => ' '.repeat(code.length));
}

/**
 * In the rows of a table, `net/loop.ts pump()` names a file and a function in it; a lone `flush()` belongs to the file
 * named last in that row. Paths start at the root, in a package's sources (`core/...`) or in the server's (`net/...`).
 */
function checkNames(root, file, text) {
  const problems = [];
  const sources = sourceRoots(root).flatMap((folder) => listFiles(root, folder, '.ts'));
  text.split('\n').forEach((row, index) => {
    if (!row.trimStart().startsWith('|')) return;
    let current;
    for (const [, code] of row.matchAll(/`([^`]+)`/g)) {
      for (const word of code.split(/[\s,;]+/)) {
        if (/^[\w./-]+\.(?:ts|mjs)$/.test(word)) {
          current = findSource(root, sources, word);
          if (!current) problems.push(`${file}:${index + 1} names ${word}, which does not exist`);
        } else if (/^[\w.#]+\(\)$/.test(word) && current && !defines(path.join(root, current), word)) {
          problems.push(`${file}:${index + 1} names ${word}, which ${current} does not define`);
        }
      }
    }
  });
  return problems;
}

function findSource(root, sources, name) {
  if (existsSync(path.join(root, name))) return name;
  const [first, ...rest] = name.split('/');
  const places = [
    `packages/${first}/src/${rest.join('/')}`,
    `packages/server/src/${name}`,
    `${first}/src/${rest.join('/')}`,
  ];
  return sources.find((source) => places.includes(source));
}

function defines(file, call) {
  const name = call.slice(0, -2).split('.').at(-1).replace('#', '');
  return new RegExp(`(?:function\\*?\\s+|[\\s#.])${name}\\s*(?:<[^(]*>)?\\s*(?:\\(|[:=])`).test(
    readFileSync(file, 'utf8'),
  );
}

function checkHosts(file, text) {
  return /"resolved":\s*"https?:|^\s*(?:@\w+:)?registry\s*=|"registry":\s*"http/m.test(text)
    ? [
        `${file} names the host packages were downloaded from: npm install with the settings in .npmrc leaves it out`,
      ]
    : [];
}

/** Files git knows or would add; without git, every Markdown and JSON file outside node_modules and dist. */
function trackedFiles(root) {
  const git = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
  });
  if (git.status === 0) return git.stdout.toString().split('\0').filter(Boolean);
  return ['.md', '.json']
    .flatMap((suffix) => listFiles(root, '.', suffix))
    .filter((f) => !/(^|\/)(node_modules|dist)\//.test(f));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  report(
    'docs',
    checkDocs(ROOT, trackedFiles(ROOT)),
    'links lead somewhere, named files and functions exist',
  );
}
