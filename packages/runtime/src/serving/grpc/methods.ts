import { isSkerryError } from '@skerry/kit';
import { failure } from '../../errors.ts';
import type { ModelTable } from '../../models/model-table.ts';
import type { Central } from '../central.ts';
import { extensions, metadataOf } from '../metadata.ts';
import { modelConfigOf } from '../model-config.ts';
import { refuseUpload } from '../refuse-upload.ts';
import type { Message } from './schema/codec.ts';
import type { UnaryMethod } from './schema/inference.ts';

export interface ServiceOptions {
  readonly models: ModelTable;
  readonly version: string;
  /** False while starting and draining. */
  readonly isReady: () => boolean;
  readonly central: Central;
}

/** A method on messages as objects. Throws and rejects with errors of ours. */
export type UnaryHandler = (request: Message) => Message | Promise<Message>;

/** All of the service that is not inference. */
export function unaryHandlers(
  options: ServiceOptions,
): Record<Exclude<UnaryMethod, 'ModelInfer'>, UnaryHandler> {
  const { models, version, isReady, central } = options;
  const find = ({ name, version }: ModelRef) => models.find(name, version || undefined);
  return {
    ServerLive: () => ({ live: true }),
    ServerReady: () => ({ ready: isReady() }),
    ServerMetadata: () => ({ name: 'skerry', version, extensions }),
    ModelReady: (request) => ({ ready: isServed(() => find(request as ModelRef)) }),
    ModelMetadata: (request) => {
      const { name, version } = request as ModelRef;
      return metadataOf(models, name, version || undefined);
    },
    ModelConfig: (request) => {
      const { name, version } = request as ModelRef;
      return { config: modelConfigOf(models, name, version || undefined) };
    },
    ModelStatistics: async (request) => {
      const { name, version } = request as ModelRef;
      if (name !== '') find(request as ModelRef);
      return { model_stats: await central.statistics(name || undefined, version || undefined) };
    },
    ...repositoryHandlers(central),
  };
}

function repositoryHandlers(central: Central) {
  const nameIn = ({ model_name }: Message) => model_name as string;
  return {
    RepositoryIndex: async ({ ready }: Message) => ({ models: await central.index(ready === true) }),
    RepositoryModelLoad: async (request: Message) => {
      refuseUpload((request.parameters as ReadonlyMap<string, unknown>).keys());
      await central.load(nameIn(request));
      return {};
    },
    RepositoryModelUnload: async (request: Message) => {
      await central.unload(nameIn(request));
      return {};
    },
  };
}

/** A request about a model; `version` is empty where it is not said. */
interface ModelRef extends Message {
  readonly name: string;
  readonly version: string;
}

/** Like Triton, which does not tell a model that is not ready from one that is not there. */
function isServed(find: () => unknown): boolean {
  try {
    find();
    return true;
  } catch (error) {
    if (isSkerryError(error, 'ModelNotFound') || isSkerryError(error, 'ModelNotReady')) return false;
    throw error;
  }
}

export const notServed = (method: string) =>
  failure(
    'NotImplemented',
    `${method} is not served here; this server has no shared memory, trace settings or log settings`,
  );
