import { fileURLToPath } from 'node:url';
import { type ChildHandle, isSkerryError } from '@skerry/kit';
import { nodePorts } from '@skerry/kit/node';

const ports = nodePorts();
const main = fileURLToPath(new URL('./main.ts', import.meta.url));

export interface TestProcess {
  readonly child: ChildHandle;
  /** What it wrote, so far. */
  readonly stdout: string[];
  readonly stderr: string[];
}

/** For tests: the runtime as a process of its own, on free ports unless told otherwise. */
export async function startProcess(args: readonly string[]): Promise<TestProcess> {
  const written = { stdout: [] as string[], stderr: [] as string[] };
  const child = await ports.processes.spawn(process.execPath, ['--conditions=source', main, ...args], {
    output: { lines: (line, from) => written[from].push(line) },
  });
  return { child, ...written };
}

/** Asks the runtime of a state folder on its admin socket; undefined while there is none. */
export async function admin(state: string, method: string, path: string, body?: unknown) {
  try {
    const answer = await ports.http.request({
      method,
      url: `http://runtime${path}`,
      socketPath: `${state}/admin.sock`,
      deadlineMs: 30_000,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: answer.status, json: JSON.parse(Buffer.from(await answer.body()).toString()) };
  } catch (error) {
    if (isSkerryError(error)) return undefined;
    throw error;
  }
}
