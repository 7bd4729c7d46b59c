import type { Wire } from '../wire.ts';
import { readInferRequest } from './infer-request.ts';
import { writeInferResponse } from './infer-response.ts';

const nothing: readonly Uint8Array[] = [];

/** The Open Inference Protocol over REST. */
export const restWire: Wire = {
  name: 'rest',
  read: readInferRequest,
  write: (model, request, outputs) => ({
    text: writeInferResponse(model, request, outputs),
    binary: nothing,
  }),
};
