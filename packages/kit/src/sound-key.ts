import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';

/** Whether a text is the PEM of a private key that signs for its own public half. */
export function isKey(pem: string): boolean {
  try {
    return signsFor(createPublicKey(pem), pem);
  } catch {
    return false;
  }
}

/** Whether a key signs for that public key: of one with a damaged bit the public half, which is beside it, may fit still. */
export function signsFor(publicKey: KeyObject, pem: string): boolean {
  try {
    const text = Buffer.from('sound');
    return verify('sha256', text, publicKey, sign('sha256', text, createPrivateKey(pem)));
  } catch {
    return false;
  }
}
