import { X509Certificate } from 'node:crypto';
import { type Identity, id, joinResponse, readChain } from '@skerry/contracts';
import {
  type Disk,
  isKey,
  mendWithCopy,
  readWithCopy,
  signsFor,
  writeWithCopy,
  writtenAt,
} from '@skerry/kit';
import { z } from 'zod';
import { agentError } from '../errors.ts';
import { isUsable, orAt } from './hub-addresses.ts';
import { type DeviceIdentity, derOf, rootsOf } from './identity.ts';

const address = z.string().refine(isUsable);
const hubFile = z.object({
  hubId: id,
  projectId: id,
  deviceId: id,
  project: joinResponse.shape.project,
  name: joinResponse.shape.name,
  root: z.string(),
  formerRoots: z.array(z.string()).optional(),
  addresses: z.array(address).min(1),
  former: z.array(address).optional(),
});

const pathsIn = (state: string) => ({
  folder: `${state}/identity`,
  key: `${state}/identity/key.pem`,
  chain: `${state}/identity/chain.pem`,
  /** Written last: a folder that has it is joined. */
  hub: `${state}/identity/hub.json`,
});

const parts = ['hub', 'key', 'chain'] as const;
type Files = Readonly<Record<(typeof parts)[number], Uint8Array>>;

/** Each has a copy beside it. */
export const identityFiles = (state: string) => parts.map((part) => pathsIn(state)[part]);

/** The identity in a state folder, or undefined when it is not joined. Rejects with `StorageFailed`. */
export async function readIdentity(disk: Disk, state: string): Promise<DeviceIdentity | undefined> {
  return (await find(disk, state))?.identity;
}

/**
 * Mends what the disk has damaged of the files that hold it, from their copies; those that were not as they should be.
 * Where nothing goes together nobody knows which is which, and all stay.
 */
export async function mendIdentity(disk: Disk, state: string): Promise<string[]> {
  const found = await find(disk, state);
  if (!found?.isWhole) return [];
  const mended: string[] = [];
  for (const part of parts) {
    const path = pathsIn(state)[part];
    if (await mendWithCopy(disk, path, found.files[part])) mended.push(path);
  }
  return mended;
}

interface Readable {
  readonly identity: DeviceIdentity;
  readonly files: Files;
}

interface Found extends Readable {
  /** They go together. */
  readonly isWhole: boolean;
}

/** Of each file and its copy those that go together, and else the first that can be read at all. */
async function find(disk: Disk, state: string): Promise<Found | undefined> {
  const paths = pathsIn(state);
  const hubs = await readWithCopy(disk, paths.hub);
  if (hubs.length === 0) return undefined;
  const keys = await readWithCopy(disk, paths.key);
  const chains = await readWithCopy(disk, paths.chain);
  const certifiedAt = await writtenAt(disk, paths.chain);
  const all = hubs.flatMap((hub) => keys.flatMap((key) => chains.map((chain) => ({ hub, key, chain }))));
  const readable = all.flatMap((files) => {
    const identity = identityIn(files, certifiedAt);
    return identity ? [{ identity, files }] : [];
  });
  const whole = readable.find(({ identity }) => goesTogether(identity));
  const found = whole ?? readable[0];
  if (found) return { ...withAllAddresses(found, readable), isWhole: whole !== undefined };
  throw agentError(
    'StorageFailed',
    `${paths.folder} is damaged: neither its files nor their copies are an identity`,
    {
      next: `Put them back where there is another copy; else move ${paths.folder} away, and join again with a new token: \`skerry agent join -\`.`,
    },
  );
}

/** Nobody has signed where the hub is: what one file says counts, and what another says is tried as well. */
function withAllAddresses({ identity, files }: Readable, readable: readonly Readable[]): Readable {
  const all = readable.flatMap(({ identity: { addresses } }) => addresses);
  const others = [...new Set(all)].filter((one) => !identity.addresses.includes(one));
  if (others.length === 0) return { identity, files };
  const merged = { ...identity, ...orAt(identity, others) };
  return { identity: merged, files: { ...files, hub: Buffer.from(hubText(merged)) } };
}

function identityIn({ hub, key, chain }: Files, certifiedAt: number): DeviceIdentity | undefined {
  try {
    const read = hubFile.parse(JSON.parse(textOf(hub)));
    return { ...read, key: textOf(key), chain: splitPem(textOf(chain)), certifiedAt };
  } catch {
    return undefined;
  }
}

/** Whether key, certificate and one of the roots are of one device, whatever the time, and all roots are sound. */
function goesTogether(device: DeviceIdentity): boolean {
  const { chain, key } = device;
  const ders = chain.map(derOf);
  const roots = rootsOf(device);
  const isOurs = (root: Uint8Array) => {
    const read = readChain(ders, root);
    return 'leaf' in read && isOf(read.identity, device) && signsFor(read.leaf.publicKey, key);
  };
  const isReadable = ders.every(({ length }) => length > 0);
  return isReadable && roots.every(isSelfSigned) && roots.some(isOurs);
}

const isOf = (identity: Identity | undefined, { hubId, projectId, deviceId }: DeviceIdentity) =>
  identity?.kind === 'device' &&
  identity.hubId === hubId &&
  identity.projectId === projectId &&
  identity.deviceId === deviceId;

function isSelfSigned(der: Uint8Array): boolean {
  try {
    const certificate = new X509Certificate(der);
    return certificate.verify(certificate.publicKey);
  } catch {
    return false;
  }
}

/** The key in the folder, or undefined. It is there before the first try to join, so that a lost reply costs a try. */
export async function readKey(disk: Disk, state: string): Promise<string | undefined> {
  const found = (await readWithCopy(disk, pathsIn(state).key)).map(textOf);
  return found.find(isKey) ?? found[0];
}

export async function writeKey(disk: Disk, state: string, key: string): Promise<void> {
  await disk.makeFolder(pathsIn(state).folder);
  await writeWithCopy(disk, pathsIn(state).key, key);
}

export async function writeIdentity(disk: Disk, state: string, identity: DeviceIdentity): Promise<void> {
  await writeChain(disk, state, identity.chain);
  await writeHub(disk, state, identity);
}

/** All but key and chain. */
export async function writeHub(disk: Disk, state: string, identity: DeviceIdentity): Promise<void> {
  await writeWithCopy(disk, pathsIn(state).hub, hubText(identity));
}

function hubText(identity: DeviceIdentity): string {
  const { key: _key, chain: _chain, certifiedAt: _certifiedAt, ...hub } = identity;
  return `${JSON.stringify(hub, null, 2)}\n`;
}

export async function writeChain(disk: Disk, state: string, chain: readonly string[]): Promise<void> {
  await writeWithCopy(disk, pathsIn(state).chain, chain.map((pem) => `${pem.trim()}\n`).join(''));
}

const splitPem = (text: string) =>
  text.split(/(?<=-----END CERTIFICATE-----)\s*/).filter((pem) => pem.trim() !== '');

const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString();
