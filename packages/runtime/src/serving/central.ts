/** A version as the extension `model_repository` lists it. */
export interface IndexEntry {
  readonly name: string;
  readonly version?: string;
  readonly state: 'READY' | 'LOADING' | 'UNLOADING' | 'UNAVAILABLE';
  readonly reason: string;
}

export interface DurationStatistics {
  readonly count: number;
  readonly ns: number;
}

/** As the extension `statistics` has it, times in ms since 1970 and ns. */
export interface ModelStatistics {
  readonly name: string;
  readonly version: string;
  readonly last_inference: number;
  readonly inference_count: number;
  readonly execution_count: number;
  readonly inference_stats: Readonly<
    Record<
      | 'success'
      | 'fail'
      | 'queue'
      | 'compute_input'
      | 'compute_infer'
      | 'compute_output'
      | 'cache_hit'
      | 'cache_miss',
      DurationStatistics
    >
  >;
  readonly batch_stats: readonly {
    readonly batch_size: number;
    readonly compute_input: DurationStatistics;
    readonly compute_infer: DurationStatistics;
    readonly compute_output: DurationStatistics;
  }[];
}

/** A request for what is not an inference and not known on every thread: a frame for a pipeline. */
export interface ForwardedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface ForwardedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/**
 * What only the coordinator knows or may change; asked from every serving thread, and answered alike to all.
 * Errors arrive as the coordinator threw them.
 */
export interface Central {
  index(onlyReady: boolean): Promise<readonly IndexEntry[]>;
  /** Loads what the repository on disk has of this name. Rejects with `ModelNotFound`, or why it failed. */
  load(name: string): Promise<void>;
  unload(name: string): Promise<void>;
  /** Of all models, one, or one version. Rejects with `ModelNotFound`. */
  statistics(name: string | undefined, version: string | undefined): Promise<readonly ModelStatistics[]>;
  forward(request: ForwardedRequest): Promise<ForwardedAnswer>;
}

export const centralMethods = ['index', 'load', 'unload', 'statistics', 'forward'] as const;
