import { name as nameSchema } from '@skerry/contracts';
import type { ProjectClient } from '@skerry/sdk';
import type { Cli } from '../cli.ts';
import { failure } from '../errors.ts';
import { clean } from '../render/clean.ts';
import { bytes } from '../render/format.ts';
import { collectModel } from './collect.ts';

export interface PushOptions {
  readonly path: string;
  /** Another name than the model's own. */
  readonly name?: string | undefined;
}

/** Checks and pushes a model, saying on stderr what happens. */
export async function pushModel(
  { ports, stderr }: Pick<Cli, 'ports' | 'stderr'>,
  project: ProjectClient,
  { path, name }: PushOptions,
) {
  const model = await collectModel(ports.disk, path);
  const wanted = name ?? model.name;
  if (!nameSchema.safeParse(wanted).success)
    throw failure('BadUsage', `“${wanted}” is no name for a model`, {
      next: 'Choose one with --name: a-z, 0-9 and -.',
    });
  for (const warning of model.warnings) stderr.line(`${stderr.paint('yellow', '!')} ${clean(warning)}`);
  const version = await project.models.push({
    name: wanted,
    license: model.license,
    files: model.files,
    onFile: (file, was) =>
      stderr.line(`  ${was === 'there' ? 'there   ' : 'uploaded'} ${file.path} (${bytes(file.size)})`),
  });
  return { name: wanted, ...version, warnings: model.warnings };
}
