import type { Socket } from 'node:net';
import { isIP } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { isSkerryError } from '@skerry/kit';
import { type Dial, endpointOf, openedTls, peerChain } from '@skerry/kit/node';
import { agentError } from '../errors.ts';
import { requireHub } from '../identity/hub-client.ts';
import { type DeviceIdentity, derOf } from '../identity/identity.ts';
import type { TrustedTime } from '../identity/trusted-time.ts';

export interface TlsWay {
  readonly identity: DeviceIdentity;
  readonly time: TrustedTime;
  readonly dial: Dial;
}

/**
 * Mutual TLS to one of the hub's addresses. The hub's certificate is judged before anything is said over the
 * connection; no TLS session is resumed. Rejects with `Unreachable` or `CertificateRefused`.
 */
export async function openTls(address: URL, way: TlsWay, signal: AbortSignal): Promise<TLSSocket> {
  const { identity, time, dial } = way;
  const endpoint = endpointOf(address);
  try {
    const raw = await dial(endpoint, signal);
    const socket = await openedTls(tlsOptions(endpoint.host, raw, identity), signal);
    return refuseOthers(socket, () =>
      requireHub(peerChain(socket), derOf(identity.root), identity.hubId, time),
    );
  } catch (error) {
    throw signal.aborted ? signal.reason : unreachable(address, error);
  }
}

function tlsOptions(host: string, socket: Socket, { chain, key }: DeviceIdentity) {
  return {
    socket,
    host,
    ...(isIP(host) === 0 && { servername: host }),
    cert: chain.join('\n'),
    key,
    rejectUnauthorized: false,
    ALPNProtocols: ['http/1.1'],
  };
}

function refuseOthers(socket: TLSSocket, check: () => void): TLSSocket {
  try {
    check();
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** What the system or a library says, as an error of ours. */
export function unreachable(address: URL, cause: unknown): unknown {
  if (!(cause instanceof Error) || isSkerryError(cause)) return cause;
  const why = cause instanceof AggregateError ? cause.errors[0]?.message : cause.message;
  return agentError('Unreachable', `${address.host} cannot be reached: ${why}`, { cause });
}
