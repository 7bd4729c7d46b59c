import { type Clock, type Http, type Logger, type Random, retry } from '@skerry/kit';
import { failure } from '../../errors.ts';
import { localAction } from './local-action.ts';
import type { LocalSink } from './sink.ts';

export interface WebhookOptions {
  readonly http: Http;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly url: string;
  /** Of one try. */
  readonly timeoutMs: number;
}

const ATTEMPTS = 4;
const BACKOFF = { baseMs: 200, capMs: 2_000 };

/** POSTs each result as a CloudEvent (HTTP binding, structured mode). Any 2xx is a success. */
export function webhookSink({ http, clock, random, logger, url, timeoutMs }: WebhookOptions): LocalSink {
  const post = async (body: string, signal: AbortSignal) => {
    const headers = { 'content-type': 'application/cloudevents+json' };
    const answer = await http.request({ method: 'POST', url, headers, body, signal, deadlineMs: timeoutMs });
    answer.discard();
    if (answer.status < 200 || answer.status > 299)
      throw failure('Unreachable', `the webhook ${url} answered ${answer.status}`);
  };
  return localAction({
    clock,
    logger: logger.child({ webhook: url }),
    act: (event, signal) =>
      retry(() => post(JSON.stringify(event), signal), {
        ...BACKOFF,
        clock,
        random,
        attempts: ATTEMPTS,
        signal,
      }),
  });
}
