import { withDeadline } from '@skerry/kit';
import { z } from 'zod';
import { type Found, fail, pass } from './finding.ts';
import type { Site } from './site.ts';

const DEADLINE_MS = 30_000;

const answer = z.union([
  z.object({ engine: z.string(), version: z.string(), ms: z.number() }),
  z.object({ error: z.string(), folder: z.string().optional() }),
]);

/** The engine, in a child, since native code that fails takes its process with it. */
export async function checkEngine({ ports: { processes, clock }, engineProgram }: Site): Promise<Found[]> {
  const [program, ...args] = engineProgram;
  const said: string[] = [];
  const lines = (line: string, from: 'stdout' | 'stderr') => {
    if (from === 'stdout') said.push(line);
  };
  const child = await processes.spawn(program, args, { output: { lines } });
  const ended = withDeadline(child.exited, DEADLINE_MS, clock, 'running a tiny model');
  const exit = await ended.catch((error) => {
    child.kill('SIGKILL');
    throw error;
  });
  return [verdict(said.at(-1), exit.signal ?? `code ${exit.code}`)];
}

const next =
  'See whether onnxruntime-node supports this machine (processor, system libraries, memory), and install again.';

function verdict(line: string | undefined, ending: string): Found {
  const told = answer.safeParse(jsonOf(line));
  if (!told.success) return fail(`the engine did not run a tiny model: it ended with ${ending}`, next);
  if ('folder' in told.data && told.data.folder !== undefined)
    return fail(
      `the engine was not tried: ${told.data.error}`,
      `Make room in ${told.data.folder}, or name another folder with TMPDIR, and check again.`,
    );
  if ('error' in told.data) return fail(`the engine did not run a tiny model: ${told.data.error}`, next);
  const { engine, version, ms } = told.data;
  return pass(`${engine} ${version} runs a tiny model, ${Math.round(ms)} ms from nothing`);
}

function jsonOf(line = ''): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
