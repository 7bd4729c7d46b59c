import { z } from 'zod';
import type { Disk } from '../ports/disk.ts';
import type { ConfigInput } from './keys.ts';

const flag = '--config';

/**
 * The input with the file of settings in it that `--config FILE` or `PREFIX_CONFIG` names, if one does: YAML, a
 * setting a key. Rejects with `InvalidFile` or `FileNotFound`.
 */
export async function withConfigFile(
  { argv, env, envPrefix }: Omit<ConfigInput, 'file'>,
  disk: Disk,
): Promise<ConfigInput> {
  const { [`${envPrefix}_CONFIG`]: named, ...others } = env;
  const { path = named, rest } = takeFlag(argv);
  const input = { argv: rest, env: others, envPrefix };
  if (path === undefined) return input;
  const { parseYaml } = await import('../yaml/index.ts');
  const text = Buffer.from(await disk.read(path)).toString();
  const { value } = parseYaml({ name: path, text }, z.record(z.string(), z.unknown()));
  return { ...input, file: { path, values: value } };
}

function takeFlag(argv: readonly string[]): { path?: string; rest: readonly string[] } {
  const at = argv.findIndex((word) => word === flag || word.startsWith(`${flag}=`));
  const word = argv[at];
  if (word === undefined) return { rest: argv };
  const [path, words] = word === flag ? [argv[at + 1] ?? '', 2] : [word.slice(flag.length + 1), 1];
  return { path, rest: argv.toSpliced(at, words) };
}
