import {
  isCallExpression,
  isExportDeclaration,
  isIdentifier,
  isImportDeclaration,
  isImportTypeNode,
  isLiteralTypeNode,
  isNamedExports,
  isNamedImports,
  isNewExpression,
  isPropertyAccessExpression,
  isShorthandPropertyAssignment,
  isStringLiteral,
  isTypeQueryNode,
  type NamedImportsOrExports,
  type Node,
  type SourceFile,
  SyntaxKind,
} from 'typescript/unstable/ast';
import { createVirtualFileSystem } from 'typescript/unstable/fs';
import { API } from 'typescript/unstable/sync';

/** One TypeScript file, reduced to what the rules are about. Lines are 1-based. */
export interface Module {
  /** Relative to the project, with `/`. */
  readonly path: string;
  readonly imports: readonly Import[];
  /** Names that are used as values: `setTimeout`, `Date.now`, and `new Date()` where it has no argument. */
  readonly uses: readonly Use[];
}

export interface Import {
  readonly specifier: string;
  /** The names that are imported; none for `import * as`, `export *` and `import()`. */
  readonly names: readonly string[];
  /** Erased at run time. */
  readonly typeOnly: boolean;
  readonly line: number;
}

export interface Use {
  readonly name: string;
  readonly line: number;
}

const virtualRoot = '/project/';

/**
 * Parses sources with the TypeScript compiler's own parser.
 *
 * The rules count type imports too, and must not be fooled by a comment, a string or a regular
 * expression; so neither a pattern nor a bundler's metafile (from which types are gone) would do.
 * TypeScript 7 offers its syntax trees under `typescript/unstable/…` only; the version is pinned,
 * and this file is the one place that touches them.
 *
 * @param sources  text by path
 */
export function parseModules(sources: ReadonlyMap<string, string>): Module[] {
  const api = new API({ cwd: virtualRoot, fs: createVirtualFileSystem(virtualFiles(sources)) });
  try {
    const config = `${virtualRoot}tsconfig.json`;
    const program = api.updateSnapshot({ openProjects: [config] }).getProject(config)?.program;
    return [...sources.keys()].map((path) => {
      const file = program?.getSourceFile(virtualRoot + path);
      if (!file) throw new Error(`${path} could not be parsed.`);
      return readModule(path, file);
    });
  } finally {
    api.close();
  }
}

function virtualFiles(sources: ReadonlyMap<string, string>): Record<string, string> {
  const files: Record<string, string> = {};
  for (const [path, text] of sources) files[virtualRoot + path] = text;
  const compilerOptions = { noLib: true, noResolve: true, types: [], module: 'nodenext', noEmit: true };
  const config = { compilerOptions, files: [...sources.keys()] };
  return { ...files, [`${virtualRoot}tsconfig.json`]: JSON.stringify(config) };
}

function readModule(path: string, file: SourceFile): Module {
  const imports: Import[] = [];
  const uses: Use[] = [];
  const lineOf = lineFinder(file);
  const visit = (node: Node, parent: Node): undefined => {
    const imported = importOf(node);
    if (imported) imports.push({ ...imported, line: lineOf(node) });
    const name = useOf(node, parent);
    if (name !== undefined) uses.push({ name, line: lineOf(node) });
    node.forEachChild((child) => visit(child, node));
  };
  file.forEachChild((child) => visit(child, file));
  return { path, imports, uses };
}

function lineFinder(file: SourceFile): (node: Node) => number {
  const starts = [0, ...[...file.text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  return (node) => starts.findLastIndex((start) => start <= node.getStart(file)) + 1;
}

type Imported = Omit<Import, 'line'>;

function importOf(node: Node): Imported | undefined {
  if (isImportDeclaration(node)) {
    const { importClause, moduleSpecifier } = node;
    const bindings = importClause?.namedBindings;
    const named = bindings && isNamedImports(bindings) ? bindings : undefined;
    const typeOnly = importClause?.phaseModifier === SyntaxKind.TypeKeyword;
    return statement(moduleSpecifier, named, typeOnly, importClause?.name !== undefined);
  }
  if (isExportDeclaration(node)) {
    const named = node.exportClause && isNamedExports(node.exportClause) ? node.exportClause : undefined;
    return statement(node.moduleSpecifier, named, node.isTypeOnly, false);
  }
  return expression(node);
}

/** `import()` as a value and as a type. */
function expression(node: Node): Imported | undefined {
  if (isCallExpression(node) && node.expression.kind === SyntaxKind.ImportKeyword) {
    return importing(node.arguments[0], [], false);
  }
  if (!isImportTypeNode(node) || !isLiteralTypeNode(node.argument)) return undefined;
  return importing(node.argument.literal, [], true);
}

function statement(
  specifier: Node | undefined,
  named: NamedImportsOrExports | undefined,
  typeStatement: boolean,
  hasDefault: boolean,
): Imported | undefined {
  const values = [...(named?.elements ?? [])].filter((element) => !element.isTypeOnly);
  const names = values.map(({ propertyName, name }) => (propertyName ?? name).text);
  const onlyTypesNamed = named !== undefined && values.length === 0 && !hasDefault;
  return importing(specifier, names, typeStatement || onlyTypesNamed);
}

function importing(specifier: Node | undefined, names: string[], typeOnly: boolean): Imported | undefined {
  return specifier && isStringLiteral(specifier) ? { specifier: specifier.text, names, typeOnly } : undefined;
}

function useOf(node: Node, parent: Node): string | undefined {
  if (isPropertyAccessExpression(node)) {
    const { expression: object, name } = node;
    if (!isIdentifier(object)) return undefined;
    return object.text === 'globalThis' ? name.text : `${object.text}.${name.text}`;
  }
  if (isNewExpression(node)) {
    const bare = isIdentifier(node.expression) && !node.arguments?.length;
    return bare ? `new ${node.expression.text}()` : undefined;
  }
  return isIdentifier(node) && isValue(node, parent) ? node.text : undefined;
}

/** A name that is being declared, or names a member, is no use of the global of that name. */
function isValue(node: Node, parent: Node): boolean {
  if (isShorthandPropertyAssignment(parent)) return true;
  const { name, propertyName } = parent as Node & { readonly name?: Node; readonly propertyName?: Node };
  return node !== name && node !== propertyName && !isTypeQueryNode(parent);
}
