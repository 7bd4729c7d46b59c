import { z } from 'zod';
import { id } from '../names.ts';

/** Bytes of the JSON of a command's arguments, or of an answer's result, at most. */
export const maxCommandBytes = 128 * 1024;

/**
 * `down/command`: something to do once, within a live session. It carries the time that is left and no date, so
 * that a device whose clock is wrong is as punctual as any.
 */
export const command = z.object({
  /** The same in every repeat: a command that was begun is never begun again. */
  id,
  session: id,
  /** Place among the commands of this device: they rise in the order in which they were asked for. */
  number: z.number().int().positive(),
  /** Of all up to this number the hub has the outcome: it asks for none of them again, and they may be forgotten. */
  settled: z.number().int().nonnegative(),
  kind: z.string().min(1).max(64),
  leftMs: z.number().int().nonnegative(),
  args: z.record(z.string(), z.json()),
});
export type Command = z.infer<typeof command>;

/**
 * `up/answer`: what became of a command. `unknown`: it was begun, and the device was restarted before it could
 * note how it ended. `expired`: no time was left. `refused`: this device does not do such a thing.
 */
export const commandAnswer = z.object({
  id,
  session: id,
  outcome: z.enum(['done', 'failed', 'unknown', 'expired', 'refused']),
  /** A code of the catalogue, where it is not `done`. */
  reason: z.string().max(64).optional(),
  message: z.string().max(1024).optional(),
  result: z.record(z.string(), z.json()).optional(),
});
export type CommandAnswer = z.infer<typeof commandAnswer>;
