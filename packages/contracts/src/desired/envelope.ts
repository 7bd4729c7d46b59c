import { type KeyObject, sign, verify } from 'node:crypto';
import { z } from 'zod';
import { digest, id, instant } from '../names.ts';

/** `payloadType` of the envelope. */
export const desiredPayloadType = 'application/vnd.skerry.desired-state.v1+json';

/** What the hub signs: which body, for whom, in which order. */
export const desiredStatement = z.object({
  hubId: id,
  projectId: id,
  deviceId: id,
  epoch: z.number().int().positive(),
  version: z.number().int().positive(),
  body: digest,
  issuedAt: instant,
  /** Features without which a device must not try. */
  requires: z.array(z.string().max(64)).max(64),
});
export type DesiredStatement = z.infer<typeof desiredStatement>;

const base64 = z.string().regex(/^[A-Za-z0-9+/]*={0,2}$/);

/** DSSE envelope (secure-systems-lab/dsse v1.0.2). */
export const dsseEnvelope = z.object({
  payloadType: z.string().max(255),
  payload: base64,
  signatures: z
    .array(z.object({ keyid: z.string().max(128).optional(), sig: base64 }))
    .min(1)
    .max(4),
});
export type DsseEnvelope = z.infer<typeof dsseEnvelope>;

/** `GET /link/v1/desired`. `chain` is the signer's, PEM: signer, hub's issuing certificate. `body` is the body's own text. */
export const desiredDocument = z.object({
  envelope: dsseEnvelope,
  chain: z.array(z.string().max(16_384)).min(2).max(4),
  body: z.string(),
});
export type DesiredDocument = z.infer<typeof desiredDocument>;

/** Pre-authentication encoding (DSSE protocol, §signature definition). */
export function preAuthenticationEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  const head = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.length} `;
  return Buffer.concat([Buffer.from(head), payload]);
}

/** Signs a payload with an ECDSA P-256 key. */
export function signEnvelope(payloadType: string, payload: Uint8Array, key: KeyObject): DsseEnvelope {
  const sig = sign('sha256', preAuthenticationEncoding(payloadType, payload), key).toString('base64');
  return { payloadType, payload: Buffer.from(payload).toString('base64'), signatures: [{ sig }] };
}

/** The payload, or undefined unless it is of that type and one signature is the key's. */
export function openEnvelope(
  envelope: DsseEnvelope,
  payloadType: string,
  key: KeyObject,
): Uint8Array | undefined {
  if (envelope.payloadType !== payloadType) return undefined;
  const payload = Buffer.from(envelope.payload, 'base64');
  const encoded = preAuthenticationEncoding(payloadType, payload);
  const good = envelope.signatures.some(({ sig }) =>
    verify('sha256', encoded, key, Buffer.from(sig, 'base64')),
  );
  return good ? payload : undefined;
}
