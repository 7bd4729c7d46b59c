import type { Feature, PipelineSpec, RuntimeStatus } from '@skerry/contracts';
import type { Stop } from '@skerry/kit';
import type { TrustedTime } from '../identity/trusted-time.ts';
import type { Version } from '../plan/model.ts';

/** What a driver sees of its work, as of the last look. */
export interface Observed {
  /** Whether it takes orders. */
  readonly up: boolean;
  /** It ends again and again. */
  readonly crashLoop: boolean;
  /** How its last life ended. */
  readonly lastEnd?: string;
  /** What it said last; of an earlier life while it is not up. */
  readonly status: RuntimeStatus | undefined;
}

/** How what a driver supervises has ended. */
export interface End {
  readonly how: string;
  /** Somebody asked it to, such as a machine that is switched off: that says nothing of what it ran. */
  readonly wasAsked: boolean;
}

/** What happened to what a driver supervises. */
export type DriverNews =
  | { readonly what: 'started' | 'adopted' }
  /** It ended, and not because of an order of ours. */
  | ({ readonly what: 'ended' } & End)
  | { readonly what: 'crashLoop'; readonly how: string };

/**
 * Runs models and pipelines on this device. It knows nothing of desired states: it is told one thing at a time.
 *
 *     down ──recover──▶ starting ──answers──▶ up ──ends──▶ starting …
 *                          │ running already: adopted ▲
 */
export interface Driver {
  /** What it can be told to do. */
  readonly capabilities: readonly Feature[];
  readonly observed: Observed;
  /** Takes over what runs from before a restart of the agent, or starts it; from then on sees that it runs. */
  recover(): void;
  /** Called after every change of {@link observed}. */
  onChange(listener: () => void): Stop;
  onNews(listener: (news: DriverNews) => void): Stop;
  /** Resolves when the version serves. Rejects with what is wrong with the model: `AcceptanceFailed`, `ModelLoadFailed` … */
  load(model: string, version: Version, folder: string, signal: AbortSignal): Promise<void>;
  unload(model: string, signal: AbortSignal): Promise<void>;
  putPipeline(name: string, spec: PipelineSpec, signal: AbortSignal): Promise<void>;
  removePipeline(name: string, signal: AbortSignal): Promise<void>;
  /** Ends what it runs, which answers what it has begun first, and starts it again. Resolves when that takes orders. */
  restart(signal: AbortSignal): Promise<void>;
  /** The hub has told the time: whether it is known, and what it is, whenever the driver has to tell it. */
  setTime(time: Pick<TrustedTime, 'known' | 'now'>): void;
  /** Ends what it runs, and stops looking after it. */
  stop(): Promise<void>;
}
