import { basename } from 'node:path';
import { after } from 'node:test';
import { modelSpec } from '@skerry/contracts';
import { silentLogger } from '@skerry/kit';
import { nodeClock } from '@skerry/kit/node';
import { openOnnxEngine } from '../../engines/onnx-engine.ts';
import { failure } from '../../errors.ts';
import { router } from '../../http/router.ts';
import { drain, httpServer, listen } from '../../http/server.ts';
import { type ModelTable, modelTable } from '../../models/model-table.ts';
import { inlineModel, type ModelId } from '../../models/served-model.ts';
import { statisticsOf } from '../../models/statistics.ts';
import type { Observer } from '../../observe/call.ts';
import { httpCalls } from '../../observe/http-calls.ts';
import type { Central } from '../central.ts';
import { respondError } from './errors.ts';
import { restRoutes } from './routes.ts';

/** A file among the tests' own. */
export const fixture = (name: string) => new URL(`../../../test/${name}`, import.meta.url).pathname;

/** Answers as the coordinator does, from the one table that there is. */
function tableCentral(
  models: ModelTable,
  activate: (name: string, path: string) => void,
  paths: ReadonlyMap<string, string>,
): Central {
  const served = () => [...models.entries.values()].flatMap(({ serving }) => (serving ? [serving] : []));
  const pathOf = (name: string) => {
    const path = paths.get(name);
    if (path === undefined) throw failure('ModelNotFound', `there is no model ${name} in the repository`);
    return path;
  };
  return {
    async index(onlyReady) {
      const ready = served().map(({ name, version }) => ({
        name,
        version,
        state: 'READY' as const,
        reason: '',
      }));
      const others = [...paths.keys()].filter((name) => !models.entries.has(name));
      if (onlyReady) return ready;
      return [
        ...ready,
        ...others.map((name) => ({ name, state: 'UNAVAILABLE' as const, reason: 'unloaded' })),
      ];
    },
    load: async (name) => activate(name, pathOf(name)),
    async unload(name) {
      pathOf(name);
      models.publish(name, undefined);
    },
    async statistics(name) {
      const wanted = served().filter((model) => name === undefined || model.name === name);
      return wanted.map((model) => statisticsOf({ ...model, stats: () => model.stats }));
    },
    forward: () => Promise.reject(failure('NotFound', 'there are no pipelines here')),
  };
}

interface TestOptions {
  readonly bodyLimit?: number;
  readonly requestMs?: number;
  readonly observer?: Observer;
}

/** A real server on a free port with real models, named by their files; for one test file, and stopped after it. */
export async function startTestServer(files: readonly string[], options: TestOptions = {}) {
  const { bodyLimit = 1024 * 1024, requestMs = 600, observer } = options;
  const limits = { headMs: 300, requestMs, idleMs: 5_000, headBytes: 16_384, connections: 256 };
  const [models, engine, clock] = [modelTable(), await openOnnxEngine(), nodeClock()];
  const activate = (id: ModelId, file: string) => {
    models.activate(inlineModel(id, modelSpec.parse({}), engine.open(file), clock));
  };
  for (const file of files) {
    const id = { name: basename(file, '.onnx'), version: '1', digest: '' };
    activate(id, fixture(file));
  }
  const paths = new Map(files.map((file) => [basename(file, '.onnx'), fixture(file)]));
  const central = tableCentral(
    models,
    (name, path) => activate({ name, version: '1', digest: '' }, path),
    paths,
  );
  const calls = observer && httpCalls(observer, clock);
  let ready = true;
  const routes = restRoutes({
    models,
    clock,
    logger: silentLogger,
    bodyLimit,
    version: '0',
    isReady: () => ready,
    central,
    calls,
  });
  const server = httpServer(
    router(routes),
    (response, error) => respondError(response, error, silentLogger),
    limits,
    undefined,
    calls,
  );
  const port = await listen(server, { host: '127.0.0.1', port: 0, search: false, flag: '--port' });
  after(() => drain(server, 100));
  const call = async (path: string, init?: RequestInit) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, init);
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: text === '' ? undefined : JSON.parse(text),
    };
  };
  return {
    port,
    drain: () => drain(server, 5_000),
    load: (file: string, version: string) => {
      const id = { name: basename(file, '.onnx'), version, digest: '' };
      activate(id, fixture(file));
    },
    models,
    call,
    setReady: (value: boolean) => {
      ready = value;
    },
    infer: (model: string, body: unknown) =>
      call(`/v2/models/${model}/infer`, {
        method: 'POST',
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
  };
}
