import type { ServerResponse } from 'node:http';
import { isSkerryError, type Logger, type SkerryError } from '@skerry/kit';
import { failure } from '../../errors.ts';
import { respondJson } from '../../http/respond.ts';

/**
 * `{"error": …}` with the status that belongs to it (OIP v2, REST), and the code that `skerry explain` knows.
 * What is not ours is a defect: logged, and 500.
 */
export function respondError(response: ServerResponse, error: unknown, logger: Logger): void {
  if (response.headersSent || response.destroyed) response.destroy();
  else if (isSkerryError(error)) respondProblem(response, error);
  else {
    logger.error('a request failed unexpectedly', { error });
    respondProblem(response, failure('Internal', 'something broke inside; see the log of the runtime'));
  }
}

function respondProblem(response: ServerResponse, { code, detail, status, fields }: SkerryError): void {
  if (status === 405) response.setHeader('Allow', String(fields.allow));
  if (status === 503) response.setHeader('Retry-After', '1');
  if (status === 401) response.setHeader('WWW-Authenticate', 'Bearer');
  // A body that nobody will read may follow, or the connection itself is the trouble.
  if (status === 413 || status === 401 || code === 'TooManyConnections')
    response.setHeader('Connection', 'close');
  respondJson(response, status, { error: detail, code });
}
