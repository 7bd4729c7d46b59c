import { z } from 'zod';

/** What the child is asked on stdin, as one JSON document: a folder or an ONNX file. */
export const acceptanceQuestion = z.object({ path: z.string() });

/** What it answers on stdout, as one JSON line. */
export const acceptanceAnswer = z.discriminatedUnion('accepted', [
  z.object({
    accepted: z.literal(true),
    /** Cases that passed: all there are. */
    cases: z.number(),
    p50Us: z.number().optional(),
    p99Us: z.number().optional(),
  }),
  z.object({
    accepted: z.literal(false),
    /** Of the catalogue. */
    code: z.string(),
    message: z.string(),
    p50Us: z.number().optional(),
    p99Us: z.number().optional(),
  }),
]);
export type AcceptanceAnswer = z.infer<typeof acceptanceAnswer>;
