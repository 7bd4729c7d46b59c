import { cp, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ProcessExit } from '@skerry/kit';
import { startProcess } from '../test-process.ts';
import { until } from '../until.ts';
import type { Target } from './target.ts';

/** A runtime of its own process, which must outlive whatever it is sent. */
export interface FuzzedServer {
  /** What it listens on. */
  readonly targets: readonly Target[];
  /** Rejects when it does not answer any more, or holds much more memory than at the first time. */
  checkHealth(): Promise<void>;
  stop(): Promise<void>;
}

const MOST_MS = 5_000;
/** An answer comes sooner, but for a machine that is busy; then it is not waited for. */
const SILENCE_MS = 10;
/** Resident memory is not given back at once, so that only what goes on growing can be told. */
const MOST_GROWTH = 192 * 1024 * 1024;
const models = fileURLToPath(new URL('../../test/models', import.meta.url));
/** So that instance threads and the decoder are reached too. */
const card = `apiVersion: skerry.dev/v1alpha1
kind: Model
metadata: { name: digits_cnn }
spec:
  inputs: { image: { image: {} } }
  outputs: { probabilities: { classification: { labels: ["0", "1", "2"] } } }
  serving: { execution: instance }
`;

export async function startServer(): Promise<FuzzedServer> {
  const flags = [
    '--port',
    '0',
    '--metrics-port',
    '0',
    '--grpc-port',
    '0',
    '--log-level',
    'error',
    '--ready-json',
  ];
  const folder = await writeRepository();
  const { child, stdout, stderr } = await startProcess(['--models', folder, ...flags]);
  let end: ProcessExit | undefined;
  const ended = child.exited.then(async (exit) => {
    end = exit;
    await rm(folder, { recursive: true });
  });
  const checkAlive = () => {
    if (end) throw new Error(`the runtime ended with ${end.signal ?? end.code}: ${stderr.join('\n')}`);
  };
  await until(() => end !== undefined || stdout.length > 0);
  checkAlive();
  const { rest, grpc, metrics } = JSON.parse(stdout[0]!) as Record<'rest' | 'grpc' | 'metrics', string>;
  let atFirst: number | undefined;
  const run = (address: string) => async (bytes: Buffer) => {
    const status = saidIn(await exchange(address, bytes));
    checkAlive();
    return status;
  };
  return {
    targets: [
      { name: 'http/raw', run: run(rest) },
      { name: 'http2/raw', run: run(`http://${grpc}`) },
    ],
    async checkHealth() {
      checkAlive();
      const { status } = await fetch(`${rest}/v2/health/live`, { signal: AbortSignal.timeout(MOST_MS) });
      if (status !== 200) throw new Error(`the runtime answers ${status} to /v2/health/live`);
      const now = await residentBytes(metrics);
      atFirst ??= now;
      if (now > atFirst + MOST_GROWTH) throw new Error(`the runtime grew from ${atFirst} to ${now} bytes`);
    },
    async stop() {
      const wasThere = child.kill();
      await ended;
      if (wasThere && end?.code !== 0) throw new Error(`the runtime did not stop: ${stderr.join('\n')}`);
    },
  };
}

async function writeRepository(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'skerry-fuzz-'));
  await cp(models, folder, { recursive: true });
  await mkdir(join(folder, 'digits_cnn'));
  await rename(join(folder, 'digits_cnn.onnx'), join(folder, 'digits_cnn', 'model.onnx'));
  await writeFile(join(folder, 'digits_cnn', 'model.yaml'), card);
  return folder;
}

async function residentBytes(metrics: string): Promise<number> {
  const answer = await fetch(`${metrics}/metrics`, { signal: AbortSignal.timeout(MOST_MS) });
  return Number(/^process_resident_memory_bytes (\S+)$/m.exec(await answer.text())![1]);
}

/** Sends these bytes and leaves once nothing more comes; resolves with what came. */
async function exchange(address: string, bytes: Buffer): Promise<Buffer> {
  const { hostname, port } = new URL(address);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  const answer: Buffer[] = [];
  socket.on('data', (piece) => answer.push(piece));
  let closed = false;
  const end = new Promise<void>((resolve) => {
    socket.once('error', () => resolve()).once('close', () => resolve());
  }).then(() => {
    closed = true;
  });
  socket.write(bytes);
  // Whoever ends its side at once gets no answer that takes a moment: Node takes it for gone.
  for (let heard = -1; !closed && heard !== answer.length; ) {
    heard = answer.length;
    await Promise.race([end, sleep(SILENCE_MS)]);
  }
  socket.end();
  await Promise.race([end, sleep(MOST_MS, undefined, { ref: false })]);
  socket.destroy();
  if (!closed) throw new Error(`the connection was still open ${MOST_MS} ms after it was ended`);
  return Buffer.concat(answer);
}

/** The status of an answer over HTTP/1.1, the kinds of frames of one over HTTP/2. */
function saidIn(answer: Buffer): string {
  if (answer.length === 0) return 'closed';
  const status = /^HTTP\/1\.1 (\d+)/.exec(answer.toString('latin1'))?.[1];
  if (status === '500') throw new Error(`it answered ${answer.toString('latin1', 0, 500)}`);
  return status ?? framesIn(answer);
}

const HEAD = 9;
const GOAWAY = 7;

/** Types of frames (RFC 9113 §4.1), each once, and the error code of a GOAWAY. */
function framesIn(answer: Buffer): string {
  const types = new Set<string>();
  for (let at = 0; at + HEAD <= answer.length; at += HEAD + answer.readUIntBE(at, 3)) {
    const type = answer[at + 3]!;
    const hasCode = type === GOAWAY && at + HEAD + 8 <= answer.length;
    types.add(hasCode ? `${type}:${answer.readUInt32BE(at + HEAD + 4)}` : `${type}`);
  }
  return [...types].sort().join();
}
