import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { joinResponse } from '@skerry/contracts';
import { z } from 'zod';
import type { Credentials } from './interceptor.ts';

const hubFile = joinResponse.omit({ chain: true }).extend({ root: z.string() });

/** What a joined device's state folder says of it, private key included: all that a thief of the folder has. */
export type StolenIdentity = Credentials & z.infer<typeof hubFile>;

export async function stealIdentity(stateFolder: string): Promise<StolenIdentity> {
  const read = (file: string) => readFile(join(stateFolder, 'identity', file), 'utf8');
  const [key, cert, hub] = await Promise.all(['key.pem', 'chain.pem', 'hub.json'].map(read));
  return { key: key!, cert: cert!, ...hubFile.parse(JSON.parse(hub!)) };
}

/** Makes a device that has joined look for its hub elsewhere, the next time that its agent starts. */
export function rerouteDevice(stateFolder: string, port: number): Promise<void> {
  return readdressDevice(stateFolder, [`https://127.0.0.1:${port}`]);
}

/** The same, with all that it is to know of where the hub is. */
export async function readdressDevice(stateFolder: string, addresses: readonly string[]): Promise<void> {
  const path = join(stateFolder, 'identity', 'hub.json');
  const hub = JSON.parse(await readFile(path, 'utf8'));
  // Of what its copy says otherwise the agent would try both.
  for (const one of [path, `${path}.copy`]) await writeFile(one, JSON.stringify({ ...hub, addresses }));
}

/** A key and certificate out of a hub's data folder: its server's, or the signer's of desired state. */
export async function hubCredentials(dataFolder: string, name: 'server' | 'signer'): Promise<Credentials> {
  const read = (end: string) => readFile(join(dataFolder, 'keys', `${name}.${end}`), 'utf8');
  const [key, cert] = await Promise.all(['key', 'crt'].map(read));
  return { key: key!, cert: cert! };
}
