import {
  apiKey,
  hashOfApiKey,
  type KeySetEntry,
  type KeySetObject,
  name as keyName,
  keySetEntry,
} from '@skerry/contracts';
import { z } from 'zod';
import type { Cli } from '../cli.ts';
import { type AddCommand, type CommonOptions, command, group, print } from '../command.ts';
import { failure } from '../errors.ts';
import { readKeySet, writeKeySet } from '../keys/key-file.ts';
import { clean } from '../render/clean.ts';
import { type Column, table } from '../render/table.ts';

interface FileOptions extends CommonOptions {
  readonly file: string;
}
interface NewOptions extends FileOptions {
  readonly models: string;
  readonly pipelines?: string;
  readonly allow?: string;
  readonly certificate?: string;
}

export const keyCommands: AddCommand = (parent, cli) => {
  const key = group(parent, 'key', 'API keys of a model server: make, list, revoke');
  addNew(key, cli);
  addList(key, cli);
  addRemove(key, cli);
};

const fileOption = ['--file <path>', 'the key file', 'keys.yaml'] as const;

const addNew: AddCommand = (parent, cli) => {
  command(parent, {
    name: 'new <name>',
    summary: 'make an API key: printed this once; the file keeps its hash alone',
    examples: [
      'key new till --models digits,meter-* --file keys.yaml',
      'key new plant --models "*" --certificate plant.example.com',
    ],
  })
    .option(...fileOption)
    .option('--models <names>', 'the models it may ask; meter-* for all that begin so, * for all', '*')
    .option('--pipelines <names>', 'the pipelines it may send frames to (default: none)')
    .option('--allow <actions>', 'of infer, metadata, repository, metrics (default: infer,metadata)')
    .option('--certificate <name>', 'no key: whoever shows a certificate with this common name or URI')
    .action((name: string, options: NewOptions) => makeKey(cli, name, options));
};

async function makeKey(cli: Cli, name: string, options: NewOptions): Promise<void> {
  const { file } = options;
  if (!keyName.safeParse(name).success)
    throw failure('BadUsage', `“${clean(name)}” is no name: a-z, 0-9 and -, at most 63 long`);
  const set = await readKeySet(cli.ports.disk, file);
  if (Object.hasOwn(set.spec.keys, name))
    throw failure('Conflict', `${file} has a key ${name} already`, {
      next: `Choose another name, or revoke it first: skerry key rm ${name} --file ${file}`,
    });
  const key = options.certificate === undefined ? apiKey(name, cli.ports.random.bytes(32)) : undefined;
  const entry = entryOf(options, key);
  await writeKeySet(cli.ports.disk, file, withKeys(set, { ...set.spec.keys, [name]: entry }));
  const { models, pipelines, allow } = entry;
  print(cli, options, { name, key, file, models, pipelines, allow }, () => (key === undefined ? [] : [key]));
  if (options.json) return;
  cli.stderr.line(
    key === undefined
      ? `Added to ${file}: whoever shows a certificate of ${clean(options.certificate ?? '')} may ask.`
      : `Added to ${file}, which keeps its hash alone: the key is not shown again. Clients send “Authorization: Bearer KEY”.`,
  );
}

function entryOf(
  { models, pipelines, allow, certificate }: NewOptions,
  key: string | undefined,
): KeySetEntry {
  const parsed = keySetEntry.safeParse({
    ...(key === undefined ? { certificate } : { hash: hashOfApiKey(key) }),
    models: listOf(models),
    pipelines: listOf(pipelines),
    ...(allow !== undefined && { allow: listOf(allow) }),
  });
  if (parsed.success) return parsed.data;
  throw failure('BadUsage', z.prettifyError(parsed.error));
}

const listOf = (text = '') =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);

const withKeys = (set: KeySetObject, keys: KeySetObject['spec']['keys']): KeySetObject => ({
  ...set,
  spec: { keys },
});

const addList: AddCommand = (parent, cli) => {
  command(parent, { name: 'ls', summary: 'list the keys of a file', examples: ['key ls --file keys.yaml'] })
    .option(...fileOption)
    .action(async (options: FileOptions) => {
      const { keys } = (await readKeySet(cli.ports.disk, options.file)).spec;
      const rows = Object.entries(keys).map(([name, entry]) => ({ name, ...entry }));
      print(cli, options, rows, () => table(rows, columns, cli.stdout));
    });
};

const columns: Column<KeySetEntry & { name: string }>[] = [
  { title: 'NAME', text: (it) => it.name },
  { title: 'MODELS', text: (it) => it.models.join(',') || '-' },
  { title: 'PIPELINES', text: (it) => it.pipelines.join(',') || '-', drop: 2 },
  { title: 'ALLOW', text: (it) => it.allow.join(',') || '-', drop: 1 },
  { title: 'BY', text: (it) => (it.certificate === undefined ? 'API key' : `certificate ${it.certificate}`) },
];

const addRemove: AddCommand = (parent, cli) => {
  command(parent, {
    name: 'rm <name>',
    summary: 'revoke a key: a runtime that reads the file refuses it within seconds',
    examples: ['key rm till --file keys.yaml'],
  })
    .option(...fileOption)
    .action(async (name: string, options: FileOptions) => {
      const set = await readKeySet(cli.ports.disk, options.file);
      if (!Object.hasOwn(set.spec.keys, name))
        throw failure('NotFound', `${options.file} has no key ${clean(name)}`, {
          next: `List what there is: skerry key ls --file ${options.file}`,
        });
      const { [name]: _, ...kept } = set.spec.keys;
      await writeKeySet(cli.ports.disk, options.file, withKeys(set, kept));
      print(cli, options, { removed: name }, () => [`Revoked ${clean(name)}.`]);
    });
};
