import { type DesiredDocument, type Opened, openDesired } from '@skerry/contracts';
import { type DeviceIdentity, rootsOf } from '../identity/identity.ts';

/**
 * Opens a document that was verified before, as at that moment (ms since the epoch): under the root that is pinned, or
 * one that was then. What is fetched has to stand under the pinned one.
 */
export function openKept(document: DesiredDocument, identity: DeviceIdentity, verifiedAt: number): Opened {
  const { hubId, projectId, deviceId } = identity;
  const opened = rootsOf(identity).map((root) =>
    openDesired(document, { hubId, projectId, deviceId, root, now: verifiedAt }),
  );
  return opened.find(({ ok }) => ok) ?? opened[0]!;
}
