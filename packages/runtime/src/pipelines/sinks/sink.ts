import type { Event, ResultData } from '@skerry/contracts';

export interface SinkCounts {
  readonly delivered: number;
  readonly failed: number;
  /** In its queue. */
  readonly waiting: number;
}

interface AnySink {
  counts(): SinkCounts;
  /** Ends what it began; a local action's queue is given a moment. */
  close(): Promise<void>;
}

/** A frame's acknowledgement waits for it. */
export interface DurableSink extends AnySink {
  readonly durable: true;
  put(event: Event<ResultData>): Promise<void>;
}

/** Done beside the acknowledgement. */
export interface LocalSink extends AnySink {
  readonly durable: false;
  put(event: Event<ResultData>): void;
}

/** Where a pipeline's results go. */
export type Sink = DurableSink | LocalSink;
