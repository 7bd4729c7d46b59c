import { silentLogger } from '@skerry/kit';
import { nodePorts } from '@skerry/kit/node';
import type { Engine } from '../engines/engine.ts';
import type { InstancePool } from '../execution/instance-pool.ts';
import { localModels } from '../threads/local-models.ts';
import type { Accept } from './accept.ts';
import { type Coordinator, coordinator } from './coordinator.ts';
import { memoryBudget } from './memory-budget.ts';
import { type ModelTable, modelTable } from './model-table.ts';

export interface TestCoordinator {
  readonly models: ModelTable;
  readonly versions: Coordinator;
}

/** For tests: a coordinator with one serving thread, the calling one, and everything else as it really is. */
export function startCoordinator(options: {
  readonly engine: Engine;
  readonly pool: InstancePool;
  /** One for all that share the pool. */
  readonly nextId: () => number;
  readonly accept?: Accept;
  /** Bytes, of which none are in use. */
  readonly budget?: number;
}): TestCoordinator {
  const ports = nodePorts();
  const { engine, pool, nextId, accept = trusting, budget = Number.POSITIVE_INFINITY } = options;
  const models = modelTable();
  const wantInstance = (id: number) => versions.wantInstance(id);
  const versions = coordinator({
    ...ports,
    threads: [localModels({ models, engine, clock: ports.clock, wantInstance })],
    pool,
    nextId,
    budget: memoryBudget({ bytes: budget, used: () => 0 }),
    logger: silentLogger,
    accept,
  });
  return { models, versions };
}

const trusting: Accept = async () => ({ accepted: true, cases: 0 });
