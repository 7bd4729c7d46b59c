import { z } from 'zod';
import { relativePath } from '../models/model-pack.ts';

const labels = z.array(z.string().max(1024)).max(100_000).default([]);
/** A text file beside model.yaml, one label a line. */
const labelsFile = relativePath.optional();

interface Labelled {
  readonly labels: readonly string[];
  readonly labelsFile?: string | undefined;
}

const hasBoth = ({ labels, labelsFile }: Labelled) => labels.length > 0 && labelsFile !== undefined;
const hasNone = ({ labels, labelsFile }: Labelled) => labels.length === 0 && labelsFile === undefined;

/** One score a class; labels stand in the order of the scores. */
export const classificationOutput = z
  .strictObject({
    labels,
    labelsFile,
    /** Whether the scores are logits, of which softmax makes probabilities. */
    softmax: z.boolean().default(false),
    /** How many classes a result names, the likeliest first. */
    top: z.number().int().min(1).max(1000).default(5),
  })
  .refine((it) => !hasNone(it), 'must have labels: [cat, dog], or labelsFile: labels.txt')
  .refine((it) => !hasBoth(it), 'must have labels or labelsFile, not both');
export type ClassificationOutput = z.infer<typeof classificationOutput>;

/** Boxes around what is seen. They stand in this output, their scores and classes here too or in outputs of their own. */
export const detectionOutput = z
  .strictObject({
    labels,
    labelsFile,
    /** The four numbers of a box; c is its centre, w and h its width and height. */
    box: z.enum(['xyxy', 'yxyx', 'cxcywh', 'xywh']),
    /** Whether they are pixels of what the model sees, or parts of it from 0 to 1. */
    coordinates: z.enum(['pixels', 'normalized']),
    /**
     * What follows a box where this output holds everything: a score a class (YOLOv8 and later), objectness and a
     * score a class (YOLOv5, YOLOX), or one score and the class (exports that suppress themselves).
     */
    values: z.enum(['scores', 'objectness-scores', 'score-class']).optional(),
    /** The output with a score a box, or with a score a box and class. */
    scores: z.string().optional(),
    /** The output with a class a box. */
    classes: z.string().optional(),
    /** The output that says how many boxes there are. */
    count: z.string().optional(),
    /** The class that means nothing is there. */
    backgroundClass: z.number().int().min(0).optional(),
    scoreThreshold: z.number().min(0).max(1).default(0.25),
    /** Of two boxes of one class that overlap by more (intersection over union), the surer stays; 1 keeps both. */
    iouThreshold: z.number().min(0).max(1).default(0.45),
    maxDetections: z.number().int().min(1).max(1000).default(100),
  })
  .refine((it) => !hasBoth(it), 'must have labels or labelsFile, not both')
  .refine(
    ({ values, scores }) => (values === undefined) !== (scores === undefined),
    'must have values, when this output holds scores and classes too, or scores, the name of the output with them',
  )
  .refine(
    ({ scores, classes, count }) => scores !== undefined || (classes === undefined && count === undefined),
    'can have classes and count only beside scores',
  )
  .refine(
    (it) => it.values === undefined || it.values === 'score-class' || !hasNone(it),
    'must have labels or labelsFile, since their number tells boxes and values apart',
  );
export type DetectionOutput = z.infer<typeof detectionOutput>;

/** Numbers that mean something as they are: each is `value × scale + offset`. */
export const regressionOutput = z.strictObject({
  unit: z.string().max(64).optional(),
  /** What each number is, where there are several. */
  labels: z.array(z.string().max(1024)).min(1).max(10_000).optional(),
  scale: z.number().default(1),
  offset: z.number().default(0),
});
export type RegressionOutput = z.infer<typeof regressionOutput>;

/** What an output means. */
export const modelOutput = z
  .strictObject({
    classification: classificationOutput.optional(),
    detection: detectionOutput.optional(),
    regression: regressionOutput.optional(),
  })
  .refine(
    ({ classification, detection, regression }) =>
      [classification, detection, regression].filter(Boolean).length <= 1,
    'can be one of classification, detection and regression',
  );
export type ModelOutput = z.infer<typeof modelOutput>;
