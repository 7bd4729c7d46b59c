import { z } from 'zod';
import { commandArgs } from '../link/command-kinds.ts';
import { id, instant, name } from '../names.ts';

const day = 86_400;
/** Seconds that a command waits for its device, at most. */
export const longestCommandTtl = 30 * day;

const ttlSeconds = z.number().int().min(1).max(longestCommandTtl).default(3600);
const requestOf = <const Kind extends string, Args extends z.ZodType>(kind: Kind, args: Args) =>
  z.strictObject({ kind: z.literal(kind), args, ttlSeconds });
const none = commandArgs.ping.default({});

/** `POST …/devices/{name}/commands`, answered with 202 and the command. */
export const commandRequest = z.discriminatedUnion('kind', [
  requestOf('ping', none),
  requestOf('logs', commandArgs.logs.default({ parts: ['agent', 'runtime'] })),
  requestOf('check', none),
  requestOf('restart-runtime', none),
  requestOf('message', commandArgs.message),
]);
export type CommandRequest = z.input<typeof commandRequest>;

/**
 * `queued` until it is sent in a session of the device; `sent` until the answer. `expired`: the device never got it
 * in time. `unknown`: it was sent, and whether it was done nobody knows.
 */
export const commandState = z.enum(['queued', 'sent', 'done', 'failed', 'unknown', 'expired', 'refused']);
export type CommandState = z.infer<typeof commandState>;

/** A command as the hub keeps it. Its arguments are between who asked and the device. */
export const commandResource = z.object({
  id,
  device: name,
  kind: z.string(),
  state: commandState,
  /** Who asked. */
  by: z.string(),
  createdAt: instant,
  expiresAt: instant,
  sentAt: instant.optional(),
  settledAt: instant.optional(),
  /** A code of the catalogue, where it came to something else than `done`. */
  reason: z.string().optional(),
  message: z.string().optional(),
  /** In the answer about one command alone, and for the newest of a device alone. */
  result: z.record(z.string(), z.json()).optional(),
});
export type CommandResource = z.infer<typeof commandResource>;
