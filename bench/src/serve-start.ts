import { join } from 'node:path';
import { projectFolder, startProgram } from '@skerry/testkit';
import type { Reading } from './benchmark.ts';

const model = join(projectFolder, 'bench/models/mlp_tiny.onnx');

/** `skerry serve` with the smallest model. */
export async function measureServeStart(): Promise<Reading> {
  return { name: 'skerry serve, start to ready', unit: 's', goal: 0.6, value: await startSeconds(model) };
}

/** From the start of `skerry serve` with the models at a path to the line that says it is ready. */
export async function startSeconds(models: string): Promise<number> {
  const args = ['serve', models, '--port', '0', '--grpc-port', '0', '--metrics-port', '0', '--json'];
  const began = performance.now();
  await using program = startProgram({
    name: 'skerry serve',
    command: process.execPath,
    args: [join(projectFolder, 'dist/skerry.mjs'), ...args],
    env: process.env,
    cwd: projectFolder,
  });
  await program.said((line) => line.startsWith('{') || undefined, 'that it is ready');
  return (performance.now() - began) / 1000;
}
