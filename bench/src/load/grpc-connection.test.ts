import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData, status } from '@grpc/grpc-js';
import { openGrpcConnection } from './grpc-connection.ts';

const bytes = (one: Buffer) => one;
const shape = {
  requestStream: false,
  responseStream: false,
  requestSerialize: bytes,
  requestDeserialize: bytes,
  responseSerialize: bytes,
  responseDeserialize: bytes,
} as const;

type Respond = sendUnaryData<Buffer>;
const echo = ({ request }: ServerUnaryCall<Buffer, Buffer>, respond: Respond) => respond(null, request);
const refuse = (_: unknown, respond: Respond) => respond({ code: status.UNAVAILABLE, details: 'busy' });

test('a server on grpc-js understands the calls, several at a time, and a refusal is no answer', async (t) => {
  const server = new Server();
  server.addService(
    { echo: { ...shape, path: '/test.Test/Echo' }, refuse: { ...shape, path: '/test.Test/Refuse' } },
    { echo, refuse },
  );
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  t.after(() => server.forceShutdown());

  const ask = async (path: string, message: Buffer, times: number) => {
    const connection = openGrpcConnection(port, path, message);
    t.after(() => connection.close());
    const calls = Array.from(
      { length: times },
      () => new Promise<Buffer | Error>((resolve) => connection.call(resolve)),
    );
    return Promise.all(calls);
  };
  for (const size of [0, 3, 10_000]) {
    const message = Buffer.alloc(size, 7);
    assert.deepEqual(await ask('/test.Test/Echo', message, 3), [message, message, message]);
  }
  assert.match(String((await ask('/test.Test/Refuse', Buffer.of(1), 1))[0]), /no message/);
});
