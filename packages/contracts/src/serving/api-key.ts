import { createHash } from 'node:crypto';

const prefix = 'skerry_';
const secretBytes = 32;
const keyPattern = /^skerry_([a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)_([A-Za-z0-9_-]{43})$/;

/**
 * An API key: `skerry_NAME_SECRET`, the secret 32 random bytes in base64url. The name says which entry of the key
 * file it belongs to, so that a server looks at one hash, and whoever finds a key knows which one to revoke.
 */
export function apiKey(name: string, secret: Uint8Array): string {
  if (secret.length !== secretBytes) throw new TypeError(`a secret has ${secretBytes} bytes`);
  return `${prefix}${name}_${Buffer.from(secret).toString('base64url')}`;
}

/** The name in a key; undefined for what is no key of ours. */
export function nameOfApiKey(key: string): string | undefined {
  return keyPattern.exec(key)?.[1];
}

/** What a key file keeps of a key. A plain hash will do: nobody guesses 256 random bits. */
export function hashOfApiKey(key: string): string {
  return `sha256:${createHash('sha256').update(key).digest('hex')}`;
}
