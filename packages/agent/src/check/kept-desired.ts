import { type DesiredStatement, desiredDocument } from '@skerry/contracts';
import type { Disk } from '@skerry/kit';
import { z } from 'zod';
import { openKept } from '../desired/open-kept.ts';
import { type Parts, readParts } from '../desired/parts.ts';
import { agentError } from '../errors.ts';
import type { DeviceIdentity } from '../identity/identity.ts';

/** The desired state on the disk, its signature verified. */
export interface KeptDesired {
  readonly statement: DesiredStatement;
  readonly parts: Parts;
}

const kept = z.object({ verifiedAt: z.number(), document: desiredDocument });

/** Undefined before there was any. Rejects with `SignatureInvalid` or `StorageFailed`. */
export async function readKeptDesired(
  disk: Disk,
  folder: string,
  identity: DeviceIdentity | undefined,
): Promise<KeptDesired | undefined> {
  const file = `${folder}/desired/desired.json`;
  const bytes = await disk.readIfThere(file);
  if (!bytes || !identity) return undefined;
  const { document, verifiedAt } = parse(bytes, file);
  const opened = openKept(document, identity, verifiedAt);
  if (opened.ok) return { statement: opened.statement, parts: readParts(opened.body) };
  throw agentError('SignatureInvalid', `${file} is not taken: ${opened.why}`);
}

function parse(bytes: Uint8Array, file: string) {
  try {
    return kept.parse(JSON.parse(Buffer.from(bytes).toString()));
  } catch (cause) {
    throw agentError('StorageFailed', `${file} is damaged`, { cause });
  }
}
