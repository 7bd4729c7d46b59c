import { rootsAfter, rootsResponse } from '@skerry/contracts';
import { withDeadline } from '@skerry/kit';
import { answerOf } from '../identity/answers.ts';
import { isHttps } from '../identity/hub-addresses.ts';
import { askUnverified, requireHub } from '../identity/hub-client.ts';
import { type DeviceIdentity, derOf } from '../identity/identity.ts';
import type { TrustedTime } from '../identity/trusted-time.ts';
import type { CheckPorts } from './site.ts';

const DEADLINE_MS = 5_000;

/**
 * The root (PEM) under which the hub stands now, where the one that is held leads to it by what each root signed;
 * undefined where no address proves that. Nothing is kept: the agent follows its hub by itself.
 */
export async function findNewRoot(
  { http, clock }: Pick<CheckPorts, 'http' | 'clock'>,
  identity: DeviceIdentity,
  time: TrustedTime,
): Promise<string | undefined> {
  const { addresses, root, hubId } = identity;
  const ask = async (address: string): Promise<string> => {
    const response = await askUnverified(http, new URL('/join/v1/roots', address));
    const chain = response.peerChain();
    const { statements } = await answerOf(response, rootsResponse, `asking ${address} for its roots`);
    // Where no root follows nobody can stand under it.
    const newest = rootsAfter(root, statements, hubId).at(-1) ?? '';
    requireHub(chain, derOf(newest), hubId, time);
    return newest;
  };
  const asked = addresses
    .filter(isHttps)
    .map((address) => withDeadline(ask(address), DEADLINE_MS, clock, `asking ${address} for its roots`));
  return Promise.any(asked).catch(() => undefined);
}
