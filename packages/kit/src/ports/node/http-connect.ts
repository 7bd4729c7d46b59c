import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type PeerCertificate, type TLSSocket } from 'node:tls';
import { isSkerryError } from '../../errors.ts';
import type { HttpRequest, HttpTls } from '../http.ts';
import { certificateRefused } from './http-errors.ts';

/** A connection ready for a request; with TLS, after the peer was verified. Destroyed when the signal aborts. */
export async function openConnection(request: HttpRequest, signal: AbortSignal): Promise<Socket> {
  const url = new URL(request.url);
  const secure = url.protocol === 'https:';
  const socket = secure ? connectTls(tlsOptions(url, request)) : connect(addressOf(url, request));
  const abort = () => socket.destroy(signal.reason);
  signal.addEventListener('abort', abort);
  try {
    signal.throwIfAborted();
    await once(socket, secure ? 'secureConnect' : 'connect');
    verify(socket, request);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function verify(socket: Socket, request: HttpRequest): void {
  try {
    request.tls?.verifyPeer?.(peerChain(socket));
  } catch (error) {
    throw isSkerryError(error) ? error : certificateRefused(error, request);
  }
}

/** The certificates that the peer presented: DER, leaf first. */
export function peerChain(socket: Socket): Uint8Array[] {
  if (!('getPeerCertificate' in socket)) return [];
  const chain: Uint8Array[] = [];
  let at: Partial<PeerCertificate> & { issuerCertificate?: PeerCertificate } = (
    socket as TLSSocket
  ).getPeerCertificate(true);
  while (at?.raw && chain.length < 10) {
    chain.push(at.raw);
    if (at.issuerCertificate === at || at.issuerCertificate === undefined) break;
    at = at.issuerCertificate;
  }
  return chain;
}

function addressOf(url: URL, { socketPath }: HttpRequest) {
  if (socketPath !== undefined) return { path: socketPath };
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port };
}

function tlsOptions(url: URL, request: HttpRequest) {
  const tls: HttpTls = request.tls ?? {};
  const address = addressOf(url, request);
  const name = 'host' in address && !isIP(address.host) ? address.host : undefined;
  const { servername = name, ca, cert, key, checkServerIdentity, rejectUnauthorized = true } = tls;
  const given = { servername, ca: listOf(ca), cert: bufferOf(cert), key: bufferOf(key), checkServerIdentity };
  const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { ...address, ...known, rejectUnauthorized, ALPNProtocols: ['http/1.1'] };
}

const bufferOf = (value: string | Uint8Array | undefined) =>
  value instanceof Uint8Array ? Buffer.from(value) : value;

const listOf = (value: HttpTls['ca']) =>
  value === undefined || typeof value === 'string' || value instanceof Uint8Array
    ? bufferOf(value)
    : value.map(bufferOf);

function once(socket: Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(event, resolve);
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the connection was closed')));
  });
}
