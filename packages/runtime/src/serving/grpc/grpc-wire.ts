import type { Wire } from '../wire.ts';
import { readInferRequest } from './infer-request.ts';
import { writeInferResponse } from './infer-response.ts';

/** The Open Inference Protocol over gRPC. */
export const grpcWire: Wire = { name: 'grpc', read: readInferRequest, write: writeInferResponse };
