import type { Exchange } from '../serving/wire.ts';
import type { Tensor } from '../tensors/tensor.ts';

/** Takes a request back that nobody waits for any more; without effect once it runs. */
export type Cancel = () => void;

/** The instance threads that have a version of a model, as a serving thread sees them. */
export interface Remote {
  /**
   * Why a request with a body so long would be refused now; undefined where it would not. To be asked as its head
   * arrives, so that what cannot be served is never read.
   *
   * @param timeoutUs  the request's own where its head tells, 0 where not
   */
  admit(bytes: number, timeoutUs: number): Error | undefined;
  /**
   * Hands the request to the instance with the least to do. `done` gets `Overloaded` at once where the queue is
   * full or the deadline cannot be met, `InferenceTimeout` where it passed while waiting, `InstanceLost` where the
   * instance did. The body's memory is given away.
   */
  submit(exchange: Exchange): Cancel;
  /** For callers on this machine that have tensors already, such as pipelines. Rejects like `submit`. */
  run(feeds: readonly Tensor[], wanted: readonly string[]): Promise<Tensor[]>;
}
