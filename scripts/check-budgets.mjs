// Fails when a source file, a function or a folder grows past its budget. What is larger already stands in
// budgets-allowed.json with its size; an entry may only shrink, and has to go when it is no longer needed.
// A table of data (a registry, vectors) is exempt when one of its first ten lines says `@data-table`.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { blank, lineOf } from './source-text.mjs';
import { ROOT } from './setup.mjs';
import { isTest, readSources, report } from './source-tree.mjs';

export const BUDGETS = { fileLines: 500, functionLines: 80, folderFiles: 25 };

/** Problems, one sentence each. `allowed` maps an excess's key to its recorded size. */
export function checkBudgets(sources, allowed = {}) {
  const problems = [];
  const excess = measure(sources);
  for (const [key, { size, limit, unit }] of excess) {
    if (!(key in allowed)) problems.push(`${key}: ${size} ${unit}, the budget is ${limit}`);
    else if (size > allowed[key]) problems.push(`${key}: grew from ${allowed[key]} to ${size} ${unit}`);
    else if (size < allowed[key])
      problems.push(`${key}: shrank to ${size} ${unit}: say so in budgets-allowed.json`);
  }
  for (const key of Object.keys(allowed)) {
    if (!excess.has(key)) problems.push(`${key}: is within its budget: remove it from budgets-allowed.json`);
  }
  return problems;
}

function measure(sources) {
  const excess = new Map();
  const note = (key, size, limit, unit) => size > limit && excess.set(key, { size, limit, unit });
  const folders = new Map();
  for (const [file, text] of sources) {
    if (!isTest(file)) {
      const folder = path.posix.dirname(file);
      folders.set(folder, (folders.get(folder) ?? 0) + 1);
    }
    if (isDataTable(text)) continue;
    note(file, text.trimEnd().split('\n').length, BUDGETS.fileLines, 'lines');
    if (isTest(file)) continue;
    for (const { name, lines } of functionsOf(text))
      note(`${file} ${name}()`, lines, BUDGETS.functionLines, 'lines');
  }
  for (const [folder, count] of folders) note(`${folder}/`, count, BUDGETS.folderFiles, 'source files');
  return excess;
}

function isDataTable(text) {
  return text.split('\n', 10).some((line) => line.includes('@data-table'));
}

const NOT_FUNCTIONS = /(?:^|[^\w$.])(?:if|for|while|switch|catch|with)\s*(?:await\s*)?\(/;
const INLINE_BRACE = /[=:(,[|&<?]\s*$|\b(?:return|extends|import|export)\s*$/;

/** Every function with a body: its name and the lines from its head to its closing brace. */
export function functionsOf(text) {
  const code = blank(text);
  const found = [];
  const open = [];
  let headStart = 0;
  for (let at = 0; at < code.length; at++) {
    const char = code[at];
    if (char === '{') {
      const head = code.slice(headStart, at);
      const arrow = /=>\s*$/.test(head);
      // An object literal, a type or a pattern: part of the statement it stands in.
      const inline = !arrow && INLINE_BRACE.test(head);
      const isFunction =
        arrow || (!inline && takesParameters(head) && !NOT_FUNCTIONS.test(lastStatement(head)));
      const start = headStart + head.length - head.trimStart().length;
      open.push({
        inline,
        headStart,
        name: isFunction ? nameOf(head) : undefined,
        line: lineOf(code, start),
      });
      if (!inline) headStart = at + 1;
    } else if (char === '}') {
      const block = open.pop();
      if (block?.name) found.push({ name: block.name, lines: lineOf(code, at) - block.line + 1 });
      headStart = block?.inline ? block.headStart : at + 1;
    } else if (char === ';' && !insideParentheses(code, headStart, at)) headStart = at + 1;
  }
  return found;
}

/** `name(...)` or `name(...): Type` stands right before the brace. */
function takesParameters(head) {
  return /\)\s*(?::[^;]*)?$/.test(head);
}

function lastStatement(head) {
  return head.slice(Math.max(head.lastIndexOf('\n\n'), 0));
}

function insideParentheses(code, from, to) {
  let depth = 0;
  for (let i = from; i < to; i++) depth += code[i] === '(' ? 1 : code[i] === ')' ? -1 : 0;
  return depth > 0;
}

function nameOf(head) {
  const named =
    /function\s*\*?\s*([\w$]+)/.exec(head) ?? /([\w$#]+)\s*(?::[^=]*)?=\s*(?:async\s*)?[(\w<]/.exec(head);
  return (named ?? /([\w$#]+)\s*(?:<[^(]*>)?\s*\(/.exec(head))?.[1] ?? 'anonymous';
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const allowed = JSON.parse(readFileSync(path.join(ROOT, 'scripts', 'budgets-allowed.json'), 'utf8'));
  report('budgets', checkBudgets(readSources(), allowed), 'files, functions and folders are small');
}
