import { X509Certificate } from 'node:crypto';
import { type DeviceAddress, verifyIdentity } from '@skerry/contracts';
import { signsFor } from '@skerry/kit';
import { agentError } from '../errors.ts';
import { judgedAt } from './judged-at.ts';
import type { TrustedTime } from './trusted-time.ts';

/** Who this device is, and how it knows its hub. */
export interface DeviceIdentity extends DeviceAddress {
  readonly hubId: string;
  readonly project: string;
  readonly name: string;
  /** Private key, PKCS #8 PEM. */
  readonly key: string;
  /** PEM: the device's certificate, its issuer. */
  readonly chain: readonly string[];
  /** When that certificate was given, ms since the epoch. */
  readonly certifiedAt: number;
  /** PEM of the pinned root. */
  readonly root: string;
  /** PEM of those that were pinned before it, oldest first: for what was verified under them. */
  readonly formerRoots?: readonly string[] | undefined;
  /** Of the hub's device port: `https://…`, and `mqtts://…` for MQTT alone, in the order of trying. */
  readonly addresses: readonly string[];
  /** Those of them that the hub no longer names; kept until another has answered. */
  readonly former?: readonly string[] | undefined;
}

/**
 * The chain (PEM: device, its issuer, …) that the hub gave for a device, without the root; throws
 * `CertificateRefused` unless it is of the pinned root, speaks for that very device and holds its key.
 */
export function checkedChain(
  given: readonly string[],
  device: Pick<DeviceIdentity, 'hubId' | 'projectId' | 'deviceId' | 'key' | 'root'>,
  time: Pick<TrustedTime, 'atLeast'>,
): string[] {
  const chain = given.slice(0, 2);
  const { hubId, projectId, deviceId, key, root } = device;
  const ders = chain.map(derOf);
  const now = judgedAt(ders, time);
  const verdict = verifyIdentity(ders, { root: derOf(root), now, kind: 'device', hubId, projectId });
  if (!verdict.ok) throw refused(verdict.why);
  if (verdict.identity.kind !== 'device' || verdict.identity.deviceId !== deviceId)
    throw refused('it is another device’s');
  if (!signsFor(verdict.leaf.publicKey, key)) throw refused('it holds another key');
  return chain;
}

const refused = (why: string) =>
  agentError('CertificateRefused', `the certificate that the hub gave is no good: ${why}`);

/** DER of every root that is or was pinned, the newest first. */
export const rootsOf = ({ root, formerRoots = [] }: Pick<DeviceIdentity, 'root' | 'formerRoots'>) =>
  [root, ...formerRoots.toReversed()].map(derOf);

/** From when until when a chain's first certificate is valid, ms since the epoch. */
export function validityOf(chain: readonly string[]): { notBefore: number; notAfter: number } {
  try {
    const { validFromDate, validToDate } = new X509Certificate(chain[0] ?? '');
    return { notBefore: validFromDate.getTime(), notAfter: validToDate.getTime() };
  } catch (cause) {
    throw agentError('CertificateRefused', 'a certificate cannot be read', { cause });
  }
}

/** DER of a PEM certificate; empty, which no verification accepts, when it is none. */
export function derOf(pem: string): Uint8Array {
  try {
    return new X509Certificate(pem).raw;
  } catch {
    return new Uint8Array();
  }
}
