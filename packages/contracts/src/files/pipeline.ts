import { z } from 'zod';
import { streamName } from '../messages/stream.ts';
import { relativePath } from '../models/model-pack.ts';
import { name } from '../names.ts';
import { duration } from '../units.ts';
import { parseCaptureRule } from './capture-rule.ts';

/** Takes frames by `POST /pipelines/{name}/frames`; a frame is answered when its results are durable. */
const httpSource = z.strictObject({
  http: z.strictObject({
    /** Frames in work at once; one more is answered 503. */
    maxInFlight: z.number().int().min(1).max(1024).default(64),
  }),
});

const decodeStage = z.strictObject({
  decode: z.strictObject({
    /** Height and width in pixels that the model sees. */
    pixels: z.tuple([z.number().int().min(1).max(4096), z.number().int().min(1).max(4096)]),
    channels: z.union([z.literal(1), z.literal(3)]).default(1),
  }),
});
const inferStage = z.strictObject({ infer: z.strictObject({ model: name }) });
const captureStage = z.strictObject({
  capture: z.strictObject({
    when: z
      .string()
      .max(256)
      .refine((text) => parseCaptureRule(text) !== undefined, 'must be a rule such as: confidence < 0.8'),
    maxPerHour: z.number().int().min(0).max(1_000_000),
  }),
});
const stage = z.union([decodeStage, inferStage, captureStage]);
export type Stage = z.infer<typeof stage>;

const outboxSink = z.strictObject({ outbox: z.strictObject({ stream: streamName.default('result') }) });
const webhookSink = z.strictObject({
  webhook: z.strictObject({ url: z.url({ protocol: /^https?$/ }), timeout: duration.default('2s') }),
});
const fileSink = z.strictObject({
  /** In the folder that a device keeps for such files, and nowhere else. */
  file: z.strictObject({ path: relativePath }),
});
const sink = z.union([outboxSink, webhookSink, fileSink]);
export type Sink = z.infer<typeof sink>;

/** Source → stages → sinks around one model or several. */
export const pipelineSpec = z.strictObject({
  source: httpSource,
  stages: z.array(stage).min(1).max(32),
  sinks: z.record(name, sink),
});
export type PipelineSpec = z.infer<typeof pipelineSpec>;

/** A part of a pipeline: what one deployment says, to be layered with what others say. */
export const pipelinePart = pipelineSpec.partial();
export type PipelinePart = z.infer<typeof pipelinePart>;
