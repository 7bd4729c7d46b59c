import { rootsAfter, rootsResponse } from '@skerry/contracts';
import { type Clock, type Http, isSkerryError, type Logger } from '@skerry/kit';
import type { Link } from '../link/link.ts';
import type { Tell } from '../report/events.ts';
import type { Self } from '../self.ts';
import { answerOf } from './answers.ts';
import { isHttps } from './hub-addresses.ts';
import { askUnverified, requireHub } from './hub-client.ts';
import { derOf } from './identity.ts';

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

  const withNewestRoot = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (!isSkerryError(error, 'CertificateRefused') || !isTime()) throw error;
      askedAt = options.clock.monotonic();
      if (!(await followRoot(options))) throw error;
      askedAt = Number.NEGATIVE_INFINITY;
      return work();
    }
  };
  return {
    connect: (listener, signal) => withNewestRoot(() => link.connect(listener, signal)),
    fetchDesired: (etag, signal) => withNewestRoot(() => link.fetchDesired(etag, signal)),
    renew: (request, signal) => withNewestRoot(() => link.renew(request, signal)),
  };
}

/** True when another root is pinned now, durably. */
async function followRoot({ http, logger, self, tell }: FollowRootOptions): Promise<boolean> {
  for (const address of self.identity.addresses.filter(isHttps)) {
    try {
      const path = await pathFrom(address, http, self);
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

/**
 * The roots from the one that is held to the one that the other side stands under. Nobody is believed for answering:
 * each statement is signed by the root before it, and the connection itself has to stand under the last.
 */
async function pathFrom(address: string, http: Http, self: FollowRootOptions['self']): Promise<string[]> {
  const { root, hubId } = self.identity;
  const response = await askUnverified(http, new URL('/join/v1/roots', address));
  const chain = response.peerChain();
  const { statements } = await answerOf(response, rootsResponse, `asking ${address} for its roots`);
  const path = rootsAfter(root, statements, hubId);
  if (path.length > 0) requireHub(chain, derOf(path.at(-1)!), hubId, self.time);
  return path;
}
