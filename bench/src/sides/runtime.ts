import { join } from 'node:path';
import { type Program, projectFolder, startProgram } from '@skerry/testkit';
import { z } from 'zod';

/** A built runtime that serves what is at a path. */
export interface ServedRuntime extends AsyncDisposable {
  readonly pid: number;
  readonly port: number;
  readonly grpcPort: number;
  /** Of what it served when it was ready, in the order of their names. */
  readonly models: readonly string[];
  /** From the start of the process to the line that says it is ready. */
  readonly startMs: number;
}

const ready = z.object({
  ready: z.literal(true),
  rest: z.string(),
  grpc: z.string(),
  models: z.array(z.string()),
});

/** `skerry serve` without the command in front of it: the runtime's own main, from the build. */
export async function startRuntime(models: string, flags: readonly string[] = []): Promise<ServedRuntime> {
  const began = performance.now();
  const program = startBuilt(models, flags);
  try {
    const line = await program.said(parseReady, 'that it is ready', 60_000);
    return {
      pid: program.pid,
      port: Number(new URL(line.rest).port),
      grpcPort: Number(line.grpc.split(':').at(-1)),
      models: line.models.toSorted(),
      startMs: performance.now() - began,
      [Symbol.asyncDispose]: async () => void (await program.stop()),
    };
  } catch (error) {
    program.killGroup();
    throw error;
  }
}

/** Where requests of a model are posted to. */
export function inferPath(model: string): string {
  return `/v2/models/${model}/infer`;
}

function startBuilt(models: string, flags: readonly string[]): Program {
  const ports = ['--port', '0', '--metrics-port', '0', '--grpc-port', '0'];
  const rest = ['--log-level', 'warn', '--ready-json', ...flags];
  return startProgram({
    name: 'runtime',
    command: process.execPath,
    args: [join(projectFolder, 'dist/runtime/main.mjs'), '--models', models, ...ports, ...rest],
    env: process.env,
    cwd: projectFolder,
  });
}

function parseReady(line: string): z.infer<typeof ready> | undefined {
  return line.startsWith('{') ? ready.parse(JSON.parse(line)) : undefined;
}
