import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readOptions, usage } from './options.ts';

test('one history is of 200 devices for 90 days; explored ones are as the seeds say', () => {
  const defaults = { seed: 1, density: 'standard', json: false, whole: false };
  assert.deepEqual(readOptions([]), { ...defaults, days: 90, devices: 200 });
  assert.deepEqual(readOptions(['--days', '0.5']), { ...defaults, days: 0.5, devices: 200 });
  assert.deepEqual(readOptions(['--for', '10m']), { ...defaults, for: 600_000 });
  assert.deepEqual(readOptions(['--for', '1h', '--devices', '3']), {
    ...defaults,
    for: 3_600_000,
    devices: 3,
  });
});

test('a wrong argument is named', () => {
  assert.throws(() => readOptions(['--days', 'many']), /number.*days/s);
  assert.throws(() => readOptions(['--devices', '0']), /devices/);
  assert.throws(() => readOptions(['--for', '10']), /30s.*for/s);
  assert.throws(() => readOptions(['--density', 'calm']), /standard.*dense.*storm/s);
  assert.throws(() => readOptions(['--sead', '1']), /--sead/);
});

test('what can be asked for stands in the usage', () => {
  for (const name of ['seed', 'days', 'devices', 'for', 'density', 'json', 'whole'])
    assert.match(usage, new RegExp(`--${name} `));
});
