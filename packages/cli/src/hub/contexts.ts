import { homedir } from 'node:os';
import { join } from 'node:path';
import { digest, id } from '@skerry/contracts';
import type { Disk } from '@skerry/kit';
import { z } from 'zod';
import { failure } from '../errors.ts';

/** A hub that a person is logged in to. */
export const hubContext = z.strictObject({
  url: z.url({ protocol: /^https?$/ }),
  hubId: id,
  /** Of the hub's root certificate, compared at login. */
  fingerprint: digest,
  /** The root certificate, PEM. */
  root: z.string(),
  token: z.string(),
});
export type HubContextEntry = z.infer<typeof hubContext>;

const contextsFile = z.strictObject({ current: hubContext });

/** `XDG_CONFIG_HOME/skerry/contexts.json`, readable by its owner alone. */
export function contextsPath(env: Readonly<Record<string, string | undefined>>): string {
  return join(env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'skerry', 'contexts.json');
}

export async function saveContext(disk: Disk, path: string, context: HubContextEntry): Promise<void> {
  await disk.makeFolder(join(path, '..'), 0o700);
  await disk.writeAtomic(path, `${JSON.stringify({ current: context }, null, 2)}\n`, { mode: 0o600 });
}

/** Throws `NotLoggedIn` where there is none. */
export async function loadContext(disk: Disk, path: string): Promise<HubContextEntry> {
  const content = await disk.readIfThere(path);
  if (!content) throw failure('NotLoggedIn', 'this user has not logged in to a hub');
  const parsed = contextsFile.safeParse(jsonOf(content));
  if (parsed.success) return parsed.data.current;
  throw failure('InvalidFile', `${path} is not as skerry login writes it`, {
    next: 'Run `skerry login URL` again.',
  });
}

function jsonOf(content: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(content).toString());
  } catch {
    return undefined;
  }
}
