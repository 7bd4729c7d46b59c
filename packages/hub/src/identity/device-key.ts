import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { hubError } from '../errors.ts';

/** A device's public key, proven to be in its hands. */
export interface DeviceKey {
  readonly key: KeyObject;
  /** Hexadecimal SHA-256 of the SubjectPublicKeyInfo. */
  readonly sha256: string;
}

/**
 * Reads a public key (SubjectPublicKeyInfo, PEM, ECDSA P-256: the only kind that this hub certifies) and checks
 * `proof`, base64url of the signature over `text`. Throws `ProofInvalid`.
 */
export function provenKey(publicKey: string, text: string, proof: string): DeviceKey {
  const key = readKey(publicKey);
  if (!key) throw hubError('ProofInvalid', 'the public key is not one of ECDSA on the curve P-256');
  const signature = Buffer.from(proof, 'base64url');
  if (!verify('sha256', Buffer.from(text), key, signature))
    throw hubError('ProofInvalid', 'the signature does not match the public key that came with it');
  return { key, sha256: hashOfKey(key) };
}

/** Hexadecimal SHA-256 of the SubjectPublicKeyInfo. */
export function hashOfKey(key: KeyObject): string {
  const spki = key.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(spki).digest('hex');
}

function readKey(pem: string): KeyObject | undefined {
  if (!pem.startsWith('-----BEGIN PUBLIC KEY-----')) return undefined;
  try {
    const key = createPublicKey({ key: pem, format: 'pem' });
    return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? key : undefined;
  } catch {
    return undefined;
  }
}
