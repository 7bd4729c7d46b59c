import type { z } from 'zod';

export interface YamlSource {
  /** As it stands in messages: `fleet.yaml`. */
  readonly name: string;
  readonly text: string;
}

/** Where something stands in a YAML file. Lines and columns from 1. */
export interface YamlPlace {
  readonly name: string;
  readonly line: number;
  readonly column: number;
}

export interface YamlDocument<T> {
  readonly value: T;
  readonly place: YamlPlace;
  /** Where a part of it stands, such as `['spec', 'models', 'digits']`; the nearest parent that is there. */
  placeOf(path: readonly PropertyKey[]): YamlPlace;
}

/** The schema of each `apiVersion/kind`, such as `skerry.dev/v1alpha1/Deployment`. Use strict objects. */
export type YamlSchemas<T> = Readonly<Record<string, z.ZodType<T>>>;

/** All documents of a file. Throws `InvalidFile`, with every fault as `name:line:column: path: what` in its detail. */
export function parseYamlDocuments<T>(_source: YamlSource, _schemas: YamlSchemas<T>): YamlDocument<T>[] {
  throw new Error('being written');
}

/** The one document of a file without `kind`, such as model.yaml or a configuration. */
export function parseYaml<T>(_source: YamlSource, _schema: z.ZodType<T>): YamlDocument<T> {
  throw new Error('being written');
}
