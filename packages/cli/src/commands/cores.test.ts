import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coreReport } from '@skerry/contracts';
import { runCommand } from '../test-cli.ts';

test('the probe answers as a table and as JSON', { skip: process.platform !== 'linux' }, async () => {
  const { exit, stdout } = await runCommand(['cores', '--for', '100ms']);
  assert.equal(exit, 0);
  assert.match(stdout, /^CORE +P50 +P99 +LONGEST +LOST\n/);
  assert.equal(stdout.match(/← quietest/g)?.length, 1);
  const json = coreReport.parse(JSON.parse((await runCommand(['cores', '--for', '100ms', '--json'])).stdout));
  assert.ok(json.cores.some(({ core }) => core === json.quietest));
});

test('elsewhere, cores says that it cannot be', { skip: process.platform === 'linux' }, async () => {
  const { exit, stderr } = await runCommand(['cores', '--for', '100ms']);
  assert.equal(exit, 1);
  assert.match(stderr, /PinningUnavailable/);
});

test('a time that is none is refused', async () => {
  for (const wrong of ['soon', '0s', '1h'])
    assert.equal((await runCommand(['cores', '--for', wrong])).exit, 2);
});
