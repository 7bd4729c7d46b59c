import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { type Boxes, suppress } from './suppress.ts';

interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly score: number;
  readonly kind: number;
}

const boxesOf = (list: readonly Box[]): Boxes => ({
  corners: Float64Array.from(
    list.flatMap(({ left, top, width, height }) => [left, top, left + width, top + height]),
  ),
  scores: Float64Array.from(list, ({ score }) => score),
  classes: Int32Array.from(list, ({ kind }) => kind),
});

/** Counts the unit squares that two boxes with whole corners share. */
function overlapByCounting(a: Box, b: Box): number {
  const squares = ({ left, top, width, height }: Box) =>
    Array.from({ length: width * height }, (_, i) => `${left + (i % width)},${top + Math.floor(i / width)}`);
  const ours = new Set(squares(a));
  const shared = squares(b).filter((square) => ours.has(square)).length;
  return shared === 0 ? 0 : shared / (squares(a).length + squares(b).length - shared);
}

/** By the definition: again and again takes the surest box left and strikes out what covers it too much. */
function suppressSlowly(list: readonly Box[], threshold: number, most: number): number[] {
  let left = list.map((_, i) => i);
  const kept: number[] = [];
  while (left.length > 0 && kept.length < most) {
    const best = left.reduce((a, b) => (list[b]!.score > list[a]!.score ? b : a));
    kept.push(best);
    left = left.filter(
      (i) =>
        i !== best &&
        !(list[i]!.kind === list[best]!.kind && overlapByCounting(list[i]!, list[best]!) > threshold),
    );
  }
  return kept;
}

const small = fc.integer({ min: 0, max: 6 });
const box = fc.record({
  left: small,
  top: small,
  width: small,
  height: small,
  score: fc.integer({ min: 0, max: 5 }).map((fifths) => fifths / 5),
  kind: fc.integer({ min: 0, max: 2 }),
});

it('keeps what the definition keeps, in its order', () => {
  const thresholds = fc.constantFrom(0, 0.1, 0.25, 0.45, 0.5, 0.75, 1);
  fc.assert(
    fc.property(
      fc.array(box, { maxLength: 30 }),
      thresholds,
      fc.integer({ min: 1, max: 30 }),
      (list, threshold, most) => {
        assert.deepEqual(suppress(boxesOf(list), threshold, most), suppressSlowly(list, threshold, most));
      },
    ),
    { numRuns: 500 },
  );
});

it('keeps both of two equal boxes at 1, and one below', () => {
  const twice = [0.5, 0.9].map((score) => ({ left: 1, top: 1, width: 3, height: 2, score, kind: 0 }));
  assert.deepEqual(suppress(boxesOf(twice), 1, 10), [1, 0]);
  assert.deepEqual(suppress(boxesOf(twice), 0.99, 10), [1]);
});
