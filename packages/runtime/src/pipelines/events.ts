import { type Event, eventTypes, type ResultData, type SampleData } from '@skerry/contracts';
import type { Clock } from '@skerry/kit';
import type { BootTime } from '../outbox/boot-time.ts';
import { type Answer, type Frame, frameId } from './frame.ts';

/** Makes the CloudEvents of one pipeline. */
export interface EventMaker {
  /** What the model said about a frame. Scores stay behind where a label says it all. */
  result(frame: Frame, answer: Answer): Event<ResultData>;
  /** The frame itself, kept for learning. */
  sample(frame: Frame, answer: Answer, stage: number, reason: string): Event<SampleData>;
}

/** `source` names the pipeline on its device. */
export function eventMaker(source: string, clock: Clock, boot: BootTime): EventMaker {
  const envelope = (id: string, type: string, frame: Frame) => ({
    specversion: '1.0' as const,
    id,
    source,
    type,
    time: frame.time ?? new Date(boot.hubTime() ?? clock.now()).toISOString(),
    datacontenttype: 'application/json',
    bootid: boot.bootId,
    bootms: boot.nowMs(),
    timeknown: boot.timeKnown,
  });
  return {
    result(frame, { outputs, ...answer }) {
      const data = answer.label === undefined ? { ...answer, outputs } : answer;
      return { ...envelope(frameId(frame), eventTypes.result, frame), data };
    },
    sample(frame, answer, stage, reason) {
      const input = { contentType: frame.contentType, base64: frame.body.toString('base64') };
      return {
        ...envelope(`${frameId(frame)}#${stage}`, eventTypes.sample, frame),
        data: { ...answer, reason, input },
      };
    },
  };
}
