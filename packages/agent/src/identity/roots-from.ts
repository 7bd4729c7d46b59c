import { rootsAfter, rootsResponse } from '@skerry/contracts';
import type { Http } from '@skerry/kit';
import { answerOf } from './answers.ts';
import { askUnverified, requireHub } from './hub-client.ts';
import { type DeviceIdentity, derOf } from './identity.ts';
import type { TrustedTime } from './trusted-time.ts';

/**
 * The roots (PEM) from the one that is held to the one that the other side stands under; none where that is no other.
 * Nobody is believed for answering: each statement is signed by the root before it, and the connection itself has to
 * stand under the last.
 */
export async function rootsFrom(
  address: string,
  http: Http,
  { identity, time }: { readonly identity: DeviceIdentity; readonly time: TrustedTime },
  signal?: AbortSignal,
): Promise<string[]> {
  const { root, hubId } = identity;
  const response = await askUnverified(http, new URL('/join/v1/roots', address), signal);
  const chain = response.peerChain();
  const { statements } = await answerOf(response, rootsResponse, `asking ${address} for its roots`);
  const path = rootsAfter(root, statements, hubId);
  if (path.length > 0) requireHub(chain, derOf(path.at(-1)!), hubId, time);
  return path;
}
