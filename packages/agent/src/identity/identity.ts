import { X509Certificate } from 'node:crypto';
import { type DeviceAddress, id, joinResponse, verifyIdentity } from '@skerry/contracts';
import type { Disk } from '@skerry/kit';
import { z } from 'zod';
import { agentError } from '../errors.ts';
import { judgedAt } from './judged-at.ts';
import { isKeyOf } from './key.ts';
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

const hubFile = z.object({
  hubId: id,
  projectId: id,
  deviceId: id,
  project: joinResponse.shape.project,
  name: joinResponse.shape.name,
  root: z.string(),
  formerRoots: z.array(z.string()).optional(),
  addresses: z.array(z.url()).min(1),
  former: z.array(z.url()).optional(),
});

const pathsIn = (state: string) => ({
  folder: `${state}/identity`,
  key: `${state}/identity/key.pem`,
  chain: `${state}/identity/chain.pem`,
  /** Written last: a folder that has it is joined. */
  hub: `${state}/identity/hub.json`,
});

/** The identity in a state folder, or undefined when it is not joined. */
export async function readIdentity(disk: Disk, state: string): Promise<DeviceIdentity | undefined> {
  const paths = pathsIn(state);
  const hub = await disk.readIfThere(paths.hub);
  if (!hub) return undefined;
  const key = await disk.read(paths.key);
  const chain = splitPem(textOf(await disk.read(paths.chain)));
  const certifiedAt = (await disk.stat(paths.chain))?.modifiedAt ?? 0;
  try {
    return { ...hubFile.parse(JSON.parse(textOf(hub))), key: textOf(key), chain, certifiedAt };
  } catch (cause) {
    throw agentError('StorageFailed', `${paths.hub} is damaged`, { cause });
  }
}

/** The key in the folder, or undefined. It is there before the first try to join, so that a lost reply costs a try. */
export async function readKey(disk: Disk, state: string): Promise<string | undefined> {
  const bytes = await disk.readIfThere(pathsIn(state).key);
  return bytes && textOf(bytes);
}

export async function writeKey(disk: Disk, state: string, key: string): Promise<void> {
  await disk.makeFolder(pathsIn(state).folder);
  await disk.writeAtomic(pathsIn(state).key, key);
}

export async function writeIdentity(disk: Disk, state: string, identity: DeviceIdentity): Promise<void> {
  await writeChain(disk, state, identity.chain);
  await writeHub(disk, state, identity);
}

/** All but key and chain. */
export async function writeHub(disk: Disk, state: string, identity: DeviceIdentity): Promise<void> {
  const { key: _key, chain: _chain, certifiedAt: _certifiedAt, ...hub } = identity;
  await disk.writeAtomic(pathsIn(state).hub, `${JSON.stringify(hub, null, 2)}\n`);
}

export async function writeChain(disk: Disk, state: string, chain: readonly string[]): Promise<void> {
  await disk.writeAtomic(pathsIn(state).chain, chain.map((pem) => `${pem.trim()}\n`).join(''));
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
  if (!isKeyOf(verdict.leaf.publicKey, key)) throw refused('it holds another key');
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

const splitPem = (text: string) =>
  text.split(/(?<=-----END CERTIFICATE-----)\s*/).filter((pem) => pem.trim() !== '');

const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString();
