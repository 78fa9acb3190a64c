// The reference of the browser SDK as Markdown, made of the doc comments of what packages/client exports.
import path from 'node:path';
import ts from 'typescript';
import { ROOT } from './setup.mjs';

const INDEX = 'packages/client/src/index.ts';

/** The order of the chapters; what is exported from any other file comes last. */
const CHAPTERS = [
  ['Functions and values', () => false],
  ['Rooms', inFile('api/room.ts')],
  ['Participants', inFile('api/participant.ts')],
  ['Tracks', inFile('api/track.ts')],
  ['Devices', inFile('api/devices.ts')],
  ['Data', inFile('api/data.ts')],
  ['Connections and statistics', inFile('api/connection.ts')],
  ['Errors', inFile('api/errors.ts')],
  ['Events', inFile('api/events.ts')],
  ['Words of the protocol', () => true],
];

function inFile(name) {
  return (file) => file.endsWith(`/packages/client/src/${name}`);
}

/** The text of docs/sdk-api.md. */
export function formatSdkReference(root = ROOT) {
  const chapters = new Map(CHAPTERS.map(([title]) => [title, []]));
  for (const { name, symbol, checker } of exportedSymbols(path.join(root, INDEX))) {
    const [declaration] = symbol.declarations;
    const isValue = ts.isFunctionDeclaration(declaration) || ts.isVariableDeclaration(declaration);
    const file = declaration.getSourceFile().fileName;
    const title = isValue ? CHAPTERS[0][0] : CHAPTERS.find(([, holds]) => holds(file))[0];
    chapters
      .get(title)
      .push({ name, position: [file, declaration.pos], text: describe(name, symbol, checker) });
  }
  const filled = [...chapters]
    .filter(([, entries]) => entries.length > 0)
    .map(([title, entries]) => [title, entries.toSorted(byPosition)]);
  const body = filled.map(([title, entries]) =>
    [`## ${title}`, ...entries.map(({ text }) => text)].join('\n\n'),
  );
  return `${[HEAD, contentsOf(filled), ...body].join('\n\n')}\n`;
}

/** A line of links per chapter. Headings that differ in case only get numbered anchors, in the order they come. */
function contentsOf(chapters) {
  const seen = new Map();
  const anchor = (heading) => {
    const slug = heading.toLowerCase().replaceAll(' ', '-');
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    return `#${slug}${count === 0 ? '' : `-${count}`}`;
  };
  return chapters
    .map(([title, entries]) => {
      anchor(title);
      return `- ${title}: ${entries.map(({ name }) => `[${name}](${anchor(name)})`).join(', ')}`;
    })
    .join('\n');
}

const HEAD = `# Browser SDK: reference

Everything \`@madang/client\` exports. [The guide](sdk.md) shows how it fits together. This file is made of the doc
comments in the sources: \`node scripts/write-sdk-docs.mjs\` writes it.`;

/** As the sources have it, but the way in first. */
function byPosition(one, other) {
  if (one.name === 'connect' || other.name === 'connect') return one.name === 'connect' ? -1 : 1;
  const [[file, at], [otherFile, otherAt]] = [one.position, other.position];
  return file === otherFile ? at - otherAt : file < otherFile ? -1 : 1;
}

function exportedSymbols(index) {
  const program = ts.createProgram([index], {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    types: [],
    strict: true,
    noEmit: true,
  });
  const checker = program.getTypeChecker();
  const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(index)));
  return exported.map((one) => ({
    name: one.name,
    checker,
    symbol: one.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(one) : one,
  }));
}

/** One export: heading, signature, doc comment, members. */
function describe(name, symbol, checker) {
  const [declaration] = symbol.declarations;
  const parts = [`### ${name}`];
  if (ts.isFunctionDeclaration(declaration)) {
    parts.push(fenced(`function ${name}${signatureOf(declaration)}`), commentOf(declaration));
  } else if (ts.isVariableDeclaration(declaration)) {
    const { type, initializer } = declaration;
    const code = type ? `${name}: ${textOf(type)}` : `${name} = ${textOf(initializer)}`;
    parts.push(fenced(`const ${code}`), commentOf(declaration.parent.parent));
  } else if (ts.isTypeAliasDeclaration(declaration)) {
    parts.push(commentOf(declaration), describeAlias(declaration, checker));
  } else {
    parts.push(heritageOf(declaration), commentOf(declaration), tableOf(membersOf(declaration)));
  }
  return parts.filter((part) => part !== '').join('\n\n');
}

