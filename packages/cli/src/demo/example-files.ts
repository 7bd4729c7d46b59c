import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { failure } from '../errors.ts';

/** The parts of `examples/meter-reading` that the demo plays. */
export interface ExampleFiles {
  readonly fleet: string;
  readonly model: string;
  readonly camera: string;
  /** A request that the model answers. */
  readonly request: string;
  /** Label of each row of the data set. */
  readonly labels: readonly string[];
}

export async function findExample(): Promise<ExampleFiles> {
  const folder = await exampleFolder();
  const rows = (await readFile(join(folder, 'data', 'digits.csv'), 'utf8')).trim().split('\n').slice(1);
  return {
    fleet: join(folder, 'fleet.yaml'),
    model: join(folder, 'model'),
    camera: join(folder, 'camera', 'main.ts'),
    request: join(folder, 'seven.json'),
    labels: rows.map((row) => row.slice(row.lastIndexOf(',') + 1).trim()),
  };
}

/** Beside the sources and beside the build alike: the nearest folder above that has the example. */
async function exampleFolder(): Promise<string> {
  let above = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const folder = join(above, 'examples', 'meter-reading');
    if ((await stat(folder).catch(() => undefined))?.isDirectory()) return folder;
    if (above === dirname(above)) break;
    above = dirname(above);
  }
  throw failure('FileNotFound', 'examples/meter-reading is not beside this program', {
    next: 'Run the demo from a checkout of Skerry.',
  });
}
