/** The library, which is imported once a client comes: most runtimes never see one that speaks gRPC. */
export type Grpc = typeof import('@grpc/grpc-js');

export const importGrpc = async (): Promise<Grpc> => (await import('@grpc/grpc-js')).default;
