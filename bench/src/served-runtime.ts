import { join } from 'node:path';
import { type Program, projectFolder, startProgram } from '@skerry/testkit';
import { z } from 'zod';

/** A built runtime that serves one model. */
export interface ServedRuntime extends AsyncDisposable {
  readonly pid: number;
  readonly port: number;
  /** Where to post. */
  readonly path: string;
}

const ready = z.object({ ready: z.literal(true), rest: z.string(), models: z.array(z.string()).min(1) });

/** `skerry serve` without the command in front of it: the runtime's own main, from the build. */
export async function serveModel(file: string): Promise<ServedRuntime> {
  const program = startRuntime(file);
  const { rest, models } = await program.said(parseReady, 'that it is ready');
  return {
    pid: program.pid,
    port: Number(new URL(rest).port),
    path: `/v2/models/${models[0]}/infer`,
    [Symbol.asyncDispose]: async () => void (await program.stop()),
  };
}

function startRuntime(file: string): Program {
  const ports = ['--port', '0', '--metrics-port', '0'];
  const args = [
    join(projectFolder, 'dist/runtime/main.mjs'),
    '--models',
    file,
    ...ports,
    '--log-level',
    'warn',
    '--ready-json',
  ];
  return startProgram({
    name: 'runtime',
    command: process.execPath,
    args,
    env: process.env,
    cwd: projectFolder,
  });
}

function parseReady(line: string): z.infer<typeof ready> | undefined {
  return line.startsWith('{') ? ready.safeParse(JSON.parse(line)).data : undefined;
}
