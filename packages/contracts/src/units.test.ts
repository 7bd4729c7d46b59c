import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { durationMs, parseDuration, parseSize, sizeBytes } from './units.ts';

describe('units', () => {
  it('are what Kubernetes means by them', () => {
    assert.deepEqual(
      ['30s', '5m', '1h30m', '90d', '250ms', '0s', '1d2h3m4s5ms'].map(parseDuration),
      [30_000, 300_000, 5_400_000, 7_776_000_000, 250, 0, 93_784_005],
    );
    assert.deepEqual(['512Mi', '10G', '4096', '1k'].map(parseSize), [2 ** 29, 1e10, 4096, 1000]);
  });

  it('refuse what only looks like one', () => {
    for (const text of ['', '5', 's', '-5s', '5 s', '1m1h', '1e3s', '5S', '1.5h', '1w', '99999999999d'])
      assert.equal(parseDuration(text), undefined, text);
    for (const text of ['', 'Mi', '-1', '1MiB', '1mi', '1.5Gi', '1e3', '99999999999Ti'])
      assert.equal(parseSize(text), undefined, text);
    assert.match(sizeBytes.safeParse('much').error?.message ?? '', /such as 512Mi/);
    assert.equal(durationMs.parse('2s'), 2000);
  });
});
