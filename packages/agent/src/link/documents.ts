import { desiredDocument, renewResponse } from '@skerry/contracts';
import { answerOf } from '../identity/answers.ts';
import type { HubClient } from '../identity/hub-client.ts';
import type { Link } from './link.ts';

const DEADLINE_MS = 30_000;
const MAX_DESIRED_BYTES = 16 * 1024 * 1024;
const MAX_CHAIN_BYTES = 256 * 1024;

/** What every link fetches by HTTPS, since it is too large or too rare for a message. */
export function hubDocuments(hub: HubClient): Pick<Link, 'fetchDesired' | 'renew'> {
  return {
    async fetchDesired(etag, signal) {
      const headers = etag === undefined ? {} : { 'if-none-match': etag };
      const get = { method: 'GET', headers, signal, deadlineMs: DEADLINE_MS, maxBytes: MAX_DESIRED_BYTES };
      const response = await hub.request('/link/v1/desired', get);
      if (response.status === 304) {
        response.discard();
        return undefined;
      }
      const document = await answerOf(response, desiredDocument, 'fetching the desired state');
      return { document, etag: response.headers.etag ?? '' };
    },

    async renew(request, signal) {
      const response = await hub.request('/link/v1/renew', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(request),
        signal,
        deadlineMs: DEADLINE_MS,
        maxBytes: MAX_CHAIN_BYTES,
      });
      return answerOf(response, renewResponse, 'renewing the certificate');
    },
  };
}
