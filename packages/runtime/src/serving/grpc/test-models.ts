import { basename } from 'node:path';
import { type ModelSpec, modelSpec } from '@skerry/contracts';
import { nodeClock } from '@skerry/kit/node';
import { openOnnxEngine } from '../../engines/onnx-engine.ts';
import { type ModelTable, modelTable } from '../../models/model-table.ts';
import { inlineModel } from '../../models/served-model.ts';

/** A file among the tests' own. */
export const fixture = (name: string) => new URL(`../../../test/${name}`, import.meta.url).pathname;

/** Real models that serve on this thread, named by their files, each as version 1. */
export async function testModels(
  files: readonly string[],
  specs: Readonly<Record<string, unknown>> = {},
): Promise<ModelTable> {
  const [models, engine, clock] = [modelTable(), await openOnnxEngine(), nodeClock()];
  for (const file of files) {
    const name = basename(file, '.onnx');
    const spec: ModelSpec = modelSpec.parse(specs[name] ?? {});
    models.activate(inlineModel({ name, version: '1', digest: '' }, spec, engine.open(fixture(file)), clock));
  }
  return models;
}
