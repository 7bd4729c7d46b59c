import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Program } from './program.ts';
import type { Stage } from './stage.ts';

export const cameraEntry = 'examples/meter-reading/camera/main.ts';

export interface CameraOptions {
  /** Where it posts its frames. */
  readonly url: string;
  /** Default: camera. */
  readonly name?: string;
  readonly args?: readonly string[];
}

/** The example's camera, which keeps a ledger of the frames that it was told are safe. */
export interface Camera extends AsyncDisposable {
  readonly program: Program;
  /** Ids of the messages that must reach the hub: one for each frame in the ledger. */
  promised(): Promise<string[]>;
  /** Takes no more frames, and ends once those on their way are safe or given up. */
  stop(): Promise<void>;
}

const source = '/cameras/camera';

export async function startCamera(
  stage: Stage,
  { url, name = 'camera', args = [] }: CameraOptions,
): Promise<Camera> {
  const ledger = join(await stage.makeFolder(name.replaceAll(' ', '-')), 'ledger.jsonl');
  const program = stage.start({
    name,
    entry: cameraEntry,
    args: ['--url', url, '--ledger', ledger, '--source', source, ...args],
  });
  const stop = async () => void (await program.stop());
  return { program, stop, promised: () => readLedger(ledger), [Symbol.asyncDispose]: stop };
}

async function readLedger(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter(Boolean)
    .map((line) => `${source}#${JSON.parse(line).frame}`);
}

/** Posts one frame, a picture of nothing, as a camera of that name would; the status of the answer. */
export async function postFrame(url: string, camera: string, frame: number): Promise<number> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/octet-stream',
      'ce-specversion': '1.0',
      'ce-id': String(frame),
      'ce-source': camera,
      'ce-type': 'dev.skerry.frame.v1',
    },
    body: new Uint8Array(64),
    signal: AbortSignal.timeout(5_000),
  });
  await response.arrayBuffer();
  return response.status;
}
