import { type Clock, type Http, isSkerryError, type Logger } from '@skerry/kit';
import type { Link } from '../link/link.ts';
import type { Tell } from '../report/events.ts';
import type { Self } from '../self.ts';
import { isHttps } from './hub-addresses.ts';
import { rootsFrom } from './roots-from.ts';

export interface FollowRootOptions {
  readonly http: Http;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly self: Pick<Self, 'identity' | 'time' | 'rooted'>;
  readonly tell: Tell;
}

/** Whoever answers with another root, and has no word of ours for it, is not asked at every try. */
const PAUSE_MS = 60_000;

/**
 * A link that follows its hub to another root: when what answers is not the hub, it asks whoever that is for the
 * statements of its roots, goes from the one that is held to the newest, and tries again once that one is pinned.
 */
export function followingRoot(link: Link, options: FollowRootOptions): Link {
  let askedAt = Number.NEGATIVE_INFINITY;
  const isTime = () => options.clock.monotonic() - askedAt >= PAUSE_MS;

  const withNewestRoot = async <T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (!isSkerryError(error, 'CertificateRefused') || !isTime()) throw error;
      askedAt = options.clock.monotonic();
      if (!(await followRoot(options, signal))) throw error;
      askedAt = Number.NEGATIVE_INFINITY;
      return work();
    }
  };
  return {
    connect: (listener, signal) => withNewestRoot(() => link.connect(listener, signal), signal),
    fetchDesired: (etag, signal) => withNewestRoot(() => link.fetchDesired(etag, signal), signal),
    renew: (request, signal) => withNewestRoot(() => link.renew(request, signal), signal),
  };
}

/** True when another root is pinned now. */
async function followRoot(
  { http, logger, self, tell }: FollowRootOptions,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  for (const address of self.identity.addresses.filter(isHttps)) {
    if (signal?.aborted) return false;
    try {
      const path = await rootsFrom(address, http, self, signal);
      if (path.length === 0) continue;
      await self.rooted(path);
      tell(
        'Warning',
        'RootChanged',
        `the hub has another root now, ${path.length} after the one that was held`,
      );
      return true;
    } catch (error) {
      logger.debug('no other root of the hub was found', { address, error });
    }
  }
  return false;
}
