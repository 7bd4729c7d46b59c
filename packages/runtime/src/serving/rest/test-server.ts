import { basename } from 'node:path';
import { after } from 'node:test';
import { modelSpec } from '@skerry/contracts';
import { silentLogger } from '@skerry/kit';
import { nodeClock } from '@skerry/kit/node';
import { openOnnxEngine } from '../../engines/onnx-engine.ts';
import { router } from '../../http/router.ts';
import { drain, httpServer, listen } from '../../http/server.ts';
import { modelTable } from '../../models/model-table.ts';
import { inlineModel, type ModelId } from '../../models/served-model.ts';
import { respondError } from './errors.ts';
import { restRoutes } from './routes.ts';

/** A file among the tests' own. */
export const fixture = (name: string) => new URL(`../../../test/${name}`, import.meta.url).pathname;

/** A real server on a free port with real models, named by their files; for one test file, and stopped after it. */
export async function startTestServer(files: readonly string[], bodyLimit = 1024 * 1024) {
  const limits = { headMs: 300, requestMs: 600, idleMs: 5_000, headBytes: 16_384, connections: 256 };
  const [models, engine, clock] = [modelTable(), await openOnnxEngine(), nodeClock()];
  const activate = (id: ModelId, file: string) => {
    models.activate(inlineModel(id, modelSpec.parse({}), engine.open(file), clock));
  };
  for (const file of files) {
    const id = { name: basename(file, '.onnx'), version: '1', digest: '' };
    activate(id, fixture(file));
  }
  let ready = true;
  const routes = restRoutes({
    models,
    clock,
    logger: silentLogger,
    bodyLimit,
    version: '0',
    isReady: () => ready,
  });
  const server = httpServer(
    router(routes),
    (response, error) => respondError(response, error, silentLogger),
    limits,
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
