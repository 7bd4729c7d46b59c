import { type Disk, readWithCopy, withoutCopies } from '@skerry/kit';
import { percentDecoded } from '@skerry/kit/node';
import { isSecretName } from './secret-names.ts';

const pemBlock = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----([\s\S]*?)-----END/g;
const keyHash = /sha256:[0-9a-f]{64}/g;
/** Larger files hold no keys. */
const MAX_BYTES = 1024 * 1024;

export interface SecretPlaces {
  readonly disk: Disk;
  /** The agent's state folder. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What else was read of the device. */
  readonly values: readonly unknown[];
}

/**
 * Secrets of this device, wherever they are kept: they are looked for in all that is collected. Rejects where a file
 * that may hold one cannot be read, nor its copy: nobody would know what to take out.
 */
export async function findSecrets({ disk, folder, env, values }: SecretPlaces): Promise<string[]> {
  const found = [...ofEnvironment(env), ...values.flatMap((value) => ofJson(value))];
  for (const part of ['identity', 'serving']) {
    const files = (await disk.list(`${folder}/${part}`)).filter(
      ({ kind, size }) => kind === 'file' && size <= MAX_BYTES,
    );
    for (const name of withoutCopies(files.map((file) => file.name)))
      for (const bytes of await readWithCopy(disk, `${folder}/${part}/${name}`)) {
        const text = Buffer.from(bytes).toString();
        found.push(...ofPem(text), ...(/\.ya?ml$/.test(name) ? ofKeySet(text) : []));
      }
  }
  return found;
}

/** Each line of a key by itself: a log may show but a few of them. */
const ofPem = (text: string) =>
  [...text.matchAll(pemBlock)].flatMap(([, body = '']) => [
    body.replace(/\s/g, ''),
    ...body.trim().split(/\s+/),
  ]);

/** With and without what says how it was hashed. */
const ofKeySet = (text: string) =>
  [...text.matchAll(keyHash)].flatMap(([hash]) => [hash, hash.slice('sha256:'.length)]);

/** The shell's folder, and the one before it; elsewhere `pwd` is a password, as in `MYSQL_PWD`. */
const folderNames = ['PWD', 'OLDPWD'];

function ofEnvironment(env: SecretPlaces['env']): string[] {
  return Object.entries(env).flatMap(([name, value = '']) => [
    ...(isSecretName(name) && !folderNames.includes(name) ? [value] : []),
    ...passwordsIn(value),
  ]);
}

/** As the URL writes it, and as it is meant. */
function passwordsIn(text: string): string[] {
  if (!URL.canParse(text)) return [];
  const { password } = new URL(text);
  return password === '' ? [] : [password, percentDecoded(password)];
}

/** Whoever knows the address of some receivers may post there: a long part of its path is its secret. */
function ofWebhook(webhook: { readonly url?: unknown } | null): string[] {
  const url = webhook?.url;
  if (typeof url !== 'string' || !URL.canParse(url)) return [];
  return new URL(url).pathname.split('/').filter((part) => part.length >= LEAST_OF_PATH);
}

const LEAST_OF_PATH = 16;

/** All texts below a secret name. */
function ofJson(value: unknown, isSecret = false): string[] {
  if (typeof value === 'string') return isSecret ? [value] : passwordsIn(value);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [
    ...ofJson(inner, isSecret || isSecretName(name)),
    ...(name === 'webhook' ? ofWebhook(inner) : []),
  ]);
}
