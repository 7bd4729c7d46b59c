import type { DetectionOutput } from '@skerry/contracts';
import { type DetectionSource, type Grid, gridAt } from './detection-source.ts';
import { type Placement, type Size, toOriginal } from './placement.ts';
import { type Boxes, suppress } from './suppress.ts';

/** Something seen in a picture. */
export interface Detection {
  readonly label: string;
  /** 0 to 1. */
  readonly confidence: number;
  /** Pixels of the picture as it was sent, held upright; `x` and `y` are the upper left corner. */
  readonly box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
}

/** What a model's boxes are measured by. */
export interface Sight {
  /** What the model saw; undefined when nothing tells its size. */
  readonly canvas: Size | undefined;
  /** How it came from the picture; undefined when the request brought no picture, so that boxes stay on the canvas. */
  readonly placement: Placement | undefined;
}

/** The things seen in one picture, the surest first: above the threshold, each once, in the picture's own pixels. */
export function detect(spec: DetectionOutput, source: DetectionSource, sight: Sight): Detection[] {
  const boxes = candidatesOf(spec, source, sight);
  const kept = suppress(boxes, spec.iouThreshold, spec.maxDetections);
  return kept.flatMap((at) => detectionOf(spec, boxes, at, sight.placement));
}

function candidatesOf(spec: DetectionOutput, source: DetectionSource, { canvas }: Sight): Boxes {
  const { scores, classes } = bestOf(source, spec.backgroundClass);
  const sure = [...scores.keys()].filter((box) => scores[box]! >= spec.scoreThreshold);
  const isParts = spec.coordinates === 'normalized';
  const width = isParts ? (canvas?.width ?? 1) : 1;
  const height = isParts ? (canvas?.height ?? 1) : 1;
  const corners = new Float64Array(sure.length * 4);
  for (const [i, box] of sure.entries()) {
    const [left, top, right, bottom] = cornersOf(spec.box, source.boxes, box);
    corners.set([left * width, top * height, right * width, bottom * height], i * 4);
  }
  return {
    corners,
    scores: Float64Array.from(sure, (box) => scores[box]!),
    classes: Int32Array.from(sure, (box) => classes[box]!),
  };
}

/** The best class of each box; a score that is no number stays below every threshold. */
function bestOf(source: DetectionSource, backgroundClass: number | undefined) {
  const { count, scoresPerBox } = source;
  const scores = new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
  const classes = new Int32Array(count);
  // Classes outside, boxes inside: so the scores of a class stand in the commonest exports.
  for (let value = 0; value < scoresPerBox; value++) {
    if (scoresPerBox > 1 && value === backgroundClass) continue;
    for (let box = 0; box < count; box++) {
      const score = gridAt(source.scores, box, value);
      if (score > scores[box]!) [scores[box], classes[box]] = [score, value];
    }
  }
  if (source.objectness)
    for (let box = 0; box < count; box++) scores[box]! *= gridAt(source.objectness, box, 0);
  if (source.classes) takeClasses(source.classes, scores, classes, backgroundClass);
  return { scores, classes };
}

function takeClasses(
  grid: Grid,
  scores: Float64Array,
  classes: Int32Array,
  backgroundClass: number | undefined,
): void {
  for (let box = 0; box < scores.length; box++) {
    classes[box] = gridAt(grid, box, 0);
    if (classes[box] === backgroundClass) scores[box] = Number.NEGATIVE_INFINITY;
  }
}

type Corners = readonly [left: number, top: number, right: number, bottom: number];

function cornersOf(format: DetectionOutput['box'], boxes: Grid, box: number): Corners {
  const a = gridAt(boxes, box, 0);
  const b = gridAt(boxes, box, 1);
  const c = gridAt(boxes, box, 2);
  const d = gridAt(boxes, box, 3);
  switch (format) {
    case 'xyxy':
      return [a, b, c, d];
    case 'yxyx':
      return [b, a, d, c];
    case 'xywh':
      return [a, b, a + c, b + d];
    case 'cxcywh':
      return [a - c / 2, b - d / 2, a + c / 2, b + d / 2];
  }
}

/** None when nothing of the box lies in the picture. */
function detectionOf(
  { labels }: DetectionOutput,
  { corners, scores, classes }: Boxes,
  at: number,
  placement: Placement | undefined,
): Detection[] {
  const [left, top, right, bottom] = corners.subarray(at * 4, at * 4 + 4) as unknown as Corners;
  const [x, y] = placement ? toOriginal(placement, left, top) : [left, top];
  const [endX, endY] = placement ? toOriginal(placement, right, bottom) : [right, bottom];
  if (!(endX > x && endY > y)) return [];
  const label = labels[classes[at]!] ?? String(classes[at]);
  const box = { x: rounded(x), y: rounded(y), width: rounded(endX - x), height: rounded(endY - y) };
  return [{ label, confidence: scores[at]!, box }];
}

// A ten-thousandth, since without a picture boxes may be parts from 0 to 1.
const rounded = (value: number) => Math.round(value * 10_000) / 10_000;
