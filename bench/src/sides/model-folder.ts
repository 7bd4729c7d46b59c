import { copyFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A model to put there; `serving` is that of `spec` in its model.yaml. */
export interface FolderModel {
  readonly name: string;
  readonly file: string;
  readonly version?: number;
  readonly serving?: Readonly<Record<string, string | number>>;
}

/** A model repository in Triton's layout, which goes with the benchmark. */
export interface ModelFolder extends AsyncDisposable {
  readonly path: string;
  /** A version appears whole, or not at all. */
  add(model: FolderModel): Promise<void>;
  removeVersion(name: string, version: number): Promise<void>;
}

export async function modelFolder(...models: readonly FolderModel[]): Promise<ModelFolder> {
  const root = await mkdtemp(join(tmpdir(), 'skerry-bench-models-'));
  const path = join(root, 'models');
  await mkdir(path);
  const folder: ModelFolder = {
    path,
    async add({ name, file, version = 1, serving }) {
      const staged = join(root, 'staged');
      await mkdir(staged);
      await copyFile(file, join(staged, 'model.onnx'));
      await mkdir(join(path, name), { recursive: true });
      if (serving) await writeFile(join(path, name, 'model.yaml'), cardOf(name, serving));
      await rename(staged, join(path, name, String(version)));
    },
    removeVersion: (name, version) => rm(join(path, name, String(version)), { recursive: true }),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
  for (const model of models) await folder.add(model);
  return folder;
}

/** JSON is YAML. */
function cardOf(name: string, serving: FolderModel['serving']): string {
  const metadata = { name: name.replaceAll('_', '-') };
  return JSON.stringify({ apiVersion: 'skerry.dev/v1alpha1', kind: 'Model', metadata, spec: { serving } });
}
