import { join } from 'node:path';
import { uuidv7 } from '@skerry/kit';
import { holdLock } from '@skerry/kit/node';
import { startAcceptor } from './acceptor.ts';
import { startAdmin } from './admin/server.ts';
import type { Instance } from './admin/status.ts';
import type { Context } from './context.ts';
import { failure } from './errors.ts';
import { errorWriter, startListeners } from './listeners.ts';
import { pipelineMetrics } from './metrics/pipeline-metrics.ts';
import { rememberAccepted } from './models/accepted.ts';
import { type Repository, repository } from './models/repository.ts';
import { nodeBootTime } from './outbox/node-boot-time.ts';
import { type Outbox, openOutbox } from './outbox/outbox.ts';
import { buildPipeline, type PipelineTools } from './pipelines/build.ts';
import { type Pipelines, pipelines as pipelinesOf } from './pipelines/pipelines.ts';
import { httpSourceRoutes } from './pipelines/sources/http.ts';

/** A runtime that an agent commands: it starts empty, and is told models and pipelines on its socket. */
export async function startManaged(context: Context, stateFolder: string): Promise<Instance> {
  const { settings, ports, life, models } = context;
  await ports.disk.makeFolder(stateFolder);
  await life.start(
    'lock',
    () => lock(stateFolder),
    (release) => release(),
  );
  const boot = await nodeBootTime(ports.disk, ports.clock, ports.random, settings.timeKnown);
  const outbox = await startOutbox(context, stateFolder);
  const pipelines = await startPipelines(context, { boot, outbox, stateFolder });
  const versions = await startRepository(context, stateFolder);
  const addresses = await startListeners(context, {
    routes: httpSourceRoutes({
      pipelines,
      bodyLimit: settings.bodyLimit,
      respondError: errorWriter(context),
    }),
    metrics: () => pipelineMetrics(pipelines, outbox),
  });
  const instanceId = uuidv7(ports.clock, ports.random);
  const { ca } = context.security;
  const instance = { instanceId, pid: context.pid, stateFolder, ...addresses, ...(ca && { ca: ca.pem }) };
  await startAdmin(context, { instance, models, pipelines, outbox, boot, repository: versions });
  await announce(context, instance);
  return instance;
}

function startOutbox({ settings, ports, life }: Context, stateFolder: string): Promise<Outbox> {
  const root = settings.outbox ?? join(stateFolder, 'outbox');
  return life.start(
    'outbox',
    () => openOutbox({ ...ports, root, quota: settings.outboxQuota }),
    (opened) => opened.close(),
  );
}

function startPipelines(
  { settings: { eventSource }, ports, life, logger, models }: Context,
  parts: Pick<PipelineTools, 'boot' | 'outbox' | 'stateFolder'>,
): Promise<Pipelines> {
  const tools = { ...ports, logger, models, eventSource, ...parts };
  return life.start(
    'pipelines',
    () => pipelinesOf((name, spec) => buildPipeline(tools, name, spec)),
    (all) => all.close(),
  );
}

async function startRepository(context: Context, stateFolder: string): Promise<Repository> {
  const { ports, logger, models, engine } = context;
  const file = join(stateFolder, 'accepted.json');
  const accept = await rememberAccepted(await startAcceptor(context), ports.disk, file, logger);
  return repository({ ...ports, models, engine, logger, accept });
}

/** For an agent that restarts, and looks whether the runtime it left is still there. */
function announce({ ports }: Context, instance: Instance): Promise<void> {
  const startedAt = new Date(ports.clock.now()).toISOString();
  const text = JSON.stringify({ ...instance, startedAt });
  return ports.disk.writeAtomic(join(instance.stateFolder, 'instance.json'), text);
}

async function lock(stateFolder: string): Promise<() => void> {
  try {
    return await holdLock(join(stateFolder, 'lock'));
  } catch (cause) {
    throw failure('FolderInUse', `another runtime uses ${stateFolder}`, { cause });
  }
}
