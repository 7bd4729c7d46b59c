import type { FastifyReply } from 'fastify';

/**
 * Aborts when an answer is over: it was given, or nobody is there any more to get it. One that waits behind another on
 * its connection hears nothing of their end, so the connection is watched too.
 */
export function answerOver({ raw, request }: Pick<FastifyReply, 'raw' | 'request'>): AbortSignal {
  const over = new AbortController();
  const { socket } = request.raw;
  const end = () => {
    raw.off('close', end);
    socket.off('close', end);
    over.abort();
  };
  raw.once('close', end);
  socket.once('close', end);
  if (raw.closed || socket.destroyed) end();
  return over.signal;
}
