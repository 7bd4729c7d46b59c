/** Boxes that may be of the same thing; each element stands for one box. */
export interface Boxes {
  /** Left, top, right and bottom of each. */
  readonly corners: Float64Array;
  readonly scores: Float64Array;
  readonly classes: Int32Array;
}

/**
 * Non-maximum suppression within each class: from the highest score down, drops every box whose intersection over
 * union with a kept one of its class is above `iouThreshold`. Gives the positions of at most `most` boxes, the
 * surest first, of equals the first.
 */
export function suppress({ corners, scores, classes }: Boxes, iouThreshold: number, most: number): number[] {
  const order = [...scores.keys()].sort((a, b) => scores[b]! - scores[a]! || a - b);
  const kept: number[] = [];
  for (const box of order) {
    if (kept.length === most) break;
    const isCovered = (other: number) =>
      classes[other] === classes[box] && overlap(corners, other * 4, box * 4) > iouThreshold;
    if (!kept.some(isCovered)) kept.push(box);
  }
  return kept;
}

/** Intersection over union of the boxes at two offsets; NaN for two without area. */
function overlap(corners: Float64Array, a: number, b: number): number {
  const width = Math.min(corners[a + 2]!, corners[b + 2]!) - Math.max(corners[a]!, corners[b]!);
  const height = Math.min(corners[a + 3]!, corners[b + 3]!) - Math.max(corners[a + 1]!, corners[b + 1]!);
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  return shared / (area(corners, a) + area(corners, b) - shared);
}

const area = (corners: Float64Array, at: number) =>
  (corners[at + 2]! - corners[at]!) * (corners[at + 3]! - corners[at + 1]!);
