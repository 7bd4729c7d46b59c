import type { InboxPage } from '@skerry/contracts';
import type { Clock } from '@skerry/kit';
import type { HttpApiHandler } from '@skerry/kit/node';
import { z } from 'zod';
import { agentError } from '../errors.ts';
import type { Inbox } from './records.ts';

const query = z.strictObject({
  after: z.coerce.number().int().nonnegative().default(0),
  waitSeconds: z.coerce.number().min(0).max(25).default(0),
});
const LOOK_MS = 250;

/** `GET /v1/messages?after=NUMBER&waitSeconds=20`: messages behind a number, as soon as there is one. */
export function messagesHandler(inbox: Inbox, clock: Clock): HttpApiHandler {
  return async ({ query: given, signal }): Promise<InboxPage> => {
    const parsed = query.safeParse(Object.fromEntries(given));
    if (!parsed.success) throw badQuery(parsed.error);
    const { after, waitSeconds } = parsed.data;
    const until = clock.monotonic() + waitSeconds * 1000;
    for (;;) {
      const page = inbox.after(after);
      if (page.messages.length > 0 || clock.monotonic() >= until || signal.aborted) return page;
      await clock.sleep(LOOK_MS, signal).catch(() => {});
    }
  };
}

function badQuery(cause: z.ZodError) {
  const [issue] = cause.issues;
  return agentError('InvalidRequest', `${issue?.path.join('.') || 'the query'}: ${issue?.message}`, {
    next: 'Ask for ?after=NUMBER, and with waitSeconds=20 to wait for what comes.',
    cause,
  });
}
