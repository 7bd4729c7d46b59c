import { withDeadline } from '@skerry/kit';
import { isHttps } from '../identity/hub-addresses.ts';
import type { DeviceIdentity } from '../identity/identity.ts';
import { rootsFrom } from '../identity/roots-from.ts';
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
  const ask = async (address: string): Promise<string> => {
    const newest = (await rootsFrom(address, http, { identity, time })).at(-1);
    if (newest === undefined) throw new Error(`no root of ${address} follows`);
    return newest;
  };
  const asked = identity.addresses
    .filter(isHttps)
    .map((address) => withDeadline(ask(address), DEADLINE_MS, clock, `asking ${address} for its roots`));
  return Promise.any(asked).catch(() => undefined);
}
