import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { hubEntry, openStage, runHub, type Stage, until } from '@skerry/testkit';
import { z } from 'zod';
import { runCommand } from '../test-cli.ts';

const readyLine = z.object({ api: z.url(), fingerprint: z.string(), adminTokenFile: z.string() });
const everywhere = ['0.0.0.0:0', '127.0.0.1:0', '127.0.0.1:0'];

test('a login goes on under a root that its own has signed, and under no other', async (t) => {
  const stage = openStage(t);
  const hub = await logIn(stage, 'first');
  const other = await logIn(stage, 'second');

  await t.test('after a rotation of the hub that runs', async () => {
    const program = stage.start({
      name: 'rotate',
      entry: hubEntry,
      args: ['rotate', 'root', '--data', hub.data],
    });
    assert.equal((await program.exited).code, 0);
    const { root } = z.object({ root: z.string() }).parse(JSON.parse(program.stdout.join('\n')));
    assert.notEqual(root, hub.fingerprint);
    const follows = async () => {
      // Which asks for several things at once.
      const { exit, stderr } = await hub.run('status');
      assert.equal(exit, 0, stderr);
      const told = stderr.split('another root now, which the one of your login signed: ');
      assert.deepEqual(told.slice(2), [], 'it is told once');
      return told[1]?.startsWith(root);
    };
    await until(follows, { what: 'the login has followed to the next root', deadline: 20_000 });
    assert.equal((await hub.context()).fingerprint, root);
    assert.doesNotMatch((await hub.run('devices')).stderr, /another root/);
  });

  await t.test('but not where another hub answers', async () => {
    const context = { ...(await hub.context()), url: (await other.context()).url };
    await writeFile(hub.file, JSON.stringify({ current: context }));
    const { exit, stderr } = await hub.run('devices');
    assert.equal(exit, 4);
    assert.match(stderr, /not the hub that you logged in to/);
    assert.deepEqual(await hub.context(), context);
  });
});

/** A hub whose API speaks TLS, and a person who is logged in to it. */
async function logIn(stage: Stage, name: string) {
  const data = await stage.makeFolder(name);
  const program = runHub(stage, data, everywhere);
  const ready = await program.said(
    (line) => (line.startsWith('{') ? readyLine.safeParse(JSON.parse(line)).data : undefined),
    'that it is ready',
  );
  const config = join(stage.folder, `person of ${name}`);
  const file = join(config, 'skerry', 'contexts.json');
  const run = (...args: string[]) => runCommand(args, { config });
  const { fingerprint, adminTokenFile } = ready;
  const url = `https://127.0.0.1:${new URL(ready.api).port}`;
  const done = await run('login', url, '--fingerprint', fingerprint, '--token-file', adminTokenFile);
  assert.equal(done.exit, 0, done.stderr);
  const context = async () => JSON.parse(await readFile(file, 'utf8')).current;
  return { data, fingerprint, run, file, context };
}
