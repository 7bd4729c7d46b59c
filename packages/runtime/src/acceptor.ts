import type { Context } from './context.ts';
import { type Accept, acceptInChild } from './models/accept.ts';

const DEADLINE_MS = 60_000;

/** Acceptance in a child process, as a part of the lifetime: a child at work ends with it. */
export async function startAcceptor({
  life,
  ports,
  logger,
  acceptanceChild: child,
}: Context): Promise<Accept> {
  const stopping = await life.start(
    'acceptance',
    () => new AbortController(),
    (controller) => controller.abort(new Error('the runtime is stopping')),
  );
  return acceptInChild({ ...ports, logger, child, deadlineMs: DEADLINE_MS, signal: stopping.signal });
}
