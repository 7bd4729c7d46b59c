import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseDuration, parseSize } from './units.ts';

describe('units', () => {
  it('reads durations', () => {
    for (const [text, expected] of [
      ['250ms', 250],
      ['30s', 30_000],
      ['1h30m', 5_400_000],
      ['90d', 7_776_000_000],
      ['0s', 0],
    ] as const)
      assert.equal(parseDuration(text), expected, text);
  });

  it('reads sizes', () => {
    for (const [text, expected] of [
      ['512Mi', 536_870_912],
      ['8M', 8_000_000],
      ['17', 17],
    ] as const)
      assert.equal(parseSize(text), expected, text);
  });

  it('refuses what only looks like one', () => {
    for (const text of ['', '30', '30 s', '-1s', '1.5h', 's', '1w', '99999999999999999d'])
      assert.equal(parseDuration(text), undefined, text);
    for (const text of ['', '1.5Gi', '-1', '512mi', '99999999999999Ti'])
      assert.equal(parseSize(text), undefined, text);
  });
});
