import { connect } from 'node:net';
import type { GrpcClient } from './grpc-calls.ts';
import { type Frame, frameBytes, frameFlag, frameReader, frameType, literalHeader } from './http2-frames.ts';

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const messageHead = 5;
const largestWindow = 0x7fffffff;

/**
 * The same request again and again, its frames made once: a client library would cost more than the servers that are
 * measured. A call without a message counts as failed, whatever its status. What is under way at a time must fit into
 * the 64 KiB that a server takes at first (RFC 9113 §6.9.2).
 */
export function openGrpcConnection(port: number, path: string, message: Uint8Array): GrpcClient {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const calls = new Map<number, Call>();
  const { bytes: request, streamAt } = requestFrames(port, path, message);
  let nextStream = 1;

  const fail = (reason: string) => {
    socket.destroy();
    for (const { onAnswer } of calls.values()) onAnswer(new Error(reason));
    calls.clear();
  };
  const settle = (stream: number) => {
    const call = calls.get(stream);
    if (!call) return;
    calls.delete(stream);
    const bytes = Buffer.concat(call.pieces);
    call.onAnswer(bytes.length < messageHead ? new Error('no message') : bytes.subarray(messageHead));
  };
  const take = ({ type, flags, stream, payload }: Frame) => {
    if (type === frameType.data) calls.get(stream)?.pieces.push(payload);
    if (type === frameType.goAway) return fail('the server sent GOAWAY');
    if (type === frameType.settings && !(flags & frameFlag.ack))
      socket.write(acknowledge(type, Buffer.alloc(0)));
    if (type === frameType.ping && !(flags & frameFlag.ack)) socket.write(acknowledge(type, payload));
    const ends = type === frameType.data || type === frameType.headers;
    if (type === frameType.reset || (ends && flags & frameFlag.endStream)) settle(stream);
  };

  socket.write(opening());
  socket.on('data', frameReader(take));
  socket.on('error', (error) => fail(error.message)).on('close', () => fail('the connection was closed'));
  return {
    call(onAnswer) {
      const stream = nextStream;
      nextStream += 2;
      calls.set(stream, { onAnswer, pieces: [] });
      const bytes = Buffer.from(request);
      for (const at of streamAt) bytes.writeUInt32BE(stream, at);
      socket.write(bytes);
    },
    close: () => void socket.destroy(),
  };
}

interface Call {
  readonly onAnswer: (answer: Buffer | Error) => void;
  readonly pieces: Buffer[];
}

/** Windows so wide that flow control never speaks. */
function opening(): Buffer {
  const settings = Buffer.alloc(6);
  settings.writeUInt16BE(4, 0); // SETTINGS_INITIAL_WINDOW_SIZE
  settings.writeUInt32BE(largestWindow, 2);
  const window = Buffer.alloc(4);
  window.writeUInt32BE(largestWindow - 65_535);
  return Buffer.concat([
    preface,
    frameBytes({ type: frameType.settings, flags: 0, stream: 0, payload: settings }),
    frameBytes({ type: frameType.windowUpdate, flags: 0, stream: 0, payload: window }),
  ]);
}

function acknowledge(type: number, payload: Buffer): Buffer {
  return frameBytes({ type, flags: frameFlag.ack, stream: 0, payload });
}

/** Headers and message (gRPC over HTTP/2), and where in them the number of the stream stands. */
function requestFrames(port: number, path: string, message: Uint8Array) {
  const fields = {
    ':method': 'POST',
    ':scheme': 'http',
    ':path': path,
    ':authority': `127.0.0.1:${port}`,
    'content-type': 'application/grpc',
    te: 'trailers',
  };
  const payload = Buffer.concat(Object.entries(fields).map(([name, value]) => literalHeader(name, value)));
  const headers = frameBytes({ type: frameType.headers, flags: frameFlag.endHeaders, stream: 0, payload });
  const prefix = Buffer.alloc(messageHead);
  prefix.writeUInt32BE(message.length, 1);
  const body = Buffer.concat([prefix, message]);
  const data = frameBytes({ type: frameType.data, flags: frameFlag.endStream, stream: 0, payload: body });
  return { bytes: Buffer.concat([headers, data]), streamAt: [5, headers.length + 5] };
}
