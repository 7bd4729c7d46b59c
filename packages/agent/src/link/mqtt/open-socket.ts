import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect, type PeerCertificate, type TLSSocket } from 'node:tls';
import { maxPacketBytes } from '@skerry/contracts';
import WebSocket, { createWebSocketStream } from 'ws';
import { agentError } from '../../errors.ts';
import { requireHub } from '../../identity/hub-client.ts';
import { type DeviceIdentity, derOf } from '../../identity/identity.ts';
import type { TrustedTime } from '../../identity/trusted-time.ts';

/**
 * A WebSocket for MQTT (MQTT 3.1.1 §6) to one of the hub's addresses, as a stream. The hub's certificate is judged
 * before anything is said over the connection; no TLS session is resumed.
 */
export async function openSocket(
  address: URL,
  identity: DeviceIdentity,
  time: TrustedTime,
  signal: AbortSignal,
): Promise<Duplex> {
  const socket = connect(tlsOptions(address, identity));
  const cut = () => socket.destroy();
  signal.addEventListener('abort', cut);
  try {
    signal.throwIfAborted();
    await happened(socket, 'secureConnect');
    requireHub(presentedBy(socket), derOf(identity.root), identity.hubId, time);
    return await upgrade(address, socket);
  } catch (error) {
    socket.destroy();
    throw signal.aborted ? signal.reason : unreachable(address, error);
  } finally {
    signal.removeEventListener('abort', cut);
  }
}

function tlsOptions({ hostname, port }: URL, { chain, key }: DeviceIdentity) {
  const host = hostname.replace(/^\[|\]$/g, '');
  return {
    host,
    port: Number(port || 443),
    ...(isIP(host) === 0 && { servername: host }),
    cert: chain.join('\n'),
    key,
    rejectUnauthorized: false,
    ALPNProtocols: ['http/1.1'],
  };
}

/** DER, leaf first. */
function presentedBy(socket: TLSSocket): Uint8Array[] {
  const chain: Uint8Array[] = [];
  let at: Partial<PeerCertificate> & { issuerCertificate?: PeerCertificate } =
    socket.getPeerCertificate(true);
  while (at?.raw && chain.length < 4) {
    chain.push(at.raw);
    if (!at.issuerCertificate || at.issuerCertificate === at) break;
    at = at.issuerCertificate;
  }
  return chain;
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

function happened(socket: TLSSocket, event: 'secureConnect'): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(event, resolve);
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the connection was closed')));
  });
}

function unreachable(address: URL, cause: unknown): unknown {
  if (!(cause instanceof Error) || cause.name === 'SkerryError') return cause;
  const why = cause instanceof AggregateError ? cause.errors[0]?.message : cause.message;
  return agentError('Unreachable', `${address.host} cannot be reached: ${why}`, { cause });
}
