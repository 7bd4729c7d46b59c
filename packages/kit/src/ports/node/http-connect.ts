import { connect, isIP, type Socket } from 'node:net';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import { isSkerryError } from '../../errors.ts';
import type { HttpRequest, HttpTls } from '../http.ts';
import { type Dial, dialDirectly, opened, openedTls } from './dial.ts';
import { certificateRefused } from './http-errors.ts';
import { endpointOf } from './proxy.ts';

/** A connection ready for a request; with TLS, after the peer was verified. Destroyed when the signal aborts. */
export async function openConnection(request: HttpRequest, dial: Dial, signal: AbortSignal): Promise<Socket> {
  const url = new URL(request.url);
  const secure = url.protocol === 'https:';
  const way = secure && request.socketPath === undefined ? dial : dialDirectly;
  const raw = await (request.socketPath === undefined
    ? way(endpointOf(url), signal)
    : opened(connect({ path: request.socketPath }), 'connect', signal));
  if (!secure) return raw;
  const socket = await openedTls(tlsOptions(url, request, raw), signal);
  try {
    verify(socket, request);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
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

function tlsOptions(url: URL, request: HttpRequest, socket: Socket) {
  const tls: HttpTls = request.tls ?? {};
  const { host } = endpointOf(url);
  const name = isIP(host) ? undefined : host;
  const { servername = name, ca, cert, key, checkServerIdentity, rejectUnauthorized = true } = tls;
  const given = { servername, ca: listOf(ca), cert: bufferOf(cert), key: bufferOf(key), checkServerIdentity };
  const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { socket, host, ...known, rejectUnauthorized, ALPNProtocols: ['http/1.1'] };
}

const bufferOf = (value: string | Uint8Array | undefined) =>
  value instanceof Uint8Array ? Buffer.from(value) : value;

const listOf = (value: HttpTls['ca']) =>
  value === undefined || typeof value === 'string' || value instanceof Uint8Array
    ? bufferOf(value)
    : value.map(bufferOf);
