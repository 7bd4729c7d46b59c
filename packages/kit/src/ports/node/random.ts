import { randomBytes } from 'node:crypto';
import type { Random } from '../random.ts';

export function nodeRandom(): Random {
  return { bytes: (n) => new Uint8Array(randomBytes(n)), number: Math.random };
}
