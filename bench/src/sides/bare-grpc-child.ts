import { Server, ServerCredentials } from '@grpc/grpc-js';
import { type InferMessage, modelInferPath, readInferRequest } from '../load/infer-message.ts';
import { answerOrders } from '../orders.ts';

// Reference (a) for gRPC: what any server on the same library pays to read a `ModelInferRequest` and answer. The
// order is the answer that it gives from then on; the result is its port.
const server = new Server();
const methods = {
  modelInfer: {
    path: modelInferPath,
    requestStream: false,
    responseStream: false,
    requestDeserialize: readInferRequest,
    requestSerialize: (message: InferMessage) => Buffer.from(message.raw),
    responseSerialize: (bytes: Buffer) => bytes,
    responseDeserialize: (bytes: Buffer) => bytes,
  },
};
server.addService(methods, {
  modelInfer: (_call: unknown, respond: (error: null, bytes: Buffer) => void) => respond(null, answer),
});

let answer = Buffer.alloc(0);
const port = new Promise<number>((resolve, reject) => {
  const credentials = ServerCredentials.createInsecure();
  server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
});

answerOrders((bytes: Uint8Array) => {
  answer = Buffer.from(bytes);
  return port;
});

process.once('disconnect', () => server.forceShutdown());
