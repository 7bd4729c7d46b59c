import type { Server } from 'node:https';
import type { FastifyInstance } from 'fastify';

/**
 * What it gives back is to be called when the hub shows another chain: connections that were shown the former one end,
 * at once where nothing is asked on them, else with the next answer. So whoever asks finds what is signed under the
 * chain that it was shown. Streams over WebSocket stay.
 */
export function endingFormer(app: FastifyInstance, server: Server): () => void {
  let current = new WeakSet<object>();
  server.on('secureConnection', (socket) => current.add(socket));
  app.addHook('onSend', (request, reply, _payload, done) => {
    if (!current.has(request.raw.socket)) reply.header('connection', 'close');
    done();
  });
  return () => {
    current = new WeakSet();
    server.closeIdleConnections();
  };
}
