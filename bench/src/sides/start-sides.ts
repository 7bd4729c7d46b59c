import { type Helper, startHelper } from '../orders.ts';
import { type Case, valuesOf } from '../serving/cases.ts';
import type { BareOnnxOrder, BareOnnxResult } from './bare-onnx-child.ts';

/** Reference (b): ONNX Runtime alone. */
export interface BareOnnx extends AsyncDisposable {
  run(one: Case, forMs: number): Promise<BareOnnxResult>;
}

export function startBareOnnx(): BareOnnx {
  const helper: Helper<BareOnnxOrder, BareOnnxResult> = startHelper('sides/bare-onnx-child');
  return {
    run: (one, forMs) =>
      helper.ask({ model: one.file, input: one.input, shape: one.shape, data: valuesOf(one), forMs }),
    [Symbol.asyncDispose]: () => helper[Symbol.asyncDispose](),
  };
}

/** A server that knows no model: what it is ordered to answer from now on → its port. */
export type BareServer = Helper<Uint8Array, number>;

export const startBareServer = (name: 'http' | 'body' | 'grpc'): BareServer =>
  startHelper(`sides/bare-${name}-child`);
