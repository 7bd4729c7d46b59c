import type { Event, PipelineSpec, ResultData, SampleData } from '@skerry/contracts';
import { type Clock, isSkerryError, type Logger, withDeadline } from '@skerry/kit';
import { failure } from '../errors.ts';
import { type Histogram, histogram } from '../metrics/histogram.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { EventMaker } from './events.ts';
import { type Answer, type Frame, frameId, type Stage, type Work } from './frame.ts';
import type { Sink } from './sinks/sink.ts';

/** A pipeline at work: source → stages → sinks. */
export interface Pipeline {
  readonly name: string;
  readonly spec: PipelineSpec;
  readonly sinks: ReadonlyMap<string, Sink>;
  /** From the first stage to the last, µs. */
  readonly latency: Histogram;
  readonly counts: { frames: number; failed: number; captured: number };
  /**
   * Resolves with the answer once all that follows from the frame is durable, but a sample that cannot be kept. Rejects with `Unavailable` while too
   * many frames are in work, and with whatever a stage or the outbox says: then nothing was promised.
   */
  process(frame: Frame): Promise<FrameAnswer>;
  /** Frames in work are given a moment to end; no more may come. */
  close(): Promise<void>;
}

export interface FrameAnswer extends Partial<Answer> {
  readonly id: string;
}

export interface PipelineParts {
  readonly name: string;
  readonly spec: PipelineSpec;
  readonly stages: readonly Stage[];
  readonly sinks: ReadonlyMap<string, Sink>;
  readonly events: EventMaker;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly logger: Logger;
}

const CLOSE_MS = 2_000;

export function pipeline(parts: PipelineParts): Pipeline {
  const { name, spec, sinks, clock } = parts;
  const latency = histogram();
  const counts = { frames: 0, failed: 0, captured: 0 };
  let inFlight = 0;
  let idle: PromiseWithResolvers<void> | undefined;

  const ended = async () => {
    if (inFlight === 0) return;
    idle = Promise.withResolvers();
    await idle.promise;
  };

  const processOne = async (frame: Frame): Promise<FrameAnswer> => {
    const began = clock.monotonic();
    const work = await runStages(parts.stages, frame);
    latency.record((clock.monotonic() - began) * 1000);
    if (work.answer) counts.captured += await keepAndDeliver(parts, work, work.answer);
    counts.frames++;
    return { id: frameId(frame), ...work.answer };
  };

  return {
    name,
    spec,
    sinks,
    latency,
    counts,
    async process(frame) {
      if (inFlight >= spec.source.http.maxInFlight) throw busy(name, inFlight);
      inFlight++;
      try {
        return await processOne(frame);
      } catch (error) {
        counts.failed++;
        throw error;
      } finally {
        inFlight--;
        if (inFlight === 0) idle?.resolve();
      }
    },
    async close() {
      await withDeadline(ended(), CLOSE_MS, clock, 'ending the frames in work').catch(() => {});
      await Promise.all([...sinks.values()].map((sink) => sink.close()));
    },
  };
}

async function runStages(stages: readonly Stage[], frame: Frame): Promise<Work> {
  const work: Work = { frame };
  for (const stage of stages) {
    const pending = stage(work);
    if (pending) await pending;
  }
  return work;
}

/** How many samples were kept. Local actions come last: what is not safe is not acted upon, and is sent again. */
async function keepAndDeliver(
  parts: PipelineParts,
  { frame, kept = [] }: Work,
  answer: Answer,
): Promise<number> {
  const { events, sinks } = parts;
  const samples = kept.map(({ stage, reason }) => events.sample(frame, answer, stage, reason));
  const result = events.result(frame, answer);
  const [keptOnes] = await Promise.all([
    Promise.all(samples.map((sample) => keepSample(parts, sample))),
    makeDurable(sinks, result),
  ]);
  for (const sink of sinks.values()) if (!sink.durable) sink.put(result);
  return keptOnes.filter(Boolean).length;
}

// An input too large to send, or without room beside what is more urgent, is no reason to refuse the reading.
async function keepSample(
  { outbox, logger, name }: PipelineParts,
  event: Event<SampleData>,
): Promise<boolean> {
  try {
    await outbox.append('sample', event);
    return true;
  } catch (error) {
    if (!isSkerryError(error, 'MessageTooLarge') && !isSkerryError(error, 'OutboxFull')) throw error;
    logger.warn('a frame cannot be kept', { pipeline: name, error });
    return false;
  }
}

function makeDurable(sinks: PipelineParts['sinks'], event: Event<ResultData>): Promise<unknown> {
  return Promise.all([...sinks.values()].map((sink) => (sink.durable ? sink.put(event) : undefined)));
}

const busy = (name: string, inFlight: number) =>
  failure('Unavailable', `pipeline ${name} has ${inFlight} frames in work, as many as it may`);
