import { answerOrders } from '../orders.ts';
import { applyCalls, type GrpcLoadOrder } from './grpc-calls.ts';
import { openGrpcConnection } from './grpc-connection.ts';
import { modelInferPath } from './infer-message.ts';

// Calls that cost the load next to nothing, so that a server is what limits them.
answerOrders((order: GrpcLoadOrder) =>
  applyCalls(order, () => openGrpcConnection(order.port, modelInferPath, order.request)),
);
