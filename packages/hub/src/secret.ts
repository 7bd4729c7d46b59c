import { createHash, timingSafeEqual } from 'node:crypto';
import type { Random } from '@skerry/kit';

/** 32 random bytes, base64url. */
export function newSecret(random: Random): string {
  return Buffer.from(random.bytes(32)).toString('base64url');
}

/** What is kept. A secret of 256 random bits needs no slow hash. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Whether a secret is the one that was hashed, in a time that says nothing about either. */
export function isSecret(secret: string, sha256: string): boolean {
  return timingSafeEqual(Buffer.from(hashOf(secret), 'hex'), Buffer.from(sha256, 'hex'));
}
