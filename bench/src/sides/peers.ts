import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort, projectFolder, startProgram, until } from '@skerry/testkit';
import { inferPath } from './runtime.ts';

export type PeerName = 'fastapi' | 'mlserver';

/** A server of somebody else that serves a model, by the same protocol. */
export interface Peer extends AsyncDisposable {
  readonly port: number;
}

const folder = join(projectFolder, 'bench/peers');
const programs = { fastapi: 'uvicorn', mlserver: 'mlserver' } as const;

/** Puts a peer's pinned packages into a virtual environment, unless they are there. Rejects with what pip said. */
export async function installPeer(name: PeerName): Promise<void> {
  await promisify(execFile)(join(folder, 'install.sh'), [name]);
}

/** Starts it with an ONNX file as the model of a name; resolves when it answers to `probe`. */
export async function startPeer(
  peer: PeerName,
  model: { readonly name: string; readonly file: string },
  probe: Uint8Array,
): Promise<Peer> {
  const port = await freePort();
  const work = await mkdtemp(join(tmpdir(), `skerry-bench-${peer}-`));
  const program = startProgram({
    name: peer,
    command: join(folder, `.venv-${peer}/bin/${programs[peer]}`),
    args: peer === 'fastapi' ? fastapiArgs(port) : await mlserverArgs(port, work, model),
    env: { ...process.env, MODEL: model.file, PYTHONPATH: join(folder, peer) },
    cwd: work,
  });
  const stop = async () => {
    await program.stop();
    await rm(work, { recursive: true });
  };
  const url = `http://127.0.0.1:${port}${inferPath(model.name)}`;
  try {
    await until(() => answers(url, probe), { what: `${peer} answered`, deadline: 60_000, every: 200 });
  } catch (error) {
    await stop();
    throw new Error(`${peer} does not serve: ${program.log.slice(-20).join('\n')}`, { cause: error });
  }
  return { port, [Symbol.asyncDispose]: stop };
}

async function answers(url: string, body: Uint8Array): Promise<boolean> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: Buffer.from(body) });
  await response.arrayBuffer();
  return response.ok;
}

const fastapiArgs = (port: number) => {
  const loop = ['--loop', 'uvloop', '--http', 'httptools'];
  return ['app:app', ...loop, '--port', String(port), '--no-access-log', '--log-level', 'warning'];
};

/** In-process, which is the quicker of its two ways. */
async function mlserverArgs(
  port: number,
  work: string,
  model: { readonly name: string; readonly file: string },
): Promise<string[]> {
  const server = {
    host: '127.0.0.1',
    http_port: port,
    grpc_port: await freePort(),
    metrics_port: await freePort(),
    parallel_workers: 0,
    debug: false,
    use_structured_logging: false,
  };
  const implementation = 'onnx_runtime.OnnxModel';
  const settings = { name: model.name, implementation, parameters: { uri: model.file } };
  await writeFile(join(work, 'settings.json'), JSON.stringify(server));
  await writeFile(join(work, 'model-settings.json'), JSON.stringify(settings));
  return ['start', work];
}
