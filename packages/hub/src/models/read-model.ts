import {
  type DesiredModel,
  type ModelReference,
  modelRepository,
  parseModelReference,
} from '@skerry/contracts';
import { didYouMean } from '@skerry/kit';
import type { Executor } from '../db/schema.ts';
import { type ErrorOptions, hubError } from '../errors.ts';
import type { Project } from '../projects/read-model.ts';
import { findModel, listAliases, listModels, listVersions } from './store.ts';

/**
 * What a reference means now: `NAME:VERSION`, `NAME:ALIAS` or `NAME@sha256:…` of a registered version. Throws
 * `ModelNotFound`, naming the nearest name or what there is; `pointer` says where the reference stood.
 */
export async function resolveModel(
  db: Executor,
  project: Project,
  text: string,
  pointer: string,
): Promise<DesiredModel> {
  const reference = parseModelReference(text);
  if (!reference) throw hubError('InvalidRequest', `“${text}” is no reference to a model`, { pointer });
  const model = await findModel(db, project.id, reference.name);
  if (!model) return unknownModel(db, project.id, reference.name, pointer);
  const versions = await listVersions(db, project.id, model.id);
  const number = await versionNumber(db, project.id, model.id, reference);
  const found = versions.find(({ version, digest }) =>
    reference.by === 'digest' ? digest === reference.digest : version === number,
  );
  if (!found)
    return unknownVersion(db, project.id, model, text, {
      versions: versions.map((it) => it.version),
      pointer,
    });
  return {
    digest: found.digest,
    version: String(found.version),
    repository: modelRepository(project.name, model.name),
  };
}

async function versionNumber(db: Executor, projectId: string, modelId: string, reference: ModelReference) {
  if (reference.by === 'version') return reference.version;
  if (reference.by === 'digest') return undefined;
  const aliases = await listAliases(db, projectId, modelId);
  return aliases.find(({ alias }) => alias === reference.alias)?.version;
}

async function unknownModel(db: Executor, projectId: string, name: string, pointer: string): Promise<never> {
  const hint = didYouMean(
    name,
    (await listModels(db, projectId)).map((row) => row.name),
  );
  throw modelNotFound(`there is no model “${name}”`, hint, { pointer });
}

async function unknownVersion(
  db: Executor,
  projectId: string,
  model: { id: string; name: string },
  text: string,
  { versions, pointer }: { versions: number[]; pointer: string },
): Promise<never> {
  const aliases = (await listAliases(db, projectId, model.id)).map(({ alias }) => alias);
  const there = [...versions.slice(0, 5), ...aliases].map((version) => `${model.name}:${version}`);
  throw modelNotFound(`there is no “${text}”; there is ${there.join(', ')}`, didYouMean(text, there), {
    pointer,
  });
}

const modelNotFound = (detail: string, hint: string, options: ErrorOptions) =>
  hubError('ModelNotFound', detail, { ...options, ...(hint && { next: `Check the reference${hint}.` }) });
