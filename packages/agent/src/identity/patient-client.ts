import type { Clock, HttpResponse, Logger, Random } from '@skerry/kit';
import type { HubClient, HubRequest } from './hub-client.ts';

export interface PatientOptions {
  readonly clock: Pick<Clock, 'sleep'>;
  readonly random: Pick<Random, 'number'>;
  readonly logger: Logger;
}

const LONGEST_PAUSE_MS = 3_600_000;
/** Then the hub's answer stands as it is. */
const MOST_POSTPONED = 50;

/**
 * Asks again when the hub says that it is this device's turn (`Retry-After` of a 503 or 429), a little later by chance.
 * Nothing failed meanwhile: whoever asked waits, until its signal aborts; who is hurried, or has no signal, is answered at
 * once.
 */
export function patientClient(hub: HubClient, { clock, random, logger }: PatientOptions): HubClient {
  return {
    async request(path, request) {
      for (let postponed = 0; ; postponed++) {
        const response = await hub.request(path, request);
        const pauseMs = retryAfterMs(response);
        if (pauseMs === undefined || !isPatient(request) || postponed === MOST_POSTPONED) return response;
        response.discard();
        const delayMs = pauseMs + random.number() * Math.max(1_000, pauseMs / 10);
        logger.info('the hub serves others first', { path, comesBackInMs: Math.round(delayMs) });
        await clock.sleep(delayMs, request.signal);
      }
    },
  };
}

const isPatient = ({ isHurried, signal }: HubRequest) => !isHurried && signal !== undefined;

/**
 * When the sender wants to be asked again, in ms (RFC 9110 §10.2.3): in seconds, or a date, which counts from the
 * sender's own. Undefined where it said nothing of the kind.
 */
function retryAfterMs({ status, headers }: HttpResponse): number | undefined {
  const said = headers['retry-after'];
  if ((status !== 503 && status !== 429) || said === undefined) return undefined;
  const ms = /^\d+$/.test(said) ? Number(said) * 1000 : Date.parse(said) - Date.parse(headers.date ?? '');
  return Number.isNaN(ms) ? undefined : Math.min(LONGEST_PAUSE_MS, Math.max(0, ms));
}
