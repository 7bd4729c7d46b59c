import { type DesiredStatement, desiredDocument, type Json } from '@skerry/contracts';
import { z } from 'zod';
import { agentError } from '../errors.ts';
import type { DeviceIdentity } from '../identity/identity.ts';
import { openKept } from './open-kept.ts';

const kept = z.object({
  etag: z.string(),
  /** When it was verified, ms since the epoch: its signer's certificate may have ended since. */
  verifiedAt: z.number(),
  document: desiredDocument,
});
export type Kept = z.infer<typeof kept>;

export interface KeptDesired extends Kept {
  /** The file, as it lies there. */
  readonly bytes: Uint8Array;
  readonly statement: DesiredStatement;
  readonly body: Json;
}

export const keptFile = (folder: string) => `${folder}/desired.json`;

/**
 * Opens the first of what lies there, the file or its copy, of which the signature is right. Throws `SignatureInvalid`
 * or `StorageFailed`.
 */
export function openFirst(found: readonly Uint8Array[], file: string, identity: DeviceIdentity): KeptDesired {
  const [bytes, ...others] = found;
  try {
    return open(bytes!, file, identity);
  } catch (error) {
    if (others.length === 0) throw error;
    return openFirst(others, file, identity);
  }
}

function open(bytes: Uint8Array, file: string, identity: DeviceIdentity): KeptDesired {
  const held = parse(bytes, file);
  const opened = openKept(held.document, identity, held.verifiedAt);
  if (opened.ok) return { ...held, bytes, statement: opened.statement, body: opened.body };
  throw agentError('SignatureInvalid', `${file} is not taken: ${opened.why}`, fetchedAgain);
}

const fetchedAgain = {
  next: 'Let the device reach its hub, and restart the agent: the desired state is fetched again.',
};

function parse(bytes: Uint8Array, file: string): Kept {
  try {
    return kept.parse(JSON.parse(Buffer.from(bytes).toString()));
  } catch (cause) {
    throw agentError('StorageFailed', `${file} is damaged`, { ...fetchedAgain, cause });
  }
}
