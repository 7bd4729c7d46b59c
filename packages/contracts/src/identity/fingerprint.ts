import { createHash } from 'node:crypto';

/** `sha256:…` (hexadecimal) over the DER of a root certificate: what a person compares. */
export function fingerprintOf(der: Uint8Array): string {
  return `sha256:${createHash('sha256').update(der).digest('hex')}`;
}
