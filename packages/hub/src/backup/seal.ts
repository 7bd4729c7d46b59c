import { isSkerryError } from '@skerry/kit';
import { hubError } from '../errors.ts';

/**
 * Who can open a backup: whoever knows the passphrase, or has the key of one of the recipients (`age1…`), which the
 * machine that writes the backup need not have.
 */
export type Seal = { readonly passphrase: string } | { readonly recipients: readonly string[] };
export type Opener = { readonly passphrase: string } | { readonly identities: readonly string[] };

/**
 * Encrypted and authenticated in the format of age (https://c2sp.org/age): chunks of 64 KiB under ChaCha20-Poly1305,
 * numbered and the last one marked, so that nothing can be cut off, swapped or added unseen. Throws `BadUsage` for a
 * recipient that is none.
 */
export async function sealed(
  plain: AsyncIterable<Uint8Array>,
  seal: Seal,
): Promise<AsyncIterable<Uint8Array>> {
  const { Encrypter } = await import('age-encryption');
  const encrypter = new Encrypter();
  if ('passphrase' in seal) encrypter.setPassphrase(seal.passphrase);
  else for (const recipient of seal.recipients) add('a recipient', () => encrypter.addRecipient(recipient));
  return encrypter.encrypt(streamOf(plain));
}

/** The reverse. Throws `BackupLocked` when it does not open, `BackupDamaged` when it is not what was written. */
export async function* unsealed(
  bytes: AsyncIterable<Uint8Array>,
  opener: Opener,
): AsyncGenerator<Uint8Array> {
  const { Decrypter } = await import('age-encryption');
  const decrypter = new Decrypter();
  if ('passphrase' in opener) decrypter.addPassphrase(opener.passphrase);
  else for (const identity of opener.identities) add('a key', () => decrypter.addIdentity(identity));
  let opened: AsyncIterable<Uint8Array>;
  try {
    opened = await decrypter.decrypt(streamOf(bytes));
  } catch (error) {
    throw openingError(error);
  }
  try {
    yield* opened;
  } catch (error) {
    if (isSkerryError(error)) throw error;
    throw hubError('BackupDamaged', 'the backup was cut or altered', { cause: error });
  }
}

function add(what: string, work: () => void): void {
  try {
    work();
  } catch (cause) {
    throw hubError('BadUsage', `${what} is not as age writes it`, { cause });
  }
}

/** The library says in words alone whether the file is no such file, or does not open. */
function openingError(error: unknown): unknown {
  if (isSkerryError(error)) return error;
  const locked = error instanceof Error && /no identity matched|passphrase/i.test(error.message);
  return locked
    ? hubError('BackupLocked', 'the backup does not open with what was given', { cause: error })
    : hubError('BackupDamaged', 'the file is no backup of a hub, or its head is damaged', { cause: error });
}

/** Node's types of a stream and those of the library, which are the browser's, differ in name alone. */
const streamOf = (chunks: AsyncIterable<Uint8Array>) =>
  ReadableStream.from(chunks) as ReadableStream<Uint8Array>;
