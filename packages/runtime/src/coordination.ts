import { availableParallelism, totalmem } from 'node:os';
import type { Context } from './context.ts';
import { openOnnxEngine } from './engines/onnx-engine.ts';
import type { VersionId } from './execution/protocol.ts';
import { addressOf, DRAIN_MS, hostAndPort, openListeners, startServer } from './listeners.ts';
import { metricsTexts } from './metrics/metrics-texts.ts';
import { metricsRoutes } from './metrics/routes.ts';
import type { Accept } from './models/accept.ts';
import { centralOf, type Extras } from './models/central.ts';
import { type Coordinator, coordinator } from './models/coordinator.ts';
import { defaultBudget, memoryBudget } from './models/memory-budget.ts';
import type { Central } from './serving/central.ts';
import { startPool } from './start-pool.ts';
import { localModels } from './threads/local-models.ts';
import { type Pulse, startBeating } from './threads/pulse.ts';
import type { ServingWorker } from './threads/serving.ts';
import { keepToServingCores } from './threads/serving-cores.ts';
import { startWorkers } from './threads/start-workers.ts';

/** The coordinator and the serving threads that it commands. */
export interface Coordination<More extends Extras = Extras> {
  readonly coordinator: Coordinator;
  /** As the main thread's own listeners ask it. */
  readonly central: Central;
  /** What the mode of the runtime added. */
  readonly extras: More;
  /** Serving threads beside the main one. */
  readonly workers: readonly ServingWorker[];
  /** Of all serving threads, the main one first. */
  readonly pulses: readonly Pulse[];
}

/** Where it listens: base addresses, and `HOST:PORT` for gRPC, as its clients want it. */
export interface Addresses {
  readonly rest: string;
  readonly grpc: string;
  readonly metrics: string;
}

/** @param extrasOf  what the mode of the runtime adds to what every coordinator answers */
export async function startCoordination<More extends Extras>(
  context: Context,
  accept: Accept,
  extrasOf: (coordinator: Coordinator) => More,
): Promise<Coordination<More>> {
  const { models, ports, logger, life, settings, pulse } = context;
  const pool = await startPool(context, (id, why) => commanded.giveUp(id, why));
  // Every version is opened there first; it starts while this thread loads its own engine.
  pool.warm();
  await keepToServingCores(context);
  const wantInstance = (id: VersionId) => commanded.wantInstance(id);
  const engine = await openOnnxEngine();
  const threads = [localModels({ models, engine, clock: ports.clock, wantInstance })];
  let lastId = 0;
  const nextId = () => ++lastId;
  const tools = { ...ports, threads, pool, nextId, budget: budgetOf(context), logger };
  const commanded = coordinator({ ...tools, accept, elementLimit: settings.tensorLimit });
  const extras = extrasOf(commanded);
  const central = centralOf(commanded, extras);
  await life.start(
    'pulse',
    () => startBeating(ports.clock, pulse),
    (stop) => stop(),
  );
  const wanted = settings.servingThreads === 'auto' ? availableParallelism() : settings.servingThreads;
  const started = await startWorkers(context, wanted - 1, { ...central, wantInstance });
  const workers = started.map(({ thread }) => thread);
  threads.push(...workers);
  const pulses = [pulse, ...started.map(({ pulse }) => pulse)];
  return { coordinator: commanded, central, extras, workers, pulses };
}

function budgetOf({ settings, usage }: Context) {
  const bytes = settings.memoryBudget ?? defaultBudget(totalmem(), process.constrainedMemory());
  return memoryBudget({ bytes, used: () => usage().memoryBytes });
}

/** Opens the ports: the main thread finds them, the workers join. */
export async function startServing(
  context: Context,
  { coordinator, central, workers, pulses }: Coordination,
  moreMetrics: () => string,
): Promise<Addresses> {
  const { life, settings, usage } = context;
  const texts = metricsTexts({ directory: coordinator.directory, pulses, usage, more: moreMetrics });
  const metrics = await startServer(context, 'metrics', metricsRoutes(texts.all, texts.triton), {
    port: settings.metricsPort,
    search: settings.portSearch,
    flag: '--metrics-port',
  });
  const { ports } = await life.start(
    'listeners',
    () => openListeners(context, central),
    async ({ drain }) => void (await Promise.all([drain(), ...workers.map((worker) => worker.drain())])),
    { stopMs: DRAIN_MS + 1_000 },
  );
  await Promise.all(workers.map((worker) => worker.listen(ports)));
  const grpc = hostAndPort(settings.host, ports.grpc);
  return { metrics, rest: addressOf(context, ports.rest), grpc };
}
