import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';

const engine = new URL('./onnx-engine.ts', import.meta.url).href;
const model = new URL('../../test/models/mlp_tiny.onnx', import.meta.url).pathname;
const program = `
  const { openOnnxEngine } = await import(${JSON.stringify(engine)});
  (await openOnnxEngine()).open(${JSON.stringify(model)});
  console.log(process.pid);`;

/** The reporting part of the engine leaves a log and a cache where it runs; where it does not, there is neither. */
it('reports to nobody and leaves nothing behind', () => {
  const home = mkdtempSync(join(tmpdir(), 'skerry-home-'));
  try {
    const { ORT_DISABLE_TELEMETRY: _, ...others } = process.env;
    const env = { ...others, HOME: home, TMPDIR: home, XDG_CACHE_HOME: home };
    const args = ['--conditions=source', '--input-type=module', '-e', program];
    const { stdout, stderr, status } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    const ofTheProcess = readdirSync('/tmp').filter((name) => name.includes(`-${stdout.trim()}.`));
    assert.deepEqual([...ofTheProcess, ...readdirSync(home)], []);
  } finally {
    rmSync(home, { recursive: true });
  }
});
