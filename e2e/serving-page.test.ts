import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { cliEntry, entryOf, freePort, openStage } from '@skerry/testkit';

const run = promisify(execFile);
const page = await readFile(entryOf('docs/serving.md'), 'utf8');

test('what the serving page asks with curl and TypeScript is answered', async (t) => {
  const stage = openStage(t);
  const port = await freePort();
  const ports = ['--port', String(port), '--grpc-port', '0', '--metrics-port', '0'];
  const server = stage.start({
    name: 'serve',
    entry: cliEntry,
    args: ['serve', entryOf('examples/edge-cloud/models'), ...ports],
  });
  await server.said((line) => line.trim().startsWith('curl ') || undefined, 'a curl line');
  const here = (text: string) => text.replaceAll('localhost:8000', `127.0.0.1:${port}`);

  await t.test('a photo', { skip: await noCurl() }, async () => {
    const [photo] = curlLines((line) => line.includes('image/jpeg'));
    const { results } = JSON.parse(await shell(here(photo!)));
    assert.equal(results[0].probabilities[0].label, '7');
  });

  await t.test('tensors as JSON', { skip: await noCurl() }, async () => {
    const [metadata, sample] = curlLines((line) => line.includes('/tiny'));
    assert.equal(JSON.parse(await shell(here(metadata!))).name, 'tiny');
    assert.equal(JSON.parse(await shell(here(sample!))).outputs[0].data.length, 3);
  });

  await t.test('TypeScript', async () => {
    const [, code] = /^```ts\n([\s\S]*?)^```/m.exec(page)!;
    const file = join(stage.folder, 'ask.mts');
    await writeFile(file, here(code!));
    const { stdout } = await run(process.execPath, [file], { timeout: 20_000 });
    const [json, bytes] = stdout.match(/\[[^\]]+\]/g)!.map((list) => JSON.parse(list));
    assert.equal(json.length, 3);
    assert.deepEqual(bytes.map(Math.fround), json.map(Math.fround));
  });
});

function curlLines(is: (line: string) => boolean): string[] {
  return page.split('\n').filter((line) => line.startsWith('curl ') && is(line));
}

async function shell(line: string): Promise<string> {
  const { stdout } = await run('sh', ['-c', line], { cwd: entryOf('.'), timeout: 10_000 });
  return stdout;
}

async function noCurl(): Promise<string | false> {
  return run('curl', ['--version']).then(
    () => false as const,
    () => 'needs curl',
  );
}
