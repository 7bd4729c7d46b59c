import { z } from 'zod';
import { labels, name } from '../names.ts';

export const apiVersion = 'skerry.dev/v1alpha1';

/** The head that every object has in files and in the API. */
export const metadata = z.strictObject({ name, labels: labels.optional() });
export type Metadata = z.infer<typeof metadata>;

/** A strict schema of one kind: unknown keys are errors. */
export function objectOf<Kind extends string, Spec extends z.ZodType>(kind: Kind, spec: Spec) {
  return z.strictObject({ apiVersion: z.literal(apiVersion), kind: z.literal(kind), metadata, spec });
}
