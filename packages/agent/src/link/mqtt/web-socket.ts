import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { maxPacketBytes } from '@skerry/contracts';
import WebSocket, { createWebSocketStream } from 'ws';
import { openTls, type TlsWay, unreachable } from '../open-tls.ts';

/** A WebSocket for MQTT (MQTT 3.1.1 §6) to one of the hub's addresses, as a stream. */
export async function openWebSocket(address: URL, way: TlsWay, signal: AbortSignal): Promise<Duplex> {
  const socket = await openTls(address, way, signal);
  const cut = () => socket.destroy();
  signal.addEventListener('abort', cut);
  try {
    signal.throwIfAborted();
    return await upgrade(address, socket);
  } catch (error) {
    socket.destroy();
    throw signal.aborted ? signal.reason : unreachable(address, error);
  } finally {
    signal.removeEventListener('abort', cut);
  }
}

async function upgrade(address: URL, socket: TLSSocket): Promise<Duplex> {
  const url = `wss://${address.host}/mqtt`;
  const options = { createConnection: () => socket, perMessageDeflate: false, maxPayload: maxPacketBytes };
  const webSocket = new WebSocket(url, ['mqtt'], options);
  const stream = createWebSocketStream(webSocket);
  // By itself the stream ends only on its readable side, and whoever waits for its close waits for ever.
  webSocket.once('close', () => stream.destroy());
  // An upgrade that is refused is told below; the stream repeats it when nobody listens yet.
  stream.on('error', () => {});
  await new Promise<void>((resolve, reject) => {
    webSocket.once('open', resolve);
    webSocket.once('error', reject);
    socket.once('close', () => reject(new Error('the connection was closed')));
  });
  return stream;
}
