import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';

/** A new device key (ECDSA P-256), PKCS #8 PEM. */
export function makeKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** SubjectPublicKeyInfo PEM of a private key's PEM. */
export function publicKeyOf(key: string): string {
  return createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();
}

/** Base64url signature (ECDSA, SHA-256, DER) over a text. */
export function prove(text: string, key: string): string {
  return sign('sha256', Buffer.from(text), createPrivateKey(key)).toString('base64url');
}

export function isKeyOf(publicKey: KeyObject, key: string): boolean {
  return publicKey.equals(createPublicKey(key));
}

/** Whether a text is the PEM of a private key that signs for its own public half. */
export function isKey(text: string): boolean {
  try {
    return signsFor(createPublicKey(text), text);
  } catch {
    return false;
  }
}

/** Whether a key signs for that public key: of one with a damaged bit the public half, which is beside it, may fit still. */
export function signsFor(publicKey: KeyObject, key: string): boolean {
  try {
    const text = Buffer.from('sound');
    return verify('sha256', text, publicKey, sign('sha256', text, createPrivateKey(key)));
  } catch {
    return false;
  }
}
