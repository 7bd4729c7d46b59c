import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openStage } from '@skerry/testkit';

const expected = [
  'clock of a device moved',
  'clock of the hub moved',
  'disk of a device full',
  'disk of the hub full',
  'link cut',
  'link cut for long',
  'link loses packets',
  'link slow',
];

test('a short chaos loses nothing, has nothing twice, and shows what it did', async (t) => {
  const stage = openStage(t);
  const chaos = stage.start({
    name: 'chaos',
    entry: 'packages/testkit/src/chaos/main.ts',
    args: ['--for', '12s', '--kills', '8', '--devices', '1', '--seed', '3', '--json'],
  });
  const { code } = await chaos.exited;
  assert.equal(code, 0, chaos.log.join('\n'));
  const { counts, devices, leftOut } = JSON.parse(chaos.stdout.at(-1)!);
  const kills = counts.filter(({ kind }: { kind: string }) => kind.startsWith('kill -9'));
  assert.equal(
    kills.reduce((sum: number, { shown }: { shown: number }) => sum + shown, 0),
    8,
  );
  if (leftOut.length === 0)
    for (const kind of expected)
      assert.ok(
        counts.some((it: { kind: string; shown: number }) => it.kind === kind && it.shown > 0),
        kind,
      );
  assert.ok(devices[0].promised > 100);
  assert.deepEqual(devices[0].lost, []);
  assert.deepEqual(devices[0].twice, []);
});
