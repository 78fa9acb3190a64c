// The types of the browser SDK in one file, for who loads its one file of code: every declaration that can be reached
// from the index, gathered from the compiler's declaration files.
import path from 'node:path';
import ts from 'typescript';
import { ROOT } from './setup.mjs';

const INDEX = path.join('packages', 'client', 'dist', 'index.d.ts');

/** The text of madang-client.d.ts. Throws when two declarations would have one name. */
export function formatSdkTypes(root = ROOT) {
  const program = ts.createProgram([path.join(root, INDEX)], {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    types: [],
  });
  const checker = program.getTypeChecker();
  const index = checker.getSymbolAtLocation(program.getSourceFile(path.join(root, INDEX)));
  const resolve = (symbol) =>
    symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const exported = new Set(checker.getExportsOfModule(index).map(resolve));
  const reached = new Map();
  const visit = (symbol) => {
    const declaration = symbol.declarations?.map(statementOf).find((one) => one && isOwn(one));
    if (declaration === undefined || reached.get(symbol.name) === declaration) return;
    if (reached.has(symbol.name)) throw new Error(`two declarations are called ${symbol.name}`);
    reached.set(symbol.name, declaration);
    forEachName(declaration, (name) => {
      const target = checker.getSymbolAtLocation(name);
      if (target) visit(resolve(target));
    });
  };
  for (const symbol of exported) visit(symbol);
  const isExported = new Set([...exported].map((symbol) => symbol.name));
  const texts = [...reached].map(([name, declaration]) => textOf(declaration, isExported.has(name)));
  // Without the last line everything in a declaration file counts as exported.
  return `${[HEAD, ...texts, 'export {};'].join('\n\n')}\n`;
}

const HEAD = '// Types of madang-client.js.';

/** The top-level statement a declaration is, or is part of; nothing for members and parameters. */
function statementOf(declaration) {
  const statement = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
  return ts.isSourceFile(statement.parent) ? statement : undefined;
}

function isOwn(node) {
  return /\/packages\/(?:client|wire)\/(?:dist|src)\//.test(node.getSourceFile().fileName);
}

function forEachName(node, use) {
  if (ts.isIdentifier(node)) use(node);
  ts.forEachChild(node, (child) => forEachName(child, use));
}

function textOf(declaration, isExported) {
  const comments = ts.getJSDocCommentsAndTags(declaration).filter(ts.isJSDoc);
  const comment = comments.length > 0 ? `${comments.at(-1).getText()}\n` : '';
  const code = declaration
    .getText()
    .replace(/^export /, '')
    .replace(/^(?!declare |interface |type )/, 'declare ');
  return `${comment}${isExported ? 'export ' : ''}${code}`;
}
