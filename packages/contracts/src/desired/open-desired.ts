import { X509Certificate } from 'node:crypto';
import { canonicalJson, digestOf } from '../canonical.ts';
import { type Trust, verifyIdentity } from '../identity/verify-identity.ts';
import type { Json } from '../merge-patch.ts';
import {
  type DesiredDocument,
  type DesiredStatement,
  desiredPayloadType,
  desiredStatement,
  openEnvelope,
} from './envelope.ts';

export interface Recipient {
  readonly hubId: string;
  readonly projectId: string;
  readonly deviceId: string;
  /** DER of the pinned root. */
  readonly root: Uint8Array;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export type Opened =
  | { readonly ok: true; readonly statement: DesiredStatement; readonly body: Json }
  | { readonly ok: false; readonly why: string };

/** Opens a document for one device: signer, signature, recipient, digest and canonical form all have to be right. */
export function openDesired(document: DesiredDocument, recipient: Recipient): Opened {
  const trust: Trust = { root: recipient.root, now: recipient.now, kind: 'signer', hubId: recipient.hubId };
  const signer = verifyIdentity(document.chain.map(derOf), trust);
  if (!signer.ok) return refuse(`the signer is not trusted: ${signer.why}`);
  const payload = openEnvelope(document.envelope, desiredPayloadType, signer.leaf.publicKey);
  if (!payload) return refuse('the signature is not the signer’s');
  const statement = parseStatement(payload);
  if (!statement) return refuse('the signed statement cannot be read');
  const { hubId, projectId, deviceId } = statement;
  if (hubId !== recipient.hubId || projectId !== recipient.projectId || deviceId !== recipient.deviceId)
    return refuse('it is meant for another device');
  if (digestOf(document.body) !== statement.body) return refuse('the body is not the one that was signed');
  return readBody(document.body, statement);
}

function readBody(text: string, statement: DesiredStatement): Opened {
  try {
    const body = JSON.parse(text) as Json;
    return canonicalJson(body) === text
      ? { ok: true, statement, body }
      : refuse('the body is not canonical JSON');
  } catch {
    return refuse('the body is not JSON');
  }
}

function parseStatement(payload: Uint8Array): DesiredStatement | undefined {
  try {
    return desiredStatement.parse(JSON.parse(Buffer.from(payload).toString()));
  } catch {
    return undefined;
  }
}

/** DER of a PEM certificate; empty bytes, which no verification accepts, when it is none. */
function derOf(pem: string): Uint8Array {
  try {
    return new X509Certificate(pem).raw;
  } catch {
    return new Uint8Array();
  }
}

function refuse(why: string): Opened {
  return { ok: false, why };
}
