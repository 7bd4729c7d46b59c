import { dirname } from 'node:path';
import { apiVersion, type KeySetObject, keySetObject } from '@skerry/contracts';
import type { Disk } from '@skerry/kit';
import { parseYamlDocuments } from '@skerry/kit/yaml';
import { failure } from '../errors.ts';
import { yamlText } from '../fleet/yaml-text.ts';

const nobody: KeySetObject = { apiVersion, kind: 'KeySet', metadata: { name: 'keys' }, spec: { keys: {} } };

/** Throws `InvalidFile`; a file that is not there has no keys. */
export async function readKeySet(disk: Disk, file: string): Promise<KeySetObject> {
  const bytes = await disk.readIfThere(file);
  if (bytes === undefined) return nobody;
  const source = { name: file, text: Buffer.from(bytes).toString() };
  const documents = parseYamlDocuments(source, { [`${apiVersion}/KeySet`]: keySetObject });
  if (documents.length === 1) return documents[0]!.value as KeySetObject;
  throw failure('InvalidFile', `${file} holds ${documents.length} documents; a key file holds one KeySet`);
}

const head =
  '# Who may ask a model server (skerry key --help). It holds no secret, and is read anew when it changes.';

/** Replaces the file, readable by its owner alone. A runtime that reads it sees all of it or nothing. */
export async function writeKeySet(disk: Disk, file: string, set: KeySetObject): Promise<void> {
  await disk.makeFolder(dirname(file));
  await disk.writeAtomic(file, `${[head, ...yamlText(set)].join('\n')}\n`, { mode: 0o600 });
}
