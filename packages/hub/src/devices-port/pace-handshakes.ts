import type { Server, Socket } from 'node:net';
import type { Clock, Stop } from '@skerry/kit';

type Begin = (socket: Socket) => void;

/** Handshakes that begin at once, after a quiet time. */
const BURST = 16;
/** Milliseconds from one to the next of those that wait; one costs about 3 ms of the thread that serves all devices. */
const APART_MS = 8;
/** Of who waits, more than it has to say before it is answered. */
const MOST_HEARD_BYTES = 16 * 1024;

/**
 * Lets the TLS handshakes of a server begin one after the other when many come at once: else a thousand devices that
 * return would keep those who are connected waiting for seconds. Addresses take turns, each in its order of arrival,
 * so that nobody who opens connections by the thousand keeps the others out. Those who wait are bounded by the server's
 * `maxConnections`; when it is stopped, they are cut, and so is who comes later.
 */
export function paceHandshakes(server: Server, clock: Clock): Stop {
  const begins = server.listeners('connection') as Begin[];
  server.removeAllListeners('connection');
  const waiting = inTurns();
  let allowance = BURST;
  let stop: Stop | undefined;
  let stopped = false;

  const begin = (socket: Socket) => {
    allowance -= 1;
    for (const one of begins) one.call(server, socket);
  };
  const refill = () => {
    stop = undefined;
    allowance += 1;
    waiting.next()?.();
    if (waiting.any() || allowance < BURST) stop = clock.timer(APART_MS, refill);
  };

  const queue = (socket: Socket) => {
    const giveBack = hear(socket);
    const leave = waiting.add(socket, () => {
      giveBack();
      begin(socket);
    });
    socket.once('close', leave).once('error', () => socket.destroy());
  };

  server.on('connection', (socket: Socket) => {
    if (stopped) return socket.destroy();
    if (allowance > 0) begin(socket);
    else queue(socket);
    stop ??= clock.timer(APART_MS, refill);
  });
  return () => {
    stopped = true;
    stop?.();
    for (const socket of waiting.all()) socket.destroy();
  };
}

/**
 * Reads what a socket says while it waits: who has given up is gone only once that was read, and would take a turn from
 * those who came after it, for nothing. Gives what puts all of it back.
 */
function hear(socket: Socket): () => void {
  const heard: Buffer[] = [];
  let bytes = 0;
  const read = () => {
    while (bytes < MOST_HEARD_BYTES) {
      const some: Buffer | null = socket.read();
      if (some === null) return;
      heard.push(some);
      bytes += some.length;
    }
  };
  socket.on('readable', read);
  return () => {
    socket.off('readable', read);
    if (bytes > 0) socket.unshift(Buffer.concat(heard));
  };
}

/** Sockets that wait, by their address: the next is of the address that has waited longest since its last turn. */
function inTurns() {
  const lines = new Map<string, Map<Socket, () => void>>();
  const leave = (address: string, socket: Socket) => {
    const line = lines.get(address);
    line?.delete(socket);
    if (line?.size === 0) lines.delete(address);
  };
  return {
    any: () => lines.size > 0,
    all: () => [...lines.values()].flatMap((line) => [...line.keys()]),
    /** Gives what takes it out again. */
    add(socket: Socket, begin: () => void): Stop {
      const address = socket.remoteAddress ?? '';
      lines.set(address, (lines.get(address) ?? new Map()).set(socket, begin));
      return () => leave(address, socket);
    },
    /** What begins with the next one. */
    next(): (() => void) | undefined {
      for (const [address, line] of lines) {
        const [next] = line;
        lines.delete(address);
        if (!next) continue;
        const [socket, begin] = next;
        line.delete(socket);
        if (line.size > 0) lines.set(address, line);
        return begin;
      }
      return undefined;
    },
  };
}
