import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openOnnxEngine } from './onnx-engine.ts';

// A process of its own, so that an engine that cannot run on this machine takes nothing with it.
// Says in one line `{ engine, version, ms }`, or `{ error }`, with `folder` where none could be made for the model.

/** ONNX, opset 13: y = x + x, float32 [2]. */
const tinyModel =
  'CAgSADo3Cg4KAXgKAXgSAXkiA0FkZBIDdHJ5Wg8KAXgSCgoICAESBAoCCAJiDwoBeRIKCggIARIECgIIAkIECgAQDQ==';

async function tryEngine() {
  const began = performance.now();
  const engine = await openOnnxEngine();
  const folder = await mkdtemp(join(tmpdir(), 'skerry-engine-'));
  try {
    await writeFile(join(folder, 'tiny.onnx'), Buffer.from(tinyModel, 'base64'));
    const session = engine.open(join(folder, 'tiny.onnx'));
    const feed = { datatype: 'FP32', shape: [2], data: new Float32Array([1, -2.5]) } as const;
    const [sum] = session.run([feed], ['y']);
    session.close();
    const answer = Array.from(sum?.data as Float32Array);
    if (answer[0] !== 2 || answer[1] !== -5) throw new Error(`it made ${answer} of 1 and -2.5, twice each`);
    return { engine: engine.name, version: engineVersion(), ms: performance.now() - began };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const engineVersion = (): string => createRequire(import.meta.url)('onnxruntime-node/package.json').version;

const answer = await tryEngine().catch((error: NodeJS.ErrnoException) => ({
  error: error.message,
  ...(error.syscall !== undefined && { folder: tmpdir() }),
}));
process.stdout.write(`${JSON.stringify(answer)}\n`);
