import { cyclesOf, type Graph, importGraph } from './graph.ts';
import type { Import, Module } from './parse.ts';
import {
  effectModules,
  effectNames,
  effects,
  hubExceptions,
  hubSeam,
  hubShared,
  mayImport,
  simulated,
} from './rules.ts';

/**
 * What breaks the rules, each as one line: `FILE:LINE RULE: what is wrong; what to do`.
 *
 * @param modules  the parsed sources, paths relative to the project
 * @param exports  the source file of each `@skerry/…` specifier that a package exports
 */
export function violations(modules: readonly Module[], exports: ReadonlyMap<string, string>): string[] {
  const graph = importGraph(modules, exports);
  return [
    ...modules.flatMap((module) => [
      ...tableViolations(module, graph),
      ...testOnlyViolations(module),
      ...seamViolations(module, graph),
      ...effectViolations(module),
      ...onlyViolations(module),
    ]),
    ...cyclesOf(graph).map(cycleViolation),
  ];
}

/** `packages/hub/src/x.ts` is of `hub`, `e2e/x.ts` of `e2e`; what is of none is the project's own tooling. */
export function packageOf(path: string): string | undefined {
  const [first, second] = path.split('/');
  const name = first === 'packages' ? second : first;
  return name !== undefined && name in mayImport ? name : undefined;
}

/** Tests, and what exists for tests alone: `*.test.ts`, `*-suite.ts`, `*-conformance.ts`, and folders named `testing` or `fuzz`. */
export function isTest(path: string): boolean {
  return /(?:\.test|-suite|-conformance)\.ts$|\/(?:testing|fuzz)\//.test(path);
}

function tableViolations(module: Module, graph: Graph): string[] {
  const own = packageOf(module.path);
  if (own === undefined) return [];
  const allowed = [own, ...(mayImport[own] ?? []), ...(isTest(module.path) ? ['testkit'] : [])];
  return module.imports.flatMap((one) => {
    const other = importedPackage(module, one, graph);
    if (other === undefined || allowed.includes(other)) return [];
    const rest = allowed.slice(1).join(', ') || 'nothing of ours';
    return [
      at(
        module,
        one,
        'imports',
        `${own} may import ${rest}, not ${other}; move what both need to contracts or kit`,
      ),
    ];
  });
}

function importedPackage(module: Module, { specifier }: Import, graph: Graph): string | undefined {
  const bare = /^@skerry\/([^/]+)/.exec(specifier)?.[1];
  return bare ?? packageOf(graph.get(module.path)?.get(specifier) ?? '');
}

/** What exists for tests must not be in what runs. */
function testOnlyViolations(module: Module): string[] {
  const own = packageOf(module.path);
  if (isTest(module.path) || own === 'testkit' || own === 'e2e' || own === 'bench') return [];
  return module.imports
    .filter(({ specifier }) => /\/testing(?:\/|$)|\.test\.ts$/.test(specifier))
    .map((one) =>
      at(module, one, 'tests', `${one.specifier} is for tests; production code must not import it`),
    );
}

function seamViolations(module: Module, graph: Graph): string[] {
  const own = featureOf(module.path);
  if (own === undefined || isTest(module.path)) return [];
  return module.imports.flatMap((one) => {
    const target = graph.get(module.path)?.get(one.specifier) ?? '';
    const other = featureOf(target);
    if (other === undefined || other === own || isSeam(own, target)) return [];
    return [
      at(
        module,
        one,
        'seams',
        `${own} may read ${other} through ${other}/${hubSeam} alone; add what is missing there`,
      ),
    ];
  });
}

function isSeam(own: string, target: string): boolean {
  const exception = `${own} → ${target.replace('packages/hub/src/', '')}`;
  return target.endsWith(`/${hubSeam}`) || Object.hasOwn(hubExceptions, exception);
}

/** The feature of the hub that a file belongs to; files directly in `src`, and shared folders, belong to none. */
function featureOf(path: string): string | undefined {
  const folder = /^packages\/hub\/src\/([^/]+)\//.exec(path)?.[1];
  return folder === undefined || hubShared.includes(folder) ? undefined : folder;
}

function effectViolations(module: Module): string[] {
  if (!isSimulated(module.path)) return [];
  const uses = module.uses
    .filter(({ name }) => Object.hasOwn(effects, name))
    .map((use) =>
      at(module, use, 'effects', `\`${use.name}\` is an effect; use ${effects[use.name]}, injected`),
    );
  return [
    ...uses,
    ...module.imports.filter((one) => !one.typeOnly).flatMap((one) => effectImports(module, one)),
  ];
}

function effectImports(module: Module, one: Import): string[] {
  const port = effectModules[one.specifier] ?? effectModules[`node:${one.specifier}`];
  const names = one.names.filter((name) => Object.hasOwn(effectNames, name));
  return [
    ...(port ? [at(module, one, 'effects', `${one.specifier} is an effect; use ${port}, injected`)] : []),
    ...names.map((name) =>
      at(module, one, 'effects', `${name} is an effect; use ${effectNames[name]}, injected`),
    ),
  ];
}

/** Effects live in ports, in composition roots (`main.ts` and the entries of threads and children), and in tests. */
function isSimulated(path: string): boolean {
  const own = packageOf(path);
  if (own === undefined || !simulated.includes(own) || isTest(path)) return false;
  return !/\/ports\/|\/main\.ts$|-(?:thread|child)\.ts$/.test(path);
}

function onlyViolations(module: Module): string[] {
  return module.uses
    .filter(({ name }) => /^(?:test|it|describe|suite)\.only$/.test(name))
    .map((use) =>
      at(module, use, 'tests', `\`${use.name}\` keeps every other test from running; remove \`.only\``),
    );
}

function cycleViolation(cycle: string[]): string {
  return `${cycle[0]} cycles: ${cycle.join(' → ')}; move what they share into a file of its own that both import`;
}

function at(module: Module, { line }: { line: number }, rule: string, message: string): string {
  return `${module.path}:${line} ${rule}: ${message}`;
}
