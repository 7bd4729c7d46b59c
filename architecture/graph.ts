import { posix } from 'node:path';
import type { Module } from './parse.ts';

/** Where each import of the project's own files leads: by file, then by specifier. */
export type Graph = ReadonlyMap<string, ReadonlyMap<string, string>>;

/**
 * @param exports  the source file of each `@skerry/…` specifier
 */
export function importGraph(modules: readonly Module[], exports: ReadonlyMap<string, string>): Graph {
  return new Map(modules.map((module) => [module.path, targetsOf(module, exports)]));
}

function targetsOf({ path, imports }: Module, exports: ReadonlyMap<string, string>): Map<string, string> {
  const targets = new Map<string, string>();
  for (const { specifier } of imports) {
    const target = specifier.startsWith('.')
      ? posix.join(posix.dirname(path), specifier)
      : exports.get(specifier);
    if (target !== undefined) targets.set(specifier, target);
  }
  return targets;
}

/**
 * The import cycles of a graph, one of each knot of files that import each other.
 *
 * @returns for each the files in the order of import, the first repeated at the end
 */
export function cyclesOf(graph: Graph): string[][] {
  const done = new Set<string>();
  const cycles: string[][] = [];
  for (const start of [...graph.keys()].sort()) {
    const cycle = done.has(start) ? undefined : firstCycle(graph, start, done);
    if (cycle) cycles.push(cycle);
  }
  return cycles;
}

function firstCycle(graph: Graph, start: string, done: Set<string>): string[] | undefined {
  const path: string[] = [];
  const visit = (file: string): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    path.push(file);
    for (const next of graph.get(file)?.values() ?? []) {
      const cycle = visit(next);
      if (cycle) return cycle;
    }
    path.pop();
    done.add(file);
    return undefined;
  };
  const cycle = visit(start);
  for (const file of path) done.add(file);
  return cycle;
}
