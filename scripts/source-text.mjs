// Just enough of a TypeScript scanner for the check scripts: what is code, and what is comment or string.

const REGEX_MAY_FOLLOW =
  /(?:^|[(,=:[!&|?{};+\-*%~^<>\n]|\b(?:return|typeof|case|in|of|void|delete|throw|do|else))\s*$/;

/**
 * The text with comments and the insides of strings, templates and regular expressions replaced by spaces, line
 * breaks kept: positions and line numbers stay true. `keepStrings` keeps the strings (import specifiers).
 */
export function blank(text, { keepStrings = false } = {}) {
  let out = '';
  let at = 0;
  const templates = []; // depth of braces inside each open `${`
  const take = (end, keep) => {
    const piece = text.slice(at, end);
    out += keep ? piece : piece.replace(/[^\n]/g, ' ');
    at = end;
  };
  while (at < text.length) {
    const char = text[at];
    const next = text[at + 1];
    if (char === '/' && next === '/') take(endOf(text, '\n', at), false);
    else if (char === '/' && next === '*') take(endOf(text, '*/', at + 2, 2), false);
    else if (char === '"' || char === "'") quoted(char);
    else if (char === '`') template(at + 1);
    else if (char === '}' && templates.at(-1) === 0) {
      templates.pop();
      template(at + 1);
    } else if (char === '/' && REGEX_MAY_FOLLOW.test(out.slice(-40))) take(endOfRegex(text, at + 1), false);
    else {
      if (templates.length > 0 && char === '{') templates[templates.length - 1]++;
      if (templates.length > 0 && char === '}') templates[templates.length - 1]--;
      take(at + 1, true);
    }
  }
  return out;

  function quoted(quote) {
    let end = at + 1;
    while (end < text.length && text[end] !== quote && text[end] !== '\n') end += text[end] === '\\' ? 2 : 1;
    if (keepStrings) return take(Math.min(end + 1, text.length), true);
    take(at + 1, true);
    take(Math.min(end, text.length), false);
    take(Math.min(end + 1, text.length), true);
  }

  function template(from) {
    let end = from;
    while (end < text.length && text[end] !== '`' && !(text[end] === '$' && text[end + 1] === '{')) {
      end += text[end] === '\\' ? 2 : 1;
    }
    const opensExpression = text[end] === '$';
    if (opensExpression) templates.push(0);
    take(Math.min(end + (opensExpression ? 2 : 1), text.length), false);
  }
}

/** The specifiers a module imports or re-exports: `{ specifier, line, typeOnly }`. */
export function importsOf(text) {
  const code = blank(text, { keepStrings: true });
  const found = [];
  const statement =
    /(?<![\w$.])(?:(import|export)(\s+type\b)?[^'";()]*?\bfrom|import)\s*\(?\s*(['"])([^'"\n]+)\3/g;
  for (const match of code.matchAll(statement)) {
    found.push({ specifier: match[4], line: lineOf(code, match.index), typeOnly: match[2] !== undefined });
  }
  return found;
}

/** The 1-based line of a position. */
export function lineOf(text, position) {
  let line = 1;
  for (let i = text.indexOf('\n'); i >= 0 && i < position; i = text.indexOf('\n', i + 1)) line++;
  return line;
}

function endOf(text, mark, from, length = 0) {
  const found = text.indexOf(mark, from);
  return found < 0 ? text.length : found + length;
}

function endOfRegex(text, from) {
  let inClass = false;
  for (let i = from; i < text.length && text[i] !== '\n'; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '[') inClass = true;
    else if (text[i] === ']') inClass = false;
    else if (text[i] === '/' && !inClass) return i + 1;
  }
  return from; // not a regular expression after all
}
