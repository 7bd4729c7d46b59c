import { z } from 'zod';
import { duration } from '../units.ts';

const version = z.number().int().positive();

/** `spec.serving` of a model.yaml. */
export const modelServing = z.strictObject({
  /** `inline` runs on the thread that reads the request, `instance` on a thread of the model's own. */
  execution: z.enum(['inline', 'instance']).optional(),
  /** Sessions on threads of their own. */
  instances: z.number().int().min(1).max(64).optional(),
  /** Cores, as the system numbers them, that run this model and no other. */
  cores: z.array(z.number().int().min(0).max(4095)).min(1).optional(),
  /** A request without a timeout of its own that cannot be answered in this time is refused at once. */
  latencyObjective: duration.optional(),
  /** Rows that run together, at most; 1 turns batching off. */
  maxBatch: z.number().int().min(1).max(4096).optional(),
  /** How long an idle instance waits for more rows; without it not at all. */
  maxQueueDelay: duration.optional(),
  /** Requests that wait, at most, for all instances together. */
  queueLimit: z.number().int().min(1).max(1_000_000).optional(),
  /** Which of the versions on disk serve, in Triton's layout; the latest alone where nothing is said. */
  versions: z
    .union([
      z.literal('all'),
      z.strictObject({ latest: z.number().int().min(1).max(64) }),
      z.array(version).min(1),
    ])
    .optional(),
  /** Names for versions, such as `champion`, by which clients may ask for them. */
  aliases: z.record(z.string().regex(/^[a-z][a-z0-9-]{0,62}$/), version).optional(),
});
export type ModelServing = z.infer<typeof modelServing>;
