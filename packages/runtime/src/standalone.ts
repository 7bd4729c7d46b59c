import { startAcceptor } from './acceptor.ts';
import type { Context } from './context.ts';
import { type Addresses, startListeners } from './listeners.ts';
import type { Accept } from './models/accept.ts';
import { findModels } from './models/find-models.ts';
import { findModelFiles } from './models/model-files.ts';
import { repository } from './models/repository.ts';
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
  const { models, security } = context;
  await loadAll(context, path);
  const serving = [...models.entries.values()].flatMap(({ serving }) => (serving ? [serving] : []));
  const addresses = await startListeners(context, { routes: [], metrics: () => '' });
  const samples = serving.map(({ name, inputs }) => [name, sampleBody(inputs)] as const);
  return {
    ready: true,
    ...addresses,
    ...(security.ca && { ca: { path: security.ca.path, fingerprint: security.ca.fingerprint } }),
    models: serving.map(({ name }) => name),
    samples: Object.fromEntries(samples.filter(([, body]) => JSON.stringify(body).length <= SAMPLE_LIMIT)),
  };
}

async function loadAll(context: Context, path: string): Promise<void> {
  const { models, engine, ports, logger } = context;
  const versions = repository({ ...ports, models, engine, logger, accept: await acceptWithCases(context) });
  const found = await findModels(ports.disk, path);
  const results = await Promise.allSettled(
    found.map(({ name, version, path: at }) => versions.load({ name, version, digest: '' }, at)),
  );
  const failed = results.filter((result) => result.status === 'rejected');
  if (failed.length === results.length) throw failed[0]?.reason;
}

// A person who points at a file trusts it; what the file's own model.yaml demands is still proved first.
async function acceptWithCases(context: Context): Promise<Accept> {
  const inChild = await startAcceptor(context);
  return async (path, digest) => {
    const { spec } = await findModelFiles(context.ports.disk, path);
    return spec.acceptance ? inChild(path, digest) : { accepted: true, cases: 0 };
  };
}
