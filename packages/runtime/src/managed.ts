import { join } from 'node:path';
import { uuidv7 } from '@skerry/kit';
import { holdLock } from '@skerry/kit/node';
import { startAdmin } from './admin/server.ts';
import type { Instance } from './admin/status.ts';
import type { Context } from './context.ts';
import { failure } from './errors.ts';
import { errorWriter, startListeners } from './listeners.ts';
import { pipelineMetrics } from './metrics/pipeline-metrics.ts';
import { acceptInChild } from './models/accept.ts';
import { rememberAccepted } from './models/accepted.ts';
import { repository } from './models/repository.ts';
import { nodeBootTime } from './outbox/node-boot-time.ts';
import { openOutbox } from './outbox/outbox.ts';
import { buildPipeline } from './pipelines/build.ts';
import { pipelines as pipelinesOf } from './pipelines/pipelines.ts';
import { httpSourceRoutes } from './pipelines/sources/http.ts';

const ACCEPTANCE_DEADLINE_MS = 60_000;

/** A runtime that an agent commands: it starts empty, and is told models and pipelines on its socket. */
export async function startManaged(context: Context, stateFolder: string): Promise<Instance> {
  const { settings, ports, logger, life, models, engine } = context;
  await ports.disk.makeFolder(stateFolder);
  await life.start(
    'lock',
    () => lock(stateFolder),
    (release) => release(),
  );
  const boot = await nodeBootTime(ports.disk, ports.clock, ports.random, settings.timeKnown);
  const outbox = await life.start(
    'outbox',
    () =>
      openOutbox({
        ...ports,
        root: settings.outbox ?? join(stateFolder, 'outbox'),
        quota: settings.outboxQuota,
      }),
    (opened) => opened.close(),
  );
  const { eventSource, bodyLimit } = settings;
  const tools = { ...ports, logger, boot, outbox, models, eventSource, stateFolder };
  const pipelines = await life.start(
    'pipelines',
    () => pipelinesOf((name, spec) => buildPipeline(tools, name, spec)),
    (all) => all.close(),
  );
  const versions = repository({
    ...ports,
    models,
    engine,
    logger,
    accept: await acceptor(context, stateFolder),
  });
  const addresses = await startListeners(context, {
    routes: httpSourceRoutes({ pipelines, bodyLimit, respondError: errorWriter(context) }),
    metrics: () => pipelineMetrics(pipelines, outbox),
    isReady: () => true,
  });
  const instance = {
    instanceId: uuidv7(ports.clock, ports.random),
    pid: context.pid,
    stateFolder,
    ...addresses,
  };
  await startAdmin(context, { instance, models, pipelines, outbox, boot, repository: versions });
  await ports.disk.writeAtomic(
    join(stateFolder, 'instance.json'),
    JSON.stringify({ ...instance, startedAt: new Date(ports.clock.now()).toISOString() }),
  );
  return instance;
}

async function lock(stateFolder: string): Promise<() => void> {
  try {
    return await holdLock(join(stateFolder, 'lock'));
  } catch (cause) {
    throw failure('FolderInUse', `another runtime uses ${stateFolder}`, { cause });
  }
}

async function acceptor({ ports, logger, acceptanceChild }: Context, stateFolder: string) {
  const inChild = acceptInChild({
    ...ports,
    logger,
    child: acceptanceChild,
    deadlineMs: ACCEPTANCE_DEADLINE_MS,
  });
  return rememberAccepted(inChild, ports.disk, join(stateFolder, 'accepted.json'), logger);
}