/** A union as a list where its members have comments of their own, anything else as it is written. */
function describeAlias(declaration, checker) {
  const { name, type, typeParameters } = declaration;
  const members = ts.isUnionTypeNode(type) ? type.types : [];
  const comments = members.map((member, index) =>
    lastComment(member, members[index - 1]?.end ?? type.getFullStart()),
  );
  if (!comments.some((comment) => comment !== '')) {
    const parameters = typeParameters ? `<${typeParameters.map(textOf).join(', ')}>` : '';
    // Names of a list in another file say nothing here: what they stand for does.
    const flags = ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.InTypeAlias;
    const code = textOf(type).includes('typeof ')
      ? checker.typeToString(checker.getTypeAtLocation(type), undefined, flags).replaceAll('"', "'")
      : textOf(type).replace(/^\|\s*/, '');
    return fenced(`type ${name.text}${parameters} = ${code}`);
  }
  return members
    .map((member, index) => `- \`${textOf(member)}\`${comments[index] && `: ${comments[index]}`}`)
    .join('\n');
}

const HIDDEN = ts.ModifierFlags.Private | ts.ModifierFlags.Protected | ts.ModifierFlags.Override;

function membersOf(declaration) {
  return declaration.members.filter(
    (member) =>
      !ts.isConstructorDeclaration(member) &&
      !(member.name && ts.isPrivateIdentifier(member.name)) &&
      !(ts.getCombinedModifierFlags(member) & HIDDEN),
  );
}

function tableOf(members) {
  if (members.length === 0) return '';
  const rows = members.map(
    (member) => `| ${cell(memberSignature(member))} | ${escapePipes(commentOf(member))} |`,
  );
  return ['| | |', '| --- | --- |', ...rows].join('\n');
}

function memberSignature(member) {
  const name = member.name ? member.name.getText() : '';
  const optional = member.questionToken ? '?' : '';
  if (ts.isMethodSignature(member) || ts.isMethodDeclaration(member)) {
    return `${name}${optional}${signatureOf(member)}`;
  }
  if (ts.isGetAccessorDeclaration(member)) return `${name}: ${textOf(member.type)}`;
  if (member.type === undefined) return `${name}: ${textOf(member.initializer)}`;
  // A tuple of names is what an event carries: written like the arguments of its listener.
  const readonlyTuple = ts.isTypeOperatorNode(member.type) && ts.isTupleTypeNode(member.type.type);
  if (readonlyTuple) return `${name}(${member.type.type.elements.map(textOf).join(', ')})`;
  return `${name}${optional}: ${textOf(member.type)}`;
}

function signatureOf({ typeParameters, parameters, type }) {
  const generics = typeParameters ? `<${typeParameters.map(textOf).join(', ')}>` : '';
  const shown = parameters.map((parameter) =>
    parameter.initializer ? `${parameter.name.getText()}?: ${textOf(parameter.type)}` : textOf(parameter),
  );
  return `${generics}(${shown.join(', ')})${type ? `: ${textOf(type)}` : ''}`;
}

function heritageOf({ heritageClauses }) {
  const bases = (heritageClauses ?? []).flatMap(({ types }) => types.map(textOf));
  return bases.length === 0 ? '' : `Extends ${bases.map((base) => `\`${base}\``).join(', ')}.`;
}

/** The doc comment in one paragraph, with what is thrown at its end. */
function commentOf(node) {
  const prose = ts
    .getJSDocCommentsAndTags(node)
    .filter(ts.isJSDoc)
    .map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? '')
    .join(' ');
  const thrown = ts
    .getJSDocTags(node)
    .filter(({ tagName }) => tagName.text === 'throws')
    .map((tag) => {
      const [, name, rest] = /^@throws\s+(\w+)\s*([^]*?)[\s*]*$/.exec(tag.getText());
      const why = rest.replace(/\s*\n\s*\*?\s*/g, ' ');
      return `\`${name}\`${why && !why.startsWith('`') ? ':' : ''}${why && ` ${why.replace(/\.$/, '')}`}`;
    });
  const sentences = thrown.map((one) => `Throws ${one}.`);
  return [prose.replace(/\s*\n\s*/g, ' ').trim(), ...sentences].filter(Boolean).join(' ');
}

/** The comment between what comes before and a member of a union: TypeScript keeps it with no node. */
function lastComment(node, from) {
  const before = node.getSourceFile().text.slice(from, node.getStart());
  const [comment = ''] = [...before.matchAll(/\/\*\*([^]*?)\*\//g)].map((match) => match[1]).slice(-1);
  return comment.replace(/\s*\n\s*\*?\s*/g, ' ').trim();
}

/** The source of a node in one line, without comments. */
function textOf(node) {
  return node
    .getText()
    .replace(/\/\*[^]*?\*\/|\/\/.*$/gm, '')
    .replace(/\s*\n\s*/g, ' ')
    .replace(/,(?= [}\])])/g, '')
    .replace(/\s+/g, ' ')
    .trim();
}

function fenced(code) {
  return `\`\`\`ts\n${code}\n\`\`\``;
}

function cell(code) {
  return `\`${escapePipes(code)}\``;
}

function escapePipes(text) {
  return text.replaceAll('|', '\\|');
}
