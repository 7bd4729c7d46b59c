import { isDeepStrictEqual } from 'node:util';
import type { PipelineSpec } from '@skerry/contracts';
import { failure } from '../errors.ts';
import type { Pipeline } from './pipeline.ts';

/** The pipelines of a runtime, by name. */
export interface Pipelines {
  /** Throws `PipelineNotFound`. */
  find(name: string): Pipeline;
  list(): Pipeline[];
  /** Puts a pipeline in the place of one of its name; nothing when it is as it was. Frames in work end in the old one. */
  put(name: string, spec: PipelineSpec): Promise<void>;
  /** Rejects with `PipelineNotFound`. */
  remove(name: string): Promise<void>;
  close(): Promise<void>;
}

export function pipelines(build: (name: string, spec: PipelineSpec) => Promise<Pipeline>): Pipelines {
  const byName = new Map<string, Pipeline>();
  const find = (name: string) => {
    const found = byName.get(name);
    if (!found) throw failure('PipelineNotFound', `there is no pipeline ${name} here`);
    return found;
  };
  return {
    find,
    list: () => [...byName.values()],
    async put(name, spec) {
      const before = byName.get(name);
      if (before && isDeepStrictEqual(before.spec, spec)) return;
      byName.set(name, await build(name, spec));
      await before?.close();
    },
    async remove(name) {
      const found = find(name);
      byName.delete(name);
      await found.close();
    },
    async close() {
      await Promise.all([...byName.values()].map((one) => one.close()));
      byName.clear();
    },
  };
}
