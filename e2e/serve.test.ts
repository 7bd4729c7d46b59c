import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { type OipResponse, oipResponse } from '@skerry/contracts';
import {
  cliEntry,
  digitsFolder,
  entryOf,
  freePort,
  openStage,
  type Program,
  runCli,
  type Stage,
  until,
} from '@skerry/testkit';

const fixtures = entryOf('packages/runtime/test/fixtures');

test('`skerry serve FILE` prints a curl line that works when it is pasted', {
  skip: await noCurl(),
}, async (t) => {
  const stage = openStage(t);
  // As people export models: a plain one, external data, varying dimensions, an output that is no tensor, scalars.
  for (const [file, name] of [
    ['bench/models/mlp_tiny.onnx', 'mlp_tiny'],
    [join(fixtures, 'external.onnx'), 'external'],
    [join(fixtures, 'dynamic.onnx'), 'dynamic'],
    [join(fixtures, 'iris_zipmap.onnx'), 'iris_zipmap'],
    [join(fixtures, 'scalars.onnx'), 'scalars'],
    [join(digitsFolder, 'digits_cnn.onnx'), 'digits'],
  ] as const)
    await t.test(name, async () => {
      const server = await serve(stage, entryOf(file));
      const [line] = curlLines(server);
      const answer = await paste(line!);
      assert.equal(answer.model_name, name);
      assert.ok(answer.outputs.length > 0);
      assert.equal((await server.stop()).code, 0);
    });
});

test('`skerry serve FOLDER` serves every model in it, each with its curl line', {
  skip: await noCurl(),
}, async (t) => {
  const stage = openStage(t);
  const models = await stage.makeFolder('models');
  await cp(digitsFolder, join(models, 'digits'), { recursive: true });
  await cp(entryOf('bench/models/mlp_tiny.onnx'), join(models, 'tiny.onnx'));
  const server = await serve(stage, models);
  await until(() => curlLines(server).length === 2, { what: 'two models are shown' });
  const answers = await Promise.all(curlLines(server).map(paste));
  assert.deepEqual(answers.map(({ model_name }) => model_name).sort(), ['digits', 'tiny']);
});

test('`skerry serve` says what is wrong with what it cannot serve', async (t) => {
  const stage = openStage(t);
  const cases = [
    [join(fixtures, 'unknown_operator.onnx'), 'ModelOperatorUnsupported', 2],
    [entryOf('package.json'), 'ModelNotOnnx', 2],
    [join(stage.folder, 'nothing-here.onnx'), 'FileNotFound', 3],
  ] as const;
  for (const [path, code, exit] of cases)
    await t.test(code, async () => {
      const { code: status, stderr } = await runCli(stage, [
        'serve',
        path,
        '--port',
        '0',
        '--grpc-port',
        '0',
        '--metrics-port',
        '0',
      ]);
      assert.equal(status, exit);
      assert.match(stderr, new RegExp(`\\b${code}\\b`));
    });
});

/** Resolves once it has shown its first curl line. */
async function serve(stage: Stage, path: string): Promise<Program> {
  const ports = [
    ...['--port', String(await freePort()), '--grpc-port', String(await freePort())],
    ...['--metrics-port', String(await freePort())],
  ];
  const server = stage.start({ name: 'serve', entry: cliEntry, args: ['serve', path, ...ports] });
  await server.said((line) => line.trim().startsWith('curl ') || undefined, 'a curl line');
  return server;
}

function curlLines({ stdout }: Program): string[] {
  return stdout.map((line) => line.trim()).filter((line) => line.startsWith('curl '));
}

/** Runs a line as a shell does. */
async function paste(line: string): Promise<OipResponse> {
  const { stdout } = await promisify(execFile)('sh', ['-c', line], { timeout: 10_000 });
  return oipResponse.parse(JSON.parse(stdout));
}

async function noCurl(): Promise<string | false> {
  return promisify(execFile)('curl', ['--version']).then(
    () => false as const,
    () => 'needs curl',
  );
}
