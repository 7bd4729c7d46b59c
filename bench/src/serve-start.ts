import { join } from 'node:path';
import { projectFolder, startProgram } from '@skerry/testkit';
import type { Reading } from './benchmark.ts';

const model = join(projectFolder, 'bench/models/mlp_tiny.onnx');

/** From the start of `skerry serve` to the line that says it is ready. */
export async function measureServeStart(): Promise<Reading> {
  const args = ['serve', model, '--port', '0', '--grpc-port', '0', '--metrics-port', '0', '--json'];
  const began = performance.now();
  await using program = startProgram({
    name: 'skerry serve',
    command: process.execPath,
    args: [join(projectFolder, 'dist/skerry.mjs'), ...args],
    env: process.env,
    cwd: projectFolder,
  });
  await program.said((line) => line.startsWith('{') || undefined, 'that it is ready');
  return {
    name: 'skerry serve, start to ready',
    unit: 's',
    goal: 0.6,
    value: (performance.now() - began) / 1000,
  };
}
