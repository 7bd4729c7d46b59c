import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openStage } from '@skerry/testkit';

interface SiteVerdict {
  readonly site: string;
  readonly answered: number;
  readonly recorded: number;
  readonly held: number;
  readonly lost: number;
  readonly twice: number;
}

test('the offline drill: a site goes on without its cable and through a power cut, and catches up', async (t) => {
  const stage = openStage(t);
  const example = stage.start({
    name: 'native-edge',
    entry: 'examples/native-edge/main.ts',
    args: ['--drill', '--json'],
  });
  const { code } = await example.exited;
  assert.equal(code, 0, example.log.join('\n'));
  const { waitedAtMost, sites } = JSON.parse(example.stdout.at(-1)!);
  assert.ok(waitedAtMost >= 40, 'messages waited while the cable was out');
  assert.deepEqual(
    sites.map(({ site }: SiteVerdict) => site),
    ['shop', 'tower', 'ship'],
  );
  for (const { site, answered, recorded, held, lost, twice } of sites as SiteVerdict[]) {
    assert.ok(answered > 5, `${site} answered`);
    assert.ok(recorded > 40, `${site} recorded`);
    assert.ok(held >= recorded);
    assert.deepEqual({ lost, twice }, { lost: 0, twice: 0 }, site);
  }
});
