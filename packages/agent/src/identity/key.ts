import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';

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
