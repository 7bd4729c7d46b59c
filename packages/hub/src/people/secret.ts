import { createHash, timingSafeEqual } from 'node:crypto';
import type { Random } from '@skerry/kit';

/** A person's token: `skerry.` + id + `.` + 32 random bytes, base64url. The id finds the row, the rest proves. */
export interface PersonSecret {
  readonly id: string;
  readonly secret: string;
}

const pattern = /^skerry\.([0-9a-f-]{36})\.([A-Za-z0-9_-]{43})$/;

export function newSecret(random: Random): string {
  return Buffer.from(random.bytes(32)).toString('base64url');
}

export const tokenText = ({ id, secret }: PersonSecret) => `skerry.${id}.${secret}`;

/** The parts of a token, or undefined when it is none. */
export function parseToken(text: string): PersonSecret | undefined {
  const [, id, secret] = pattern.exec(text) ?? [];
  return id && secret ? { id, secret } : undefined;
}

/** What is kept. A secret of 256 random bits needs no slow hash. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Whether a secret is the one that was hashed, in a time that says nothing about either. */
export function isSecret(secret: string, sha256: string): boolean {
  return timingSafeEqual(Buffer.from(hashOf(secret), 'hex'), Buffer.from(sha256, 'hex'));
}
