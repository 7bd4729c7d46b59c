import { z } from 'zod';

/** What a device can be asked to do, each with its arguments. */
export const commandArgs = {
  /** Says that it is there. */
  ping: z.strictObject({}),
  /** A page of what agent and runtime said. */
  logs: z.strictObject({
    parts: z
      .array(z.enum(['agent', 'runtime']))
      .min(1)
      .max(2)
      .default(['agent', 'runtime']),
    /** Only what was said in the last so many ms. */
    sinceMs: z.number().int().nonnegative().optional(),
    /** Only the last so many lines. */
    tail: z.number().int().positive().max(10_000).optional(),
    /** Where the page before ended, as its `next` said: then the page goes on there. */
    after: z.string().max(1024).optional(),
  }),
  /** All that the device can check of itself. */
  check: z.strictObject({}),
  /** Ends the runtime, and starts it again; requests in flight are answered first. */
  'restart-runtime': z.strictObject({}),
  /** Hands something to the site's own programs. */
  message: z.strictObject({ body: z.json() }),
} as const;
export type CommandKind = keyof typeof commandArgs;
export const commandKinds = Object.keys(commandArgs) as CommandKind[];
export type CommandArgs<Kind extends CommandKind> = z.output<(typeof commandArgs)[Kind]>;

/** One line of a log, with pino's names: `time` in ms since the epoch, `level` absent where the line is no line of a log. */
export const logLine = z.looseObject({
  name: z.enum(['agent', 'runtime']),
  time: z.number(),
  level: z.number().optional(),
  msg: z.string(),
});
export type LogLine = z.infer<typeof logLine>;

/** The result of `logs`. */
export const logPage = z.object({
  lines: z.array(logLine),
  /** What to ask for `after`, to go on. */
  next: z.string().max(1024),
  /** Whether there is more already. */
  more: z.boolean(),
  /** True where lines between the page before and this one are not kept any more. */
  missed: z.boolean().optional(),
});
export type LogPage = z.infer<typeof logPage>;

/** The result of `check`. */
export const checkResult = z.object({
  ok: z.boolean(),
  findings: z.array(
    z.object({
      check: z.string(),
      status: z.enum(['pass', 'warn', 'fail']),
      message: z.string(),
      next: z.string().optional(),
    }),
  ),
});
export type CheckResult = z.infer<typeof checkResult>;

/** The result of `message`: its number in the device's inbox. */
export const messageResult = z.object({ number: z.number().int().positive() });
export type MessageResult = z.infer<typeof messageResult>;

/** A message as the site's own programs read it on the device: `GET /v1/messages?after=NUMBER` at the agent's socket. */
export const inboxMessage = z.object({
  /** Without gaps, in the order of arrival: from 1, or from far behind where a lost inbox ended. */
  number: z.number().int().positive(),
  /** Of the command that brought it. */
  id: z.string(),
  body: z.json(),
});
export type InboxMessage = z.infer<typeof inboxMessage>;

export const inboxPage = z.object({
  messages: z.array(inboxMessage),
  /** Number of the oldest message that is still kept, or of the next one to come; those before it are gone. */
  oldest: z.number().int().positive(),
});
export type InboxPage = z.infer<typeof inboxPage>;
