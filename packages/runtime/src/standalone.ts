import { startAcceptor } from './acceptor.ts';
import type { Context } from './context.ts';
import { type Addresses, type Coordination, startCoordination, startServing } from './coordination.ts';
import { failure } from './errors.ts';
import type { Accept } from './models/accept.ts';
import type { Coordinator } from './models/coordinator.ts';
import { folderRepository } from './models/folder-repository.ts';
import { findModelFiles } from './models/model-files.ts';
import { repeat } from './models/repeat.ts';
import { sampleBody } from './serving/sample-body.ts';

/** What `--ready-json` prints. */
export interface Ready extends Addresses {
  readonly ready: true;
  /** What clients have to trust, where the runtime made it itself. */
  readonly ca?: { readonly path: string; readonly fingerprint: string };
  readonly models: readonly string[];
  /** A valid body for each model, where it is short enough for a line that a person pastes. */
  readonly samples: Readonly<Record<string, unknown>>;
}

const SAMPLE_LIMIT = 4_096;

/** A model server in its own right: all models at a path, no agent, no hub. Throws when none of them can be served. */
export async function startStandalone(context: Context, path: string): Promise<Ready> {
  const { security } = context;
  const coordination = await coordinate(context, path);
  const addresses = await startServing(context, coordination, () => '');
  const serving = [...coordination.coordinator.directory].flatMap(
    ([
      ,
      {
        versions: [latest],
      },
    ]) => latest ?? [],
  );
  const samples = serving.map(({ name, signature: { inputs } }) => [name, sampleBody(inputs)] as const);
  return {
    ready: true,
    ...addresses,
    ...(security.ca && { ca: { path: security.ca.path, fingerprint: security.ca.fingerprint } }),
    models: serving.map(({ name }) => name),
    samples: Object.fromEntries(samples.filter(([, body]) => JSON.stringify(body).length <= SAMPLE_LIMIT)),
  };
}

async function coordinate(context: Context, path: string): Promise<Coordination> {
  const { ports, logger, life, settings } = context;
  const extras = (coordinator: Coordinator) => {
    const models = folderRepository({ ...ports, coordinator, logger, path });
    return { ...models, forward: noPipelines };
  };
  const coordination = await startCoordination(context, await acceptWithCases(context), extras);
  await coordination.extras.open();
  if (settings.repositoryPoll > 0)
    await life.start(
      'repository poll',
      () => repeat(ports.clock, settings.repositoryPoll, coordination.extras.poll),
      (stop) => stop(),
    );
  return coordination;
}

async function noPipelines(): Promise<never> {
  throw failure('NotFound', 'pipelines run under an agent alone');
}

// A person who points at a file trusts it; what the file's own model.yaml demands is still proved first.
async function acceptWithCases(context: Context): Promise<Accept> {
  const inChild = await startAcceptor(context);
  return async (path, digest) => {
    const { spec } = await findModelFiles(context.ports.disk, path);
    return spec.acceptance ? inChild(path, digest) : { accepted: true, cases: 0 };
  };
}
