import type { Wire } from '../wire.ts';
import { readInferRequest } from './infer-request.ts';
import { writeInferResponse } from './infer-response.ts';

/** The Open Inference Protocol over REST. */
export const restWire: Wire = { name: 'rest', read: readInferRequest, write: writeInferResponse };
