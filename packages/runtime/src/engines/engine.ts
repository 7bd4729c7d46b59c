import type { Tensor, TensorSpec } from '../tensors/tensor.ts';

/**
 * What runs models. Everything is synchronous and blocks its thread, since that is what engines' native calls do;
 * who cannot afford that puts a session on a thread of its own.
 */
export interface Engine {
  readonly name: string;
  /**
   * Opens a model file; data files that it names are found beside it.
   * Throws `ModelNotOnnx`, `ModelOperatorUnsupported`, `ModelDataMissing` or `ModelLoadFailed`.
   */
  open(file: string, how?: OpenHow): Session;
}

/** Where there is a choice. */
export interface OpenHow {
  /** Rather a little slower than with memory that most calls do without. */
  readonly isLean?: boolean | undefined;
}

/** One model in memory, for one thread. */
export interface Session {
  readonly inputs: readonly TensorSpec[];
  /** Those that are tensors. */
  readonly outputs: readonly TensorSpec[];
  /** Names of outputs that are no tensors and cannot be served. */
  readonly leftOut: readonly string[];
  /**
   * `feeds` in the order of `inputs`, their datatypes and shapes already right; `wanted` are names of `outputs`.
   * Returns the outputs in the order wanted, in memory of their own. Throws `InferenceFailed`.
   */
  run(feeds: readonly Tensor[], wanted: readonly string[]): Tensor[];
  close(): void;
}
