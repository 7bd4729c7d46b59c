import { Client, credentials } from '@grpc/grpc-js';
import { answerOrders } from '../orders.ts';
import { applyCalls, type GrpcClient, type GrpcLoadOrder } from './grpc-calls.ts';
import { modelInferPath } from './infer-message.ts';

const asItIs = (bytes: Buffer) => bytes;

// Calls as people make them, by the library's own clients.
answerOrders((order: GrpcLoadOrder) => {
  const request = Buffer.from(order.request);
  return applyCalls(order, () => openClient(order.port, request));
});

function openClient(port: number, request: Buffer): GrpcClient {
  // Clients of one process and one target would share a connection.
  const options = { 'grpc.use_local_subchannel_pool': 1 };
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), options);
  return {
    call: (onAnswer) =>
      void client.makeUnaryRequest(modelInferPath, asItIs, asItIs, request, (error, answer) =>
        onAnswer(error ?? answer!),
      ),
    close: () => client.close(),
  };
}
