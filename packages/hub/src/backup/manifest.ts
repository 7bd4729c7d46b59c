import { digest, id, instant } from '@skerry/contracts';
import { z } from 'zod';

/** The first file of every backup: what the others are. */
export const manifestName = 'manifest.json';
export const databaseName = 'hub.db';

/** Bytes; some 100,000 blobs. */
export const maxManifestBytes = 32 * 1024 * 1024;

/** Where a file may stand in a hub's folder. Nothing else is ever written when a backup is restored. */
const path = z
  .string()
  .regex(
    /^(hub\.db|keys(\/(?!\.)[\w.-]{1,64}){1,3}|blobs\/sha256\/[0-9a-f]{2}\/[0-9a-f]{64})$/,
    'is no file of a hub',
  );

export const manifest = z.object({
  format: z.literal('skerry-hub-backup/1'),
  /** Of the program that wrote it. */
  version: z.string(),
  hubId: id,
  /** The hub's epoch when the backup was taken; a restore begins a later one. */
  epoch: z.number().int().positive(),
  createdAt: instant,
  /** In the order in which they follow. */
  files: z.array(z.object({ path, size: z.number().int().nonnegative(), sha256: digest })),
  /** Blobs that the database refers to and that the disk did not have. */
  missing: z.array(digest),
});
export type Manifest = z.infer<typeof manifest>;
export type ManifestFile = Manifest['files'][number];
