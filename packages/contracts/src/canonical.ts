import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Digest } from './names.ts';

/** JSON Canonicalization Scheme (RFC 8785). */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('not a JSON value');
  return text;
}

/** `sha256:…` of bytes or of a text's UTF-8 bytes. */
export function digestOf(content: Uint8Array | string): Digest {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}
