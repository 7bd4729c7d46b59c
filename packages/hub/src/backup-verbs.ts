import { join, resolve } from 'node:path';
import { type Lifetime, lifetime, silentLogger } from '@skerry/kit';
import { configKeys } from '@skerry/kit/config';
import { nodePorts, stopOnSignals } from '@skerry/kit/node';
import { z } from 'zod';
import { backupPassphrase, newPassphrase } from './backup/passphrase.ts';
import { restoreBackup } from './backup/restore.ts';
import type { Opener, Seal } from './backup/seal.ts';
import { requireHub, writeBackup } from './backup/write.ts';
import { readSettings, runKeys } from './config.ts';
import type { HubContext } from './context.ts';
import type { Db } from './db/schema.ts';
import { hubError } from './errors.ts';
import { openDatabase } from './hub.ts';
import { hubContext } from './hub-context.ts';
import { beginEpoch } from './new-epoch.ts';
import { ensureAdminToken } from './people/admin-token.ts';
import type { Verb } from './verb.ts';
import { version } from './version.ts';

const { data, database } = runKeys;
const passphraseFile = {
  type: z.string().min(1).optional(),
  env: 'SKERRY_BACKUP_PASSPHRASE_FILE',
  help: 'file with the passphrase; without it, it is asked for or read from standard input',
};

const backupKeys = configKeys({
  data,
  database,
  passphraseFile,
  recipient: {
    type: z.array(z.string().startsWith('age1')).default([]),
    default: [],
    env: 'SKERRY_BACKUP_RECIPIENT',
    help: 'public key of age (age1…) for which it is sealed instead; may be repeated',
  },
});
const restoreKeys = configKeys({
  data,
  database,
  passphraseFile,
  identityFile: {
    type: z.string().min(1).optional(),
    env: 'SKERRY_BACKUP_IDENTITY_FILE',
    help: 'file with the secret key of age that opens it (AGE-SECRET-KEY-1…)',
  },
});
const epochKeys = configKeys({ data, database });

/** What is done with a hub besides running it. */
export const backupVerbs: Readonly<Record<string, Verb>> = {
  backup: {
    keys: backupKeys,
    usage: 'skerry hub backup FILE [settings]',
    summary: 'Writes one consistent, encrypted copy of a hub, database, keys and models, while it serves.',
    example: 'skerry hub backup hub-2026-11-21.age --data ./skerry-hub --passphrase-file passphrase',
    act: backUp,
  },
  restore: {
    keys: restoreKeys,
    usage: 'skerry hub restore FILE [settings]',
    summary: 'Makes a hub of a backup, in an empty folder and in a new epoch; then: skerry hub run.',
    example: 'skerry hub restore hub-2026-11-21.age --data ./skerry-hub --passphrase-file passphrase',
    act: restore,
  },
  'new-epoch': {
    keys: epochKeys,
    usage: 'skerry hub new-epoch [settings]',
    summary: 'Begins a new epoch of a stopped hub whose database was set back by other means than restore.',
    example: 'skerry hub new-epoch --data ./skerry-hub --database postgres://hub@db/skerry',
    act: startEpoch,
  },
};

async function backUp(argv: readonly string[]): Promise<void> {
  const ports = nodePorts();
  const { values, rest } = await readSettings(backupKeys, { argv, env: process.env }, ports.disk);
  refuseDatabase(values.database);
  const file = fileOf(rest, 'backup');
  const seal = await sealOf(values);
  const stop = new AbortController();
  stopOnSignals((signal) =>
    stop.abort(hubError('Interrupted', `${signal} stopped the backup; none was written`)),
  );
  const folder = resolve(values.data);
  const written = await writeBackup({ ...ports, data: folder, file, seal, version, signal: stop.signal });
  say({ file, ...written }, [
    `${file}: epoch ${written.epoch} of hub ${written.hubId}, ${written.files} files, ${written.bytes} bytes.`,
    ...written.missing.map((digest) => `Not in it: ${digest} is missing on the disk; push its model again.`),
    'Keep what opens it apart from it: nobody can open it without.',
  ]);
}

