import { createPublicKey } from 'node:crypto';
import { identityUri } from '@skerry/contracts';
import { signCertificate } from '@skerry/kit/x509';
import type { DeviceIdentity } from '../../../agent/src/identity/identity.ts';
import { makeKey } from '../../../agent/src/identity/key.ts';
import { keyFolder } from '../../../hub/src/identity/key-folder.ts';
import { readTrust } from '../../../hub/src/identity/trust-file.ts';
import type { HubMachine } from './sim-hub.ts';

const HOUR = 3_600_000;

/**
 * The chain (DER) of a device's name with a key of somebody else, certified by whoever has the key of an authority that
 * was replaced; undefined where none was.
 */
export async function chainOfThief(
  { medium, net }: Pick<HubMachine, 'medium' | 'net'>,
  { hubId, projectId, deviceId }: DeviceIdentity,
): Promise<Uint8Array[] | undefined> {
  const keys = keyFolder(medium.disk, '/hub/keys');
  const former = (await readTrust(keys)).former.at(-1);
  const certificate = former && (await keys.readCertificate(former.devices));
  const key = former && (await keys.readKey(former.devices));
  if (!certificate || !key) return undefined;
  const { time } = net.world;
  const content = {
    commonName: deviceId,
    serial: Buffer.from(`40${time.toString(16).padStart(16, '0')}`, 'hex'),
    notBefore: new Date(time - HOUR),
    notAfter: new Date(time + HOUR),
    publicKey: createPublicKey(makeKey()),
    usages: ['clientAuth'] as const,
    uri: identityUri({ kind: 'device', hubId, projectId, deviceId }),
  };
  const leaf = await signCertificate(content, { certificate, key });
  return [leaf.raw, certificate.raw];
}
