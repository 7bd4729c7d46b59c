import { isSkerryError, SkerryError } from '../../errors.ts';
import type { HttpRequest } from '../http.ts';
import { errnoOf } from './errno.ts';

/** How OpenSSL and Node name a refused certificate, theirs or ours. */
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_|ALERT_UNKNOWN_CA|ALERT_ACCESS_DENIED/;

/** What a failed request rejects with: the signal's reason, an error of ours, or what the system's error means. */
export function httpError(error: unknown, request: HttpRequest, signal?: AbortSignal): unknown {
  if (signal?.aborted) return signal.reason;
  if (isSkerryError(error)) return error;
  return CERTIFICATE.test(errnoOf(error)) ? certificateRefused(error, request) : unreachable(error, request);
}

const where = ({ url, socketPath }: HttpRequest) => socketPath ?? new URL(url).host;
function why(error: unknown): string {
  if (errnoOf(error) === 'ERR_SSL_WRONG_VERSION_NUMBER') return 'it does not speak TLS';
  return error instanceof AggregateError ? String(error.errors[0]?.message) : (error as Error).message;
}

export const certificateRefused = (cause: unknown, request: HttpRequest) =>
  new SkerryError({
    code: 'CertificateRefused',
    detail: `no trust between us and ${where(request)}: ${why(cause)}`,
    next: 'Check that both sides belong to the same hub, and that the time is right on both.',
    status: 502,
    cause,
  });

const unreachable = (cause: unknown, request: HttpRequest) =>
  new SkerryError({
    code: 'Unreachable',
    detail: `${where(request)} did not answer: ${why(cause)}`,
    next: 'Check the address, that the process runs there, and the network between.',
    status: 502,
    cause,
  });

export const payloadTooLarge = (maxBytes: number, { url }: HttpRequest) =>
  new SkerryError({
    code: 'PayloadTooLarge',
    detail: `the answer of ${new URL(url).pathname} is larger than ${maxBytes} bytes`,
    next: 'Ask for less at once.',
    status: 413,
  });