/** A backup is opened in one way: who gave two would find out when it is needed that one of them does not open it. */
async function sealOf({
  recipient: recipients,
  passphraseFile,
}: {
  readonly recipient: readonly string[];
  readonly passphraseFile: string | undefined;
}): Promise<Seal> {
  if (recipients.length === 0) return { passphrase: await newPassphrase(passphraseSource(passphraseFile)) };
  if (passphraseFile === undefined) return { recipients };
  throw hubError('BadUsage', 'a backup is sealed by a passphrase or for public keys, not by both', {
    next: 'Leave --passphrase-file or --recipient out; they may also stand in the environment (--help).',
  });
}

async function restore(argv: readonly string[]): Promise<void> {
  const ports = nodePorts();
  const { values, rest } = await readSettings(restoreKeys, { argv, env: process.env }, ports.disk);
  refuseDatabase(values.database);
  const file = fileOf(rest, 'restore');
  const folder = resolve(values.data);
  const opener: Opener = values.identityFile
    ? { identities: identitiesIn(textOf(await ports.disk.read(values.identityFile))) }
    : { passphrase: await backupPassphrase(passphraseSource(values.passphraseFile)) };
  const begin = (db: Db, stage: string, { createdAt }: { createdAt: string }) =>
    renew(db, stage, `the backup of ${createdAt}`);
  const { backup, begun } = await restoreBackup({ ...ports, file, opener, data: folder, begin });
  const adminTokenFile = join(folder, 'admin-token');
  say({ data: folder, ...begun, createdAt: backup.createdAt, adminTokenFile }, [
    `${folder} is hub ${begun.hubId} as of ${backup.createdAt}, in epoch ${begun.epoch}.`,
    `All tokens of before are void; a new admin token stands in ${adminTokenFile}.`,
    `Next: skerry hub run --data ${folder}, with the addresses that the hub had.`,
  ]);
}

async function startEpoch(argv: readonly string[]): Promise<void> {
  const ports = nodePorts();
  const { values, rest } = await readSettings(epochKeys, { argv, env: process.env }, ports.disk);
  if (rest.length > 0)
    throw hubError('BadUsage', `“${rest[0]}” is not a flag`, {
      next: 'The hub’s folder is named with --data.',
    });
  if (values.database === undefined) await requireHub(ports.disk, resolve(values.data));
  const life = lifetime({ clock: ports.clock, logger: silentLogger });
  try {
    const db = await openFor(life, values);
    const begun = await renew(db, resolve(values.data), 'an earlier state of its database');
    say(begun, [`Epoch ${begun.epoch} of hub ${begun.hubId} begins. All tokens of before are void.`]);
  } finally {
    await life.stop();
  }
}

function openFor(life: Lifetime, values: { data: string; database: string | undefined }): Promise<Db> {
  return life.start(
    'database',
    () => openDatabase(values, nodePorts().clock),
    (it) => it.destroy(),
  );
}

/** A new epoch, and the one token that is good in it. */
async function renew(db: Db, folder: string, restored: string) {
  const { clock, random, disk } = nodePorts();
  const context: HubContext = hubContext({
    db,
    clock,
    random,
    logger: silentLogger,
    onDesiredChanged: () => {},
  });
  const begun = await beginEpoch(context, restored);
  await ensureAdminToken(context, disk, join(folder, 'admin-token'));
  return begun;
}

function refuseDatabase(url: string | undefined): void {
  if (url === undefined) return;
  throw hubError('BadUsage', 'the database of this hub is PostgreSQL, which has its own backups', {
    next: 'Use pg_dump for it and copy `keys` and `blobs` of the data folder; after a pg_restore: skerry hub new-epoch.',
  });
}

function fileOf(rest: readonly string[], verb: string): string {
  const [file, ...more] = rest;
  if (file !== undefined && more.length === 0) return resolve(file);
  throw hubError('BadUsage', `say which file: skerry hub ${verb} FILE`);
}

const passphraseSource = (file: string | undefined) => ({
  disk: nodePorts().disk,
  file,
  stdin: process.stdin,
  stderr: process.stderr,
});

/** A key file of age: a key a line, comments between. */
const identitiesIn = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));

const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString();

/** To a person in words, else as JSON. */
function say(result: object, words: readonly string[]): void {
  process.stdout.write(`${process.stdout.isTTY ? words.join('\n') : JSON.stringify(result)}\n`);
}
