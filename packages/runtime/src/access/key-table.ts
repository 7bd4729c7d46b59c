import { hash as digest, timingSafeEqual } from 'node:crypto';
import { type KeySetObject, keySetObject, nameOfApiKey, type ServingAction } from '@skerry/contracts';
import { parseYamlDocuments } from '@skerry/kit/yaml';
import { failure } from '../errors.ts';

/** What one entry of the key file permits. */
export interface Grant {
  readonly name: string;
  readonly allows: (action: ServingAction) => boolean;
  readonly model: (name: string) => boolean;
  readonly pipeline: (name: string) => boolean;
}

export interface KeyTable {
  /** Entries, of keys and of certificates. */
  readonly size: number;
  /** Whom an API key belongs to. One hash, whatever is sent, compared in constant time. */
  byKey(key: string): Grant | undefined;
  /** Whom a verified certificate that bears these names belongs to. */
  byCertificate(names: readonly string[]): Grant | undefined;
}

/** Throws `InvalidFile`, with every fault and its place. */
export function readKeyTable(path: string, text: string): KeyTable {
  const documents = parseYamlDocuments({ name: path, text }, { 'skerry.dev/v1alpha1/KeySet': keySetObject });
  if (documents.length !== 1)
    throw failure('InvalidFile', `${path} holds ${documents.length} documents; a key file holds one KeySet`);
  return keyTable(documents[0]!.value);
}

/** Lets nobody in. */
export const noKeys: KeyTable = { size: 0, byKey: () => undefined, byCertificate: () => undefined };

export function keyTable({ spec }: KeySetObject): KeyTable {
  const keys = new Map<string, { readonly hash: Buffer; readonly grant: Grant }>();
  const certificates = new Map<string, Grant>();
  for (const [name, { hash, certificate, models, pipelines, allow }] of Object.entries(spec.keys)) {
    const grant = { name, allows: oneOf(allow), model: matches(models), pipeline: matches(pipelines) };
    if (hash !== undefined) keys.set(name, { hash: Buffer.from(hash.slice('sha256:'.length), 'hex'), grant });
    if (certificate !== undefined) certificates.set(certificate, grant);
  }
  return {
    size: keys.size + certificates.size,
    byKey(key) {
      const entry = keys.get(nameOfApiKey(key) ?? '');
      return entry && timingSafeEqual(digest('sha256', key, 'buffer'), entry.hash) ? entry.grant : undefined;
    },
    byCertificate: (names) => certificates.get(names.find((name) => certificates.has(name)) ?? ''),
  };
}

function oneOf(actions: readonly ServingAction[]): Grant['allows'] {
  const all = new Set(actions);
  return (action) => all.has(action);
}

/** `digits` is itself, `meter-*` whatever begins so, `*` everything. */
function matches(patterns: readonly string[]): (name: string) => boolean {
  const names = new Set(patterns.filter((pattern) => !pattern.endsWith('*')));
  const beginnings = patterns.filter((pattern) => pattern.endsWith('*')).map((it) => it.slice(0, -1));
  return (name) => names.has(name) || beginnings.some((beginning) => name.startsWith(beginning));
}
