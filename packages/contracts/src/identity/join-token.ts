import { z } from 'zod';
import { digest } from '../names.ts';

const prefix = 'skerry-join.';

const joinToken = z.object({
  /** `https://HOST:PORT` of the hub's device port, tried in order. */
  addresses: z.array(z.url({ protocol: /^https$/ })).min(1),
  /** Fingerprint of the hub's root certificate. */
  root: digest,
  /** Which token, for the hub to look up. */
  id: z.uuid(),
  /** 32 random bytes, base64url. The hub keeps only their hash. */
  secret: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
});
export type JoinToken = z.infer<typeof joinToken>;

/** The one string that a person carries to a device. */
export function encodeJoinToken(token: JoinToken): string {
  return prefix + Buffer.from(JSON.stringify(token)).toString('base64url');
}

/** The token in a string, or undefined when it is mistyped or cut. */
export function decodeJoinToken(text: string): JoinToken | undefined {
  const trimmed = text.trim();
  if (!trimmed.startsWith(prefix)) return undefined;
  try {
    return joinToken.parse(JSON.parse(Buffer.from(trimmed.slice(prefix.length), 'base64url').toString()));
  } catch {
    return undefined;
  }
}
