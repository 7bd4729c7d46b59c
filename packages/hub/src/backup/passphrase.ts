import { createInterface } from 'node:readline';
import { type Readable, Writable } from 'node:stream';
import type { Disk } from '@skerry/kit';
import { hubError } from '../errors.ts';

const MAX_BYTES = 16 * 1024;
const SHORTEST = 12;

/** Where a passphrase comes from: a file, or else standard input. */
export interface PassphraseSource {
  readonly disk: Pick<Disk, 'read'>;
  readonly file: string | undefined;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stderr: Writable;
}

/** For a backup that is to be. Typed twice: after a slip nobody could open it. */
export async function newPassphrase(source: PassphraseSource): Promise<string> {
  const next =
    'Give a long one with --passphrase-file FILE, or pipe it in; or seal for a public key with --recipient.';
  const passphrase = await read(source, next);
  if (isTyped(source) && (await askHidden(source, 'Once more: ')) !== passphrase)
    throw hubError('BadUsage', 'the two passphrases are not the same', { next: 'Try again.' });
  return passphrase;
}

/** Of a backup that there is. */
export function backupPassphrase(source: PassphraseSource): Promise<string> {
  const next =
    'Give that of the backup with --passphrase-file FILE, or pipe it in; or its key with --identity-file FILE.';
  return read(source, next);
}

async function read(source: PassphraseSource, next: string): Promise<string> {
  const text = isTyped(source) ? await askHidden(source, 'Passphrase: ') : await readAll(source);
  const passphrase = text.replace(/\r?\n$/, '');
  if (passphrase.length >= SHORTEST) return passphrase;
  throw hubError('BadUsage', `the passphrase has less than ${SHORTEST} characters`, { next });
}

const isTyped = ({ file, stdin }: PassphraseSource) => file === undefined && stdin.isTTY === true;

async function readAll({ disk, file, stdin }: PassphraseSource): Promise<string> {
  const bytes = file === undefined ? await readStream(stdin) : await disk.read(file);
  if (bytes.length <= MAX_BYTES) return Buffer.from(bytes).toString();
  throw hubError('BadUsage', `the passphrase has more than ${MAX_BYTES} bytes`, {
    next: 'Give a shorter one; a file that it stands in alone.',
  });
}

/** No more than tells that it is too much. */
async function readStream(stdin: Readable): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of stdin) {
    parts.push(part);
    bytes += part.length;
    if (bytes > MAX_BYTES) break;
  }
  return Buffer.concat(parts);
}

/** A line of the terminal, not shown: readline draws it into nothing. */
async function askHidden({ stdin, stderr }: PassphraseSource, question: string): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output: nowhere, terminal: true });
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once('line', resolve);
      for (const end of ['SIGINT', 'close'])
        lines.once(end, () => reject(hubError('Interrupted', 'no passphrase was given')));
      stderr.write(question);
    });
  } finally {
    lines.close();
    stderr.write('\n');
  }
}
