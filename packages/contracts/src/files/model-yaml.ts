import { z } from 'zod';
import { name } from '../names.ts';
import { duration } from '../units.ts';
import { objectOf } from './envelope.ts';
import { imageInput } from './model-image.ts';
import { modelOutput } from './model-outputs.ts';
import { modelServing } from './model-serving.ts';

export const modelSpec = z.strictObject({
  /** The ONNX file; where absent, the only one in the folder. */
  file: z.string().max(255).optional(),
  license: z.string().max(255).optional(),
  description: z.string().max(4096).optional(),
  inputs: z
    .record(
      z.string(),
      z.strictObject({
        /** What every value is multiplied with before the model sees it, when a pipeline feeds it. */
        scale: z.number().optional(),
        image: imageInput.optional(),
      }),
    )
    .default({}),
  outputs: z.record(z.string(), modelOutput).default({}),
  /** How it is run. What is left out follows from what the device measures when it loads the model. */
  serving: modelServing.optional(),
  /** What a device runs on its own hardware before the version takes traffic. */
  acceptance: z
    .strictObject({
      /** Case files beside this one; `*` stands for any part of a file's name. */
      cases: z.string().max(255),
      /** Largest difference between an expected and an actual value. */
      tolerance: z.number().nonnegative().default(0.001),
      /** 99th percentile of a call, at most. */
      latencyBudget: duration.optional(),
    })
    .optional(),
});
export type ModelSpec = z.infer<typeof modelSpec>;

export const modelObject = objectOf('Model', modelSpec);
export type ModelObject = z.infer<typeof modelObject>;

/** One acceptance case: inputs as nested lists, and what must come out. */
export const acceptanceCase = z
  .strictObject({
    name: name.optional(),
    inputs: z.record(z.string(), z.json()),
    outputs: z.record(z.string(), z.json()).optional(),
    /** The label that must have the highest score. */
    label: z.string().optional(),
  })
  .refine((c) => c.outputs || c.label !== undefined, 'must say what to expect: outputs, label or both');
export type AcceptanceCase = z.infer<typeof acceptanceCase>;
