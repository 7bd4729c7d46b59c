import type { Clock } from '@skerry/kit';
import type { Engine, Session } from '../engines/engine.ts';
import type { VersionId } from '../execution/protocol.ts';
import { modelStats } from '../metrics/model-stats.ts';
import type { ModelTable } from '../models/model-table.ts';
import { type ServedModel, servedModel } from '../models/served-model.ts';
import { warmUp } from '../models/warm-up.ts';
import type { ServingThread } from './serving.ts';

interface Tools {
  readonly models: ModelTable;
  readonly engine: Engine;
  readonly clock: Clock;
}

/** The models of the calling thread, as the coordinator orders them. */
export function localModels({
  models,
  engine,
  clock,
}: Tools): Pick<ServingThread, 'prepare' | 'publish' | 'release'> {
  const prepared = new Map<VersionId, ServedModel>();
  return {
    async prepare({ id, digest, signature, inline, stats }) {
      const session = inline === undefined ? undefined : openWarm(engine, inline);
      const model = { signature, digest, stats: modelStats(stats), session, remote: undefined, clock };
      prepared.set(id, servedModel(model));
    },
    async publish({ name, serving, versions, target }) {
      const nothing = versions.length === 0 && target === undefined;
      const table = new Map(versions.map(([key, id]) => [key, prepared.get(id)!] as const));
      models.publish(
        name,
        nothing
          ? undefined
          : { serving: serving === undefined ? undefined : prepared.get(serving), versions: table, target },
      );
    },
    // What runs inline is over when anything else runs: there is nothing to wait for.
    async release(id) {
      prepared.get(id)?.close();
      prepared.delete(id);
    },
  };
}

function openWarm(engine: Engine, file: string): Session {
  const session = engine.open(file);
  try {
    warmUp(session);
    return session;
  } catch (error) {
    session.close();
    throw error;
  }
}
