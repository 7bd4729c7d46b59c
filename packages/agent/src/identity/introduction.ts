import { type Inventory, introductionResponse } from '@skerry/contracts';
import type { Clock } from '@skerry/kit';
import { answerOf } from './answers.ts';
import type { HubClient } from './hub-client.ts';

export interface IntroductionOptions {
  readonly hub: HubClient;
  readonly clock: Clock;
  /** As it was told when it joined. */
  readonly name: string;
  readonly inventory: Inventory;
  /** Of the certificate that it shows: a person compares it with what the hub was shown. */
  readonly fingerprint: () => string;
}

/** The hub knows this device's certificate for its own, and not the device: a person has to say that it may come in. */
export interface Waiting {
  readonly detail: string;
  readonly retryAfterMs: number;
}

const ASK_EVERY_MS = 10_000;
const DEADLINE_MS = 5_000;
const MAX_BYTES = 16 * 1024;

/**
 * Asks the hub why it does not let this device in; to be called when it did not. Undefined when there is nothing to wait
 * for, or nobody that could be asked. Never rejects; asks seldom, and otherwise says what it was told last.
 */
export function introduction(
  options: IntroductionOptions,
): (signal: AbortSignal) => Promise<Waiting | undefined> {
  const { clock } = options;
  let notBefore = 0;
  let last: Waiting | undefined;
  return async (signal) => {
    if (clock.monotonic() < notBefore) return last;
    last = await ask(options, signal).catch(() => undefined);
    notBefore = clock.monotonic() + (last ? last.retryAfterMs / 2 : ASK_EVERY_MS);
    return last;
  };
}

async function ask(
  { hub, name, inventory, fingerprint }: IntroductionOptions,
  signal: AbortSignal,
): Promise<Waiting | undefined> {
  const response = await hub.request('/link/v1/introduction', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, inventory }),
    deadlineMs: DEADLINE_MS,
    signal,
    isHurried: true,
    maxBytes: MAX_BYTES,
  });
  const { standing, retryAfterMs } = await answerOf(
    response,
    introductionResponse,
    'asking how this device stands',
  );
  if (standing === 'member') return undefined;
  const detail =
    'the hub does not know this device any more; it waits for a person there to let it in (AwaitsAdmission)';
  return { detail: `${detail}, with the certificate ${fingerprint()}`, retryAfterMs };
}
