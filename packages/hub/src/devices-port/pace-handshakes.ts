import type { Server, Socket } from 'node:net';
import type { Clock, Stop } from '@skerry/kit';

type Begin = (socket: Socket) => void;

/** Handshakes that begin at once, after a quiet time. */
const BURST = 16;
/** Milliseconds from one to the next of those that wait; one costs about 3 ms of the thread that serves all devices. */
const APART_MS = 8;

/**
 * Lets the TLS handshakes of a server begin one after the other when many come at once, in the order of arrival: else
 * a thousand devices that return would keep those who are connected waiting for seconds. Those who wait are bounded by
 * the server's `maxConnections`; when it is stopped, they are cut.
 */
export function paceHandshakes(server: Server, clock: Clock): Stop {
  const begins = server.listeners('connection') as Begin[];
  server.removeAllListeners('connection');
  const waiting = new Set<Socket>();
  let allowance = BURST;
  let stop: Stop | undefined;

  const begin = (socket: Socket) => {
    allowance -= 1;
    for (const one of begins) one.call(server, socket);
  };
  const refill = () => {
    stop = undefined;
    allowance += 1;
    const [next] = waiting;
    if (next) {
      waiting.delete(next);
      begin(next);
    }
    if (waiting.size > 0 || allowance < BURST) stop = clock.timer(APART_MS, refill);
  };

  const queue = (socket: Socket) => {
    waiting.add(socket);
    socket.once('close', () => waiting.delete(socket)).once('error', () => socket.destroy());
  };

  server.on('connection', (socket: Socket) => {
    if (allowance > 0) begin(socket);
    else queue(socket);
    stop ??= clock.timer(APART_MS, refill);
  });
  return () => {
    stop?.();
    for (const socket of waiting) socket.destroy();
  };
}
