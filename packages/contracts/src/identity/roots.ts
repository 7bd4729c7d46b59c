import { type KeyObject, X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { type DsseEnvelope, dsseEnvelope, openEnvelope, signEnvelope } from '../desired/envelope.ts';
import { digest, id } from '../names.ts';
import { fingerprintOf } from './fingerprint.ts';

/** `payloadType` of the envelope. */
export const rootPayloadType = 'application/vnd.skerry.root.v1+json';

/** What a root signs when another takes its place: whoever believes it believes the next. */
export const rootStatement = z.object({
  hubId: id,
  /** Fingerprint of the root that signs. */
  from: digest,
  /** PEM of the next. */
  root: z.string().max(16_384),
});
export type RootStatement = z.infer<typeof rootStatement>;

/** `GET /join/v1/roots`, for anyone: all roots that the hub ever had (PEM) and what each signed, oldest first. */
export const rootsResponse = z.object({
  hubId: id,
  roots: z.array(z.string().max(16_384)).min(1).max(256),
  statements: z.array(dsseEnvelope).max(256),
});
export type RootsResponse = z.infer<typeof rootsResponse>;

/** The old root's word that `next` takes its place. */
export function signNextRoot(
  hubId: string,
  old: { readonly certificate: X509Certificate; readonly key: KeyObject },
  next: X509Certificate,
): DsseEnvelope {
  const statement: RootStatement = {
    hubId,
    from: fingerprintOf(old.certificate.raw),
    root: next.toString(),
  };
  return signEnvelope(rootPayloadType, Buffer.from(JSON.stringify(statement)), old.key);
}

/**
 * The roots (PEM) that follow the one that is held (PEM), in order, each signed by the one before it; none where
 * nothing follows. However many came since, and whatever else stands among the statements. Never throws.
 */
export function rootsAfter(held: string, statements: readonly DsseEnvelope[], hubId: string): string[] {
  const path = [held];
  for (let at = held; path.length <= statements.length; path.push(at)) {
    const next = nextRoot(at, statements, hubId);
    if (next === undefined || path.includes(next)) break;
    at = next;
  }
  return path.slice(1);
}

function nextRoot(held: string, statements: readonly DsseEnvelope[], hubId: string): string | undefined {
  const from = certificateIn(held);
  if (!from) return undefined;
  const fingerprint = fingerprintOf(from.raw);
  for (const envelope of statements) {
    const claim = readStatement(Buffer.from(envelope.payload, 'base64'));
    if (claim?.from !== fingerprint || claim.hubId !== hubId) continue;
    const isSigned = openEnvelope(envelope, rootPayloadType, from.publicKey) !== undefined;
    if (isSigned && isRoot(claim.root)) return claim.root;
  }
  return undefined;
}

function isRoot(pem: string): boolean {
  const root = certificateIn(pem);
  return root?.ca === true && root.checkIssued(root) && root.verify(root.publicKey);
}

function readStatement(payload: Uint8Array): RootStatement | undefined {
  try {
    return rootStatement.parse(JSON.parse(Buffer.from(payload).toString()));
  } catch {
    return undefined;
  }
}

function certificateIn(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}
