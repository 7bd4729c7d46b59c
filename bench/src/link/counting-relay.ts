import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { portOf } from '@skerry/testkit';

/** What passed, both ways together. */
export interface Traffic {
  /** Bytes that TCP carried: TLS records, handshakes included. */
  readonly payload: number;
  /** The same with the headers of the packets that carry and acknowledge them. */
  readonly atIp: number;
}

export interface CountingRelay extends AsyncDisposable {
  readonly port: number;
  traffic(): Traffic;
}

/** TCP over IPv4 with timestamps in Ethernet's 1,500 bytes (RFC 791, RFC 9293, RFC 7323). */
const HEADERS = 20 + 32;
const SEGMENT = 1500 - HEADERS;
/** A receiver acknowledges every second full segment, and whatever comes alone (RFC 5681 §4.2). */
const SEGMENTS_AN_ACK = 2;

/** A wire that counts what goes through it, and reckons what the same would be on Ethernet. */
export async function startCountingRelay(target: number): Promise<CountingRelay> {
  const sockets = new Set<Socket>();
  let payload = 0;
  let packets = 0;
  const pipe = (from: Socket, to: Socket) => {
    sockets.add(from);
    from.on('data', (bytes) => {
      const segments = Math.ceil(bytes.length / SEGMENT);
      payload += bytes.length;
      packets += segments + Math.ceil(segments / SEGMENTS_AN_ACK);
      to.write(bytes);
    });
    from.on('error', () => from.destroy());
    from.once('close', () => {
      sockets.delete(from);
      to.destroy();
    });
  };
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ port: target, host: '127.0.0.1', noDelay: true });
    pipe(client, upstream);
    pipe(upstream, client);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: portOf(server),
    traffic: () => ({ payload, atIp: payload + packets * HEADERS }),
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
