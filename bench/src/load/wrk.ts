import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { LoadOrder } from './closed-loop.ts';

const execute = promisify(execFile);

const summary = z.object({
  requests: z.number(),
  micros: z.number(),
  errors: z.number(),
});

/** Whether `wrk` can be run. It is a C program: a fourth of what a load in JavaScript takes from the cores it shares. */
export function hasWrk(): Promise<boolean> {
  // It has no flag that ends with success.
  return execute('wrk', ['-v']).then(
    () => true,
    (error) => error.code !== 'ENOENT',
  );
}

/** What {@link applyLoad} does, by wrk with one thread, as far as requests a second go. */
export async function applyWrk(order: LoadOrder): Promise<{ readonly requestsPerSecond: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'skerry-bench-wrk-'));
  try {
    const script = join(folder, 'post.lua');
    await writeFile(script, scriptOf(order));
    const seconds = Math.max(1, Math.round(order.forMs / 1000));
    const url = `http://127.0.0.1:${order.port}${order.path}`;
    const args = ['-t1', `-c${order.connections}`, `-d${seconds}s`, '-s', script, url];
    const { stdout } = await execute('wrk', args);
    const { requests, micros, errors } = summary.parse(JSON.parse(stdout.trim().split('\n').at(-1)!));
    if (errors > 0) throw new Error(`${errors} answers that wrk saw are not 2xx, or did not come`);
    return { requestsPerSecond: (requests * 1e6) / micros };
  } finally {
    await rm(folder, { recursive: true });
  }
}

function scriptOf({ headers, body }: LoadOrder): string {
  const fields = Object.entries({ 'Content-Type': 'application/json', ...headers });
  const text = (value: string | Uint8Array) =>
    `"${[...Buffer.from(value)].map((byte) => `\\${String(byte).padStart(3, '0')}`).join('')}"`;
  return `
wrk.method = "POST"
wrk.body = ${text(body)}
${fields.map(([name, value]) => `wrk.headers[${text(name)}] = ${text(value)}`).join('\n')}
done = function(summary, latency, requests)
  local e = summary.errors
  local errors = e.connect + e.read + e.write + e.status + e.timeout
  io.write(string.format('{"requests":%d,"micros":%d,"errors":%d}\\n', summary.requests, summary.duration, errors))
end
`;
}
