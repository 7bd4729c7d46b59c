import { z } from 'zod';

/** RFC 9457 problem+json. `next` says what to do; `errors` points at each fault of a request. */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string().optional(),
  instance: z.string().optional(),
  next: z.string().optional(),
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
});
export type Problem = z.infer<typeof problem>;
export const problemMediaType = 'application/problem+json';
