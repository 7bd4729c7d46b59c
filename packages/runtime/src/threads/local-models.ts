import type { Clock } from '@skerry/kit';
import type { Engine, Session } from '../engines/engine.ts';
import { type LiveRemote, remote } from '../execution/client.ts';
import type { VersionId } from '../execution/protocol.ts';
import { modelStats } from '../metrics/model-stats.ts';
import type { ModelTable } from '../models/model-table.ts';
import { type ServedModel, servedModel } from '../models/served-model.ts';
import { warmUp } from '../models/warm-up.ts';
import type { InstanceRequests, ServingThread } from './serving.ts';

interface Tools extends InstanceRequests {
  readonly models: ModelTable;
  readonly engine: Engine;
  readonly clock: Clock;
}

interface Prepared {
  readonly model: ServedModel;
  readonly instances: LiveRemote;
}

/** Requests that run on instances have so long once their version goes. */
const DRAIN_MS = 30_000;
const LOOK_MS = 5;

/** The models of the calling thread, as the coordinator orders them. */
export function localModels({ models, engine, clock, wantInstance }: Tools): ServingThread {
  const prepared = new Map<VersionId, Prepared>();
  const modelOf = (id: VersionId | undefined) => (id === undefined ? undefined : prepared.get(id)?.model);

  const drained = async ({ instances }: Prepared) => {
    const end = clock.monotonic() + DRAIN_MS;
    while (instances.pending > 0 && clock.monotonic() < end) await clock.sleep(LOOK_MS);
  };

  return {
    async prepare({ id, digest, signature, inline, board, stats: memory }) {
      const session = inline === undefined ? undefined : openWarm(engine, inline);
      const stats = modelStats(memory);
      const { name, spec } = signature;
      const onDemand = inline === undefined ? {} : { wantInstance: () => wantInstance(id) };
      const instances = remote({ name, spec, stats, clock, board, ...onDemand });
      const model = servedModel({ signature, digest, stats, session, remote: instances, clock });
      prepared.set(id, { model, instances });
    },
    async link(id, change) {
      const instances = prepared.get(id)?.instances;
      if (instances) instances.change(change);
      else if (change.type === 'added') change.link.port.close();
    },
    async publish({ name, serving, versions, target }) {
      const nothing = versions.length === 0 && target === undefined;
      const table = new Map(versions.map(([key, id]) => [key, modelOf(id)!] as const));
      models.publish(name, nothing ? undefined : { serving: modelOf(serving), versions: table, target });
    },
    async release(id) {
      const one = prepared.get(id);
      if (!one) return;
      await drained(one);
      prepared.delete(id);
      one.instances.close();
      one.model.close();
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
