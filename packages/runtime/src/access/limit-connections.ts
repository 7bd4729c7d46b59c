import type { Server, Socket } from 'node:net';

/** Whether a connection is one too many, so that its request is refused. */
export type IsTooMany = (socket: Socket) => boolean;

/** Beyond the limit so many more are let in to be told so; what comes on top is cut off without a word. */
const TOLD = 64;

/** Counts a server's connections; `event` is `secureConnection` where it speaks TLS. */
export function limitConnections(
  server: Server,
  event: 'connection' | 'secureConnection',
  limit: number,
): IsTooMany {
  const tooMany = new WeakSet<Socket>();
  let open = 0;
  server.maxConnections = limit + TOLD;
  server.on(event, (socket: Socket) => {
    open++;
    if (open > limit) tooMany.add(socket);
    socket.once('close', () => open--);
  });
  return (socket) => tooMany.has(socket);
}
