import { z } from 'zod';
import { name } from '../names.ts';
import { objectOf } from './envelope.ts';

/** A name, or the beginning of names and a star. */
const pattern = z
  .string()
  .max(256)
  .regex(/^(?:[^*]+\*?|\*)$/, 'must be a name, the beginning of names and a * (meter-*), or * for all');

/** What a client of a model server may want; health may be asked by everybody. */
export const servingAction = z.enum(['infer', 'metadata', 'repository', 'metrics']);
export type ServingAction = z.infer<typeof servingAction>;

/** Who it is, by exactly one of the two, and what is permitted. */
export const keySetEntry = z
  .strictObject({
    /** Of an API key: `sha256:` over the whole key. */
    hash: z
      .string()
      .regex(/^sha256:[0-9a-f]{64}$/, 'must be sha256: and 64 hexadecimal digits')
      .optional(),
    /** Common name, or URI among the alternative names, of a client's certificate. */
    certificate: z.string().min(1).max(256).optional(),
    models: z.array(pattern).default([]),
    /** Pipelines that frames may be sent to. */
    pipelines: z.array(pattern).default([]),
    allow: z.array(servingAction).default(['infer', 'metadata']),
  })
  .refine(
    ({ hash, certificate }) => (hash === undefined) !== (certificate === undefined),
    'needs a hash (of an API key) or a certificate, and not both',
  );
export type KeySetEntry = z.infer<typeof keySetEntry>;

export const keySetSpec = z.strictObject({ keys: z.record(name, keySetEntry).default({}) });

/** Who may ask a model server: the file that `skerry key` writes. */
export const keySetObject = objectOf('KeySet', keySetSpec);
export type KeySetObject = z.infer<typeof keySetObject>;
