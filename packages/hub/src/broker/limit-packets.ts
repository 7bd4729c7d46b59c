import { Duplex } from 'node:stream';
import { packetInspector, type Verdict } from './packet-inspector.ts';

/**
 * The same connection, cut off as soon as a packet announces more than `maxBytes`: `onRefused` is told
 * why, and nothing of that packet reaches the reader. Backpressure passes through in both directions.
 */
export function limitPackets(
  connection: Duplex,
  maxBytes: number,
  onRefused: (why: Exclude<Verdict, 'ok'>) => void,
): Duplex {
  const inspect = packetInspector(maxBytes);
  const limited = new Duplex({
    read: () => void connection.resume(),
    write: (chunk, encoding, done) => void connection.write(chunk, encoding, done),
    final: (done) => void connection.end(() => done()),
    destroy: (error, done) => {
      connection.destroy();
      done(error);
    },
  });
  connection.on('data', (chunk: Buffer) => {
    const verdict = inspect(chunk);
    if (verdict === 'ok') {
      if (!limited.push(chunk)) connection.pause();
      return;
    }
    connection.pause();
    limited.destroy();
    onRefused(verdict);
  });
  connection.on('end', () => limited.push(null));
  connection.on('error', (error) => limited.destroy(error));
  connection.on('close', () => limited.destroy());
  return limited;
}
