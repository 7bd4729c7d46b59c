import {
  backoffDelay,
  type Clock,
  type Http,
  type HttpResponse,
  isSkerryError,
  type Random,
} from '@skerry/kit';
import { refusalOf } from '../../identity/answers.ts';
import { pinned } from '../../identity/hub-client.ts';
import { type DeviceIdentity, derOf } from '../../identity/identity.ts';
import type { TrustedTime } from '../../identity/trusted-time.ts';

export interface Question {
  readonly method: string;
  /** Starts with `/`. */
  readonly path: string;
  readonly body?: Uint8Array;
  readonly deadlineMs: number;
}

export interface Asking {
  /** One try. Rejects with what the hub refused it with, or as `Http` does. */
  once(question: Question, signal: AbortSignal): Promise<Uint8Array>;
  /**
   * Asks again what got lost, a few times, and what the hub could not take yet, when it said (`Retry-After`). `lost`
   * is how often it got lost so far.
   */
  untilAnswered(question: (lost: number) => Question, signal: AbortSignal): Promise<Uint8Array>;
}

export interface AskingOptions {
  readonly http: Http;
  readonly clock: Clock;
  readonly random: Random;
  readonly address: URL;
  readonly identity: DeviceIdentity;
  readonly time: TrustedTime;
}

/** A lost answer is asked for again within seconds: after half a minute the hub takes the device to be offline. */
const LOST = { baseMs: 500, capMs: 5_000 };
const MOST_LOST = 5;
const MOST_POSTPONED = 20;
const LONGEST_PAUSE_MS = 60_000;
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/** Puts questions to one address of the hub, on one connection. */
export function asking(options: AskingOptions): Asking {
  const { http, clock, random, address, identity, time } = options;
  const { chain, key, root, hubId } = identity;
  const tls = { cert: chain.join('\n'), key, ...pinned(derOf(root), hubId, time) };

  const send = (question: Question, signal: AbortSignal): Promise<HttpResponse> => {
    const { method, path, body, deadlineMs } = question;
    const headers = body && {
      'content-type': 'application/octet-stream',
      'content-length': `${body.length}`,
    };
    const url = new URL(path, address).href;
    return http.request({ method, url, headers, body, tls, signal, deadlineMs, maxBytes: MAX_ANSWER_BYTES });
  };

  const answered = async (question: Question, signal: AbortSignal): Promise<Answer> => {
    const response = await send(question, signal);
    const body = await response.body();
    if (response.status < 300) return { body };
    const refusal = refusalOf(response.status, Buffer.from(body).toString(), 'the link');
    const seconds = Number(response.headers['retry-after']);
    if (response.status !== 503 || !(seconds >= 0)) throw refusal;
    return { refusal, pauseMs: Math.min(LONGEST_PAUSE_MS, seconds * 1000) };
  };

  const once: Asking['once'] = async (question, signal) => {
    const answer = await answered(question, signal);
    if ('body' in answer) return answer.body;
    throw answer.refusal;
  };

  return {
    once,
    async untilAnswered(question, signal) {
      for (let lost = 0, postponed = 0; ; ) {
        let pauseMs: number;
        try {
          const answer = await answered(question(lost), signal);
          if ('body' in answer) return answer.body;
          if (++postponed > MOST_POSTPONED) throw answer.refusal;
          pauseMs = answer.pauseMs * (1 + random.number() / 2);
        } catch (error) {
          if (signal.aborted || !isLost(error) || ++lost > MOST_LOST) throw error;
          pauseMs = lost === 1 ? 0 : backoffDelay(LOST, lost, random);
        }
        await clock.sleep(pauseMs, signal);
      }
    },
  };
}

type Answer = { readonly body: Uint8Array } | { readonly refusal: Error; readonly pauseMs: number };

const isLost = (error: unknown) =>
  isSkerryError(error, 'Unreachable') || isSkerryError(error, 'DeadlineExceeded');
