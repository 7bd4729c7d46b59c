import { type DsseEnvelope, dsseEnvelope } from '@skerry/contracts';
import { z } from 'zod';
import { hubError } from '../errors.ts';
import type { KeyFolder } from './key-folder.ts';

const keyName = z.string().regex(/^[a-z0-9-]+$/);

/** Which keys of the folder are in force. Written whole: it is what makes a rotation happen, at once or not at all. */
const trustFile = z.object({
  /** The root that is in force last, with what the one before it signed. */
  roots: z.array(z.object({ name: keyName, statement: dsseEnvelope.optional() })).min(1),
  /** Issuing authorities that are in force. */
  hub: keyName,
  devices: keyName,
  /** Issuing authorities of devices that were in force, oldest first, each with its root. */
  former: z.array(z.object({ devices: keyName, root: keyName })),
});
export type TrustFile = z.output<typeof trustFile>;

/** Of a hub that has never rotated a key. */
const first: TrustFile = { roots: [{ name: 'root' }], hub: 'hub-ca', devices: 'devices-ca', former: [] };

const NAME = 'trust';

/** Rejects with `StorageFailed` when it is damaged. */
export async function readTrust(keys: KeyFolder): Promise<TrustFile> {
  const text = await keys.readDocument(NAME);
  if (text === undefined) return first;
  try {
    return trustFile.parse(JSON.parse(text));
  } catch (cause) {
    throw hubError('StorageFailed', 'trust.json in the keys folder is damaged', { cause });
  }
}

export function writeTrust(keys: KeyFolder, trust: TrustFile): Promise<void> {
  return keys.writeDocument(NAME, `${JSON.stringify(trust, null, 2)}\n`);
}

/** Name of the root that is in force. */
export const rootOf = ({ roots }: TrustFile): string => roots.at(-1)!.name;

/** What each root signed, oldest first. */
export const statementsOf = ({ roots }: TrustFile): DsseEnvelope[] =>
  roots.flatMap(({ statement }) => statement ?? []);
