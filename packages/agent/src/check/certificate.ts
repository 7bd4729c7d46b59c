import { checkedChain, type DeviceIdentity, validityOf } from '../identity/identity.ts';
import { renewsAt } from '../identity/renewal.ts';
import { latestPast } from './clock.ts';
import { span } from './figures.ts';
import { type Found, fail, failedBy, pass, warn } from './finding.ts';
import type { Site } from './site.ts';

/** Who this device is: whether its key, its certificate and the hub's root go together, and until when. */
export async function checkCertificate(site: Site): Promise<Found[]> {
  if ('fault' in site.identity) return [failedBy(site.identity.fault)];
  const identity = site.identity.value;
  if (!identity)
    return [
      fail(
        `${site.folder} has not joined a hub`,
        'Make a token on the hub with `skerry device token`, and run `skerry agent join -` here.',
      ),
    ];
  const now = Math.max(site.ports.clock.now(), (await latestPast(site))?.at ?? 0);
  const distrust = ofTrust(identity);
  return distrust ? [distrust] : [ofTime(identity, now)];
}

/** As it was when it was new: that it has ended since is said apart. */
function ofTrust(identity: DeviceIdentity): Found | undefined {
  const roots = [identity.root, ...(identity.formerRoots ?? [])];
  const faults = roots.map((root) => faultUnder(root, identity));
  return faults.includes(undefined) ? undefined : failedBy(faults[0]);
}

function faultUnder(root: string, identity: DeviceIdentity): unknown {
  try {
    checkedChain(identity.chain, { ...identity, root }, { atLeast: 0 });
    return undefined;
  } catch (error) {
    return error;
  }
}

function ofTime(identity: DeviceIdentity, now: number): Found {
  const { notAfter } = validityOf(identity.chain);
  const left = notAfter - now;
  const who = `${identity.name}’s certificate`;
  if (left <= 0)
    return warn(
      `${who} ended ${span(-left)} ago`,
      'Let the device reach its hub: it asks for a new one with its key, and the hub’s policy decides. See also the clock.',
    );
  const words = `${who} is valid for ${span(left)} more`;
  if (renewsAt(identity) >= now) return pass(words);
  return warn(
    `${words}, and its renewal is due`,
    'Nothing, if the hub was away: it is renewed when it is back.',
  );
}
