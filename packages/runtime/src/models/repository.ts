import { isCodeName } from '@skerry/contracts';
import { type Clock, type Disk, isSkerryError, type Logger, type SkerryError } from '@skerry/kit';
import type { Engine } from '../engines/engine.ts';
import { failure } from '../errors.ts';
import { leftOutNote } from '../serving/signature.ts';
import type { Accept } from './accept.ts';
import { findModelFiles } from './model-files.ts';
import type { ModelTable, TargetVersion } from './model-table.ts';
import { openModel } from './open-model.ts';
import { inlineModel, type ModelId, type ServedModel } from './served-model.ts';

export interface RepositoryOptions {
  readonly models: ModelTable;
  readonly engine: Engine;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly accept: Accept;
}

/** Brings versions into service and takes them out, one at a time. */
export interface Repository {
  /**
   * Accept → load → activate; resolves when the version serves, at once if it does already. When it rejects, the
   * version before goes on serving, and the table keeps the reason.
   */
  load(id: ModelId, path: string): Promise<ServedModel>;
  /** Rejects with `ModelNotFound`. */
  unload(name: string): Promise<void>;
}

export function repository(options: RepositoryOptions): Repository {
  const { models } = options;
  // One after another: loads are heavy, and two of one name must not overtake each other.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work);
    last = result.catch(() => {});
    return result;
  };
  return {
    load: (id, path) => inTurn(() => load(options, id, path)),
    unload: (name) =>
      inTurn(async () => {
        if (!models.remove(name)) throw failure('ModelNotFound', `there is no model ${name} here`);
      }),
  };
}

async function load(options: RepositoryOptions, id: ModelId, path: string): Promise<ServedModel> {
  const { models, logger } = options;
  const serving = models.entries.get(id.name)?.serving;
  if (serving?.digest === id.digest && serving.version === id.version && id.digest !== '') return serving;
  try {
    await accept(options, id, path);
    const model = await open(options, id, path);
    models.activate(model);
    if (model.leftOut.length > 0)
      logger.warn('some outputs are not served', { model: id.name, why: leftOutNote(model.leftOut) });
    logger.info('a model version serves', { model: id.name, version: id.version });
    return model;
  } catch (error) {
    const failed = isSkerryError(error)
      ? error
      : failure('ModelLoadFailed', `${id.name}: ${String(error)}`, { cause: error });
    models.setTarget({ ...targetOf(models, id), ...verdict(failed) });
    logger.warn('a model version was not taken into service', {
      model: id.name,
      version: id.version,
      error: failed,
    });
    throw failed;
  }
}

async function accept({ models, accept }: RepositoryOptions, id: ModelId, path: string): Promise<void> {
  models.setTarget({ ...id, phase: 'Accepting' });
  const answer = await accept(path, id.digest);
  const { p50Us, p99Us } = answer;
  models.setTarget({ ...id, phase: 'Loading', ...(p50Us && { p50Us }), ...(p99Us && { p99Us }) });
  if (answer.accepted) return;
  const code = isCodeName(answer.code) ? answer.code : 'ModelLoadFailed';
  throw failure(code, answer.message);
}

async function open(
  { engine, disk, clock }: RepositoryOptions,
  id: ModelId,
  path: string,
): Promise<ServedModel> {
  const files = await findModelFiles(disk, path);
  return inlineModel(id, files.spec, openModel(engine, files), clock);
}

const targetOf = (models: ModelTable, id: ModelId): ModelId => models.entries.get(id.name)?.target ?? id;

const verdict = ({ code, detail }: SkerryError): Pick<TargetVersion, 'phase' | 'reason' | 'message'> => ({
  phase: code === 'AcceptanceFailed' ? 'Refused' : 'Failed',
  ...(isCodeName(code) && { reason: code }),
  message: detail,
});
