import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Figure, failedFigure } from './judge.ts';
import { jsonLine, table } from './report.ts';

const figure: Figure = {
  name: 'CPU a request',
  value: 12.34567,
  unit: 'µs',
  goal: 25,
  holds: true,
  spread: 0.98765,
  verdict: 'holds',
};

test('the JSON is one line with the agreed fields and nothing else', () => {
  const { goal: _, ...bare } = figure;
  const reference: Figure = { ...bare, verdict: 'reference' };
  const line = jsonLine('serving', [figure, reference]);
  assert.ok(!line.includes('\n'));
  assert.deepEqual(JSON.parse(line), {
    bench: 'serving',
    figures: [{ name: 'CPU a request', value: 12.35, unit: 'µs', goal: 25, holds: true, spread: 0.9877 }],
  });
});

test('the table says each verdict by a word and a sign', () => {
  const missed: Figure = { ...figure, value: 1234.5, holds: false, verdict: 'missed' };
  const undecided: Figure = { ...figure, value: 24.9, holds: false, verdict: 'undecided' };
  const lines = table([figure, missed, undecided], ['a note']).split('\n');
  assert.match(lines[1] ?? '', /^✓ {2}CPU a request +12\.3 µs {2}≤ 25 µs {2}.*0\.988 {2}holds$/);
  assert.match(lines[2] ?? '', /^✗ .* 1235 µs .*missed$/);
  assert.match(lines[3] ?? '', /^\? .*undecided$/);
  assert.equal(lines[4], 'a note');
});

test('a goal from below is told as one', () => {
  const figure: Figure = {
    name: 'share',
    value: 0.9,
    unit: '×',
    goal: 0.85,
    bound: 'at least',
    holds: true,
    spread: 0.01,
    verdict: 'holds',
  };
  assert.match(table([figure], []), /0\.9 × {2}≥ 0\.85 ×/);
  assert.equal(JSON.parse(jsonLine('serving', [figure])).figures[0].bound, 'at least');
});

test('what failed is in the table and in the JSON, with why', () => {
  const failed = failedFigure('serving-grpc', new Error('nobody listens'));
  assert.match(table([failed], []), /^✗ {2}serving-grpc .*failed: nobody listens$/m);
  const [told] = JSON.parse(jsonLine('serving', [failed])).figures;
  assert.deepEqual(told, {
    name: 'serving-grpc',
    value: null,
    unit: '',
    holds: false,
    spread: null,
    error: 'nobody listens',
  });
});
