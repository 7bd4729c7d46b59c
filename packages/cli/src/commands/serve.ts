import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { Cli } from '../cli.ts';
import { type AddCommand, type CommonOptions, command } from '../command.ts';
import { partArguments } from '../processes.ts';
import { clean } from '../render/clean.ts';
import { servingClient } from '../serving/client.ts';
import { pasteable, sampleRequest, shellWord } from '../serving/sample.ts';

interface ServeOptions extends CommonOptions {
  readonly host?: string;
  readonly port?: string;
  readonly metricsPort?: string;
  readonly portSearch?: boolean;
}

const readyLine = z.object({
  ready: z.literal(true),
  rest: z.url(),
  metrics: z.string(),
  models: z.array(z.string()),
});
type Ready = z.infer<typeof readyLine>;

export const serveCommand: AddCommand = (parent, cli) => {
  command(parent, {
    name: 'serve <path>',
    summary:
      'serve an ONNX file, or a folder of models, with no hub and no YAML; prints a curl line that works',
    examples: ['serve ./any.onnx', 'serve ./models --host 0.0.0.0 --port 9000'],
  })
    .option('--host <address>', 'address to listen on (default: 127.0.0.1)')
    .option('--port <number>', 'port of the REST API (default: 8000)')
    .option('--metrics-port <number>', 'port of the metrics (default: 8002)')
    .option('--port-search', 'take the next free port where one is taken')
    .action((path: string, options: ServeOptions) => serve(cli, path, options));
};

/** Runs the runtime until it ends, or is told to. */
async function serve(cli: Cli, path: string, options: ServeOptions): Promise<void> {
  const args = partArguments('runtime', ['--models', path, '--ready-json', ...flags(options)]);
  // In a group of its own: Ctrl-C reaches it once, through us.
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  const folder = await mkdtemp(join(tmpdir(), 'skerry-serve-'));
  const stop = () => child.kill('SIGTERM');
  cli.signal.addEventListener('abort', stop);
  const killWithUs = () => child.kill('SIGKILL');
  process.once('exit', killWithUs);
  try {
    const exited = once(child, 'exit') as Promise<[number | null]>;
    const ready = await readiness(child);
    if (ready && options.json) cli.stdout.line(JSON.stringify(ready));
    else if (ready) await announce(cli, ready, folder);
    const [code] = await exited;
    if (cli.signal.aborted) return;
    if (code !== 0) process.exitCode = code ?? 1;
  } finally {
    process.off('exit', killWithUs);
    await rm(folder, { recursive: true, force: true });
  }
}

function flags({ host, port, metricsPort, portSearch }: ServeOptions): string[] {
  return [
    ...(host === undefined ? [] : ['--host', host]),
    ...(port === undefined ? [] : ['--port', port]),
    ...(metricsPort === undefined ? [] : ['--metrics-port', metricsPort]),
    ...(portSearch ? ['--port-search'] : []),
  ];
}

/** What the runtime says once it serves; undefined when it ends before, having said why. */
async function readiness(child: ChildProcess): Promise<Ready | undefined> {
  for await (const line of createInterface({ input: child.stdout! })) {
    const parsed = readyLine.safeParse(jsonOf(line));
    if (parsed.success) return parsed.data;
  }
  return undefined;
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

async function announce(cli: Cli, { rest, metrics, models }: Ready, folder: string): Promise<void> {
  const { stdout } = cli;
  stdout.line(`Serving ${models.map(clean).join(', ')} at ${rest} (metrics at ${metrics}). Ctrl-C ends it.`);
  for (const model of models) {
    stdout.line(`\nTry ${clean(model)}:`);
    stdout.line(`  ${await curlLine(cli, rest, model, folder)}`);
  }
}

/** A body that is too long to be pasted goes into a file that is there as long as we are. */
async function curlLine(cli: Cli, rest: string, model: string, folder: string): Promise<string> {
  const client = servingClient(cli, rest);
  const body = JSON.stringify(sampleRequest(await client.metadata(model)));
  const address = `${rest}/v2/models/${encodeURIComponent(model)}/infer`;
  if (body.length <= pasteable) return `curl -s ${shellWord(address)} -d ${shellWord(body)}`;
  const file = join(folder, `${encodeURIComponent(model)}.json`);
  await writeFile(file, body, { mode: 0o600 });
  return `curl -s ${shellWord(address)} -d ${shellWord(`@${file}`)}`;
}
