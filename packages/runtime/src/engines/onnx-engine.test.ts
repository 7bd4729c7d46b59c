import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { engineConformance } from './engine-conformance.ts';
import { openOnnxEngine } from './onnx-engine.ts';

const fixture = (name: string) => new URL(`../../test/${name}`, import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'skerry-engine-'));
after(() => rmSync(folder, { recursive: true }));

const made = (name: string, content: Uint8Array | string) => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const withoutData = join(folder, 'external.onnx');
copyFileSync(fixture('fixtures/external.onnx'), withoutData);

engineConformance(openOnnxEngine, {
  digits: fixture('models/digits_cnn.onnx'),
  external: fixture('fixtures/external.onnx'),
  externalWithoutData: withoutData,
  zipMap: fixture('fixtures/iris_zipmap.onnx'),
  words: fixture('fixtures/words.onnx'),
  dynamic: fixture('fixtures/dynamic.onnx'),
  scalars: fixture('fixtures/scalars.onnx'),
  datatypes: fixture('fixtures/datatypes.onnx'),
  unknownOperator: fixture('fixtures/unknown_operator.onnx'),
  truncated: made('truncated.onnx', readFileSync(fixture('models/digits_cnn.onnx')).subarray(0, 90_000)),
  notAModel: made('not-a-model.onnx', 'hello, this is not a model'),
  empty: made('empty.onnx', ''),
  absent: join(folder, 'absent.onnx'),
});
