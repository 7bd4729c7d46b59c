import { apiVersion } from '@skerry/contracts';
import type { Disk } from '@skerry/kit';

const loopback = /^(?:localhost|::1|127(?:\.\d{1,3}){3})$/;

/**
 * What the runtime is told of its serving ports. Beyond loopback it makes its own certificate, and asks for the keys
 * of `keys.yaml` in the folder; until somebody adds one there, nobody may ask.
 */
export async function servingArgs(disk: Disk, host: string, folder: string): Promise<string[]> {
  if (loopback.test(host)) return ['--host', host];
  const keys = `${folder}/keys.yaml`;
  await disk.makeFolder(folder);
  if ((await disk.stat(keys)) === undefined) await disk.writeAtomic(keys, noKeys);
  return ['--host', host, '--tls', 'self', '--serving-folder', folder, '--keys', keys];
}

const noKeys = `# Who may ask this device's models: skerry key new NAME --file THIS_FILE
apiVersion: ${apiVersion}
kind: KeySet
metadata: { name: keys }
spec: { keys: {} }
`;
