import { z } from 'zod';
import { id, name } from '../names.ts';

/** What a device is made of; shown to people, never trusted. */
export const inventory = z.object({
  hostname: z.string().max(253),
  platform: z.string().max(32),
  arch: z.string().max(32),
  cores: z.number().int().nonnegative(),
  /** Bytes. */
  memory: z.number().int().nonnegative(),
  agentVersion: z.string().max(64),
});
export type Inventory = z.infer<typeof inventory>;

/** Certificates as PEM, leaf or issuing first, root last. */
const chain = z.array(z.string().max(16_384)).min(1).max(4);

/** `GET /join/v1/chain`: what a device compares with its token's fingerprint before it says anything. */
export const chainResponse = z.object({ hubId: id, chain });
export type ChainResponse = z.infer<typeof chainResponse>;

/** `POST /join/v1/devices`. */
export const joinRequest = z.object({
  tokenId: id,
  secret: z.string().max(128),
  /** What the device would like to be called. A name fixed by the token wins. */
  name: name.optional(),
  /** SubjectPublicKeyInfo of an ECDSA P-256 key, PEM. */
  publicKey: z.string().max(4096),
  /** Base64url signature (ECDSA, SHA-256, DER) over {@link joinProof}. */
  proof: z.string().max(512),
  inventory,
});
export type JoinRequest = z.infer<typeof joinRequest>;

export const joinResponse = z.object({
  hubId: id,
  projectId: id,
  project: name,
  deviceId: id,
  name,
  /** Device certificate, devices' issuing certificate, root. */
  chain,
  /** Addresses of the hub's device port. */
  addresses: z.array(z.url()).min(1),
});
export type JoinResponse = z.infer<typeof joinResponse>;

/** `POST /link/v1/renew`, by mutual TLS: the same key or a new one, proven either way. */
export const renewRequest = z.object({ publicKey: z.string().max(4096), proof: z.string().max(512) });
export type RenewRequest = z.infer<typeof renewRequest>;
export const renewResponse = z.object({ chain });
export type RenewResponse = z.infer<typeof renewResponse>;

/** The text that a device signs to prove that it holds the key it shows. */
export function joinProof(tokenId: string, publicKey: string): string {
  return `skerry-join-v1\n${tokenId}\n${publicKey}`;
}

/** The same for a renewal. */
export function renewProof(deviceId: string, publicKey: string): string {
  return `skerry-renew-v1\n${deviceId}\n${publicKey}`;
}
