import { z } from 'zod';
import { name } from '../names.ts';
import { inventory } from './join.ts';

/**
 * `POST /link/v1/introduction`, by mutual TLS: how a device asks why it is not let in. All that a device may say whose
 * certificate is of this hub while the hub, restored from an older backup, does not know it.
 */
export const introductionRequest = z.object({
  /** What it is called, as it was told when it joined. */
  name,
  inventory,
});
export type IntroductionRequest = z.infer<typeof introductionRequest>;

export const introductionResponse = z.object({
  /** `waiting`: for a person to admit it. */
  standing: z.enum(['member', 'waiting']),
  /** When to look again, ms. */
  retryAfterMs: z.number().int().nonnegative(),
});
export type IntroductionResponse = z.infer<typeof introductionResponse>;
