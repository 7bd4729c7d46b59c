import { join } from 'node:path';
import { isSkerryError, uuidv7 } from '@skerry/kit';
import { holdLock } from '@skerry/kit/node';
import { startAcceptor } from './acceptor.ts';
import { startAdmin } from './admin/server.ts';
import type { Instance } from './admin/status.ts';
import type { Context } from './context.ts';
import { type Coordination, startCoordination, startServing } from './coordination.ts';
import { failure } from './errors.ts';
import { pipelineMetrics } from './metrics/pipeline-metrics.ts';
import { rememberAccepted } from './models/accepted.ts';
import type { BootTime } from './outbox/boot-time.ts';
import { nodeBootTime } from './outbox/node-boot-time.ts';
import { type Outbox, openOutbox } from './outbox/outbox.ts';
import { buildPipeline, type PipelineTools } from './pipelines/build.ts';
import { type Pipelines, pipelines as pipelinesOf } from './pipelines/pipelines.ts';
import { receiveFrame } from './pipelines/sources/receive-frame.ts';

/** A runtime that an agent commands: it starts empty, and is told models and pipelines on its socket. */
export async function startManaged(context: Context, stateFolder: string): Promise<Instance> {
  const { settings, ports, life } = context;
  await ports.disk.makeFolder(stateFolder);
  await life.start(
    'lock',
    () => lock(stateFolder),
    (release) => release(),
  );
  const boot = await nodeBootTime(ports.disk, ports.clock, ports.random, settings.timeKnown);
  const outbox = await startOutbox(context, stateFolder, boot);
  const pipelines = await startPipelines(context, { boot, outbox, stateFolder });
  const coordination = await coordinate(context, stateFolder, pipelines);
  const addresses = await startServing(context, coordination, () => pipelineMetrics(pipelines, outbox));
  const instanceId = uuidv7(ports.clock, ports.random);
  const { ca } = context.security;
  const instance = { instanceId, pid: context.pid, stateFolder, ...addresses, ...(ca && { ca: ca.pem }) };
  const { coordinator, central } = coordination;
  const { directory: models } = coordinator;
  await startAdmin(context, { instance, models, pipelines, outbox, boot, coordinator, central });
  return instance;
}

function startOutbox(context: Context, stateFolder: string, boot: BootTime): Promise<Outbox> {
  const { settings, ports, logger, life } = context;
  const root = settings.outbox ?? join(stateFolder, 'outbox');
  return life.start(
    'outbox',
    () =>
      openOutbox({
        ...ports,
        logger,
        boot,
        root,
        quota: settings.outboxQuota,
        ttls: settings.outboxTtl,
      }),
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

async function coordinate(
  context: Context,
  stateFolder: string,
  pipelines: Pipelines,
): Promise<Coordination> {
  const { ports, logger } = context;
  const file = join(stateFolder, 'accepted.json');
  const accept = await rememberAccepted(await startAcceptor(context), ports.disk, file, logger);
  return startCoordination(context, accept, () => ({
    load: commandedElsewhere,
    unload: commandedElsewhere,
    unloaded: async () => [],
    forward: (request) => receiveFrame(pipelines, request),
  }));
}

async function commandedElsewhere(): Promise<never> {
  throw failure('Conflict', 'an agent says which models are served here', {
    next: 'Change the deployment with `skerry apply`, or serve a folder with `skerry serve`.',
  });
}

async function lock(stateFolder: string): Promise<() => void> {
  try {
    return await holdLock(join(stateFolder, 'lock'));
  } catch (cause) {
    if (!isSkerryError(cause, 'FolderInUse')) throw cause;
    throw failure('FolderInUse', `another runtime uses ${stateFolder}`, { cause });
  }
}
