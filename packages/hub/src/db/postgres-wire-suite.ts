import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { PGlite } from '@electric-sql/pglite';
import { createPostgres } from './postgres-template-suite.ts';

const sslRequest = 80877103;
/** ReadyForQuery outside a transaction. */
const idle = Buffer.from('5a0000000549', 'hex');

export interface ServedPostgres {
  readonly url: string;
  /** Breaks all connections, as a restart does. */
  cut(): void;
  close(): Promise<void>;
}

/**
 * PGlite behind PostgreSQL's wire protocol (its manual, "Message Flow"), so that the real client and its pool are
 * tested. PGlite has one session: a connection has it from its first message until it is idle again.
 */
export async function servePostgres(): Promise<ServedPostgres> {
  const postgres = await createPostgres();
  const sockets = new Set<Socket>();
  const session = turns();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket.on('error', () => socket.destroy()));
    socket.once('close', () => sockets.delete(socket));
    void serve(socket, postgres, session).catch(() => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const close = async () => {
    cut();
    server.close();
    await postgres.close();
  };
  return { url: `postgres://postgres@127.0.0.1:${port}/postgres`, cut, close };
}

async function serve(socket: Socket, postgres: PGlite, session: Turns): Promise<void> {
  let started = false;
  let leave: (() => void) | undefined;
  try {
    for await (const message of messagesOf(socket, () => started)) {
      if (!started && message.readInt32BE(4) === sslRequest) {
        socket.write('N');
        continue;
      }
      started = true;
      leave ??= await session();
      const answer = Buffer.from(await postgres.execProtocolRaw(message));
      socket.write(answer);
      if (!answer.subarray(-idle.length).equals(idle)) continue;
      leave();
      leave = undefined;
    }
  } finally {
    if (leave) await postgres.exec('rollback').finally(leave);
  }
}

async function* messagesOf(socket: Socket, isStarted: () => boolean): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of socket) {
    rest = Buffer.concat([rest, chunk as Buffer]);
    for (let message = firstMessage(rest, isStarted()); message; message = firstMessage(rest, isStarted())) {
      rest = rest.subarray(message.length);
      yield message;
    }
  }
}

/** Before the start-up message is through, messages have no type byte. */
function firstMessage(bytes: Buffer, started: boolean): Buffer | undefined {
  const head = started ? 1 : 0;
  if (bytes.length < head + 4) return undefined;
  const length = head + bytes.readInt32BE(head);
  return bytes.length < length ? undefined : bytes.subarray(0, length);
}

/** Gives one turn after the other; each ends by calling what it was given. */
type Turns = () => Promise<() => void>;

function turns(): Turns {
  let last: Promise<void> = Promise.resolve();
  return async () => {
    const before = last;
    const { promise, resolve } = Promise.withResolvers<void>();
    last = promise;
    await before;
    return resolve;
  };
}
