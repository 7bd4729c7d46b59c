import { X509Certificate } from 'node:crypto';
import { verifyIdentity } from '@skerry/contracts';
import type { Clock, Http, HttpTls } from '@skerry/kit';
import type { SendRequest } from '@skerry/sdk';
import { failure } from '../errors.ts';

const deadlineMs = 30_000;
const maxBytes = 64 * 1024 * 1024;

/** The root that is pinned, PEM, and which hub. */
export interface Pinned {
  readonly root: string;
  readonly hubId: string;
}

export interface TransportOptions {
  readonly http: Http;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** Absent while nobody is known yet: then nothing secret may be sent. */
  readonly pinned?: Pinned | undefined;
}

/** Sends the requests of the hub's client. TLS is trusted by the pinned root alone, decided by the one identity function. */
export function hubTransport({ http, clock, signal, pinned }: TransportOptions): SendRequest {
  return async ({ method, url, headers, body }) => {
    const tls = url.startsWith('https:') ? tlsFor(pinned, clock) : undefined;
    const request = { method, url, headers, body, tls, signal, deadlineMs, maxBytes };
    const response = await http.request(request);
    return { status: response.status, headers: response.headers, body: await response.body() };
  };
}

const unchecked: HttpTls = { rejectUnauthorized: false, checkServerIdentity: () => undefined };

function tlsFor(pinned: Pinned | undefined, clock: Clock): HttpTls {
  if (!pinned) return unchecked;
  return { ...unchecked, verifyPeer: (chain) => requireHub(chain, pinned, clock) };
}

/** Throws `CertificateRefused` unless the chain (DER, leaf first) is that hub's. */
export function requireHub(
  chain: readonly Uint8Array[],
  { root, hubId }: Pinned,
  clock: Pick<Clock, 'now'>,
): void {
  const trust = { root: new X509Certificate(root).raw, now: clock.now(), kind: 'hub' as const, hubId };
  const verdict = verifyIdentity(chain, trust);
  if (!verdict.ok)
    throw failure('CertificateRefused', `this is not the hub that you logged in to: ${verdict.why}`);
}

/** What whoever answers there says, and the chain that it shows: to be believed no further than it proves itself. */
export async function askUnverified(
  { http, signal }: Pick<TransportOptions, 'http' | 'signal'>,
  url: string,
): Promise<{ readonly json: unknown; readonly chain: readonly Uint8Array[] }> {
  const tls = { ...unchecked, verifyPeer: () => {} };
  const response = await http.request({ method: 'GET', url, tls, signal, deadlineMs, maxBytes: 2 * 2 ** 20 });
  const text = Buffer.from(await response.body()).toString();
  return { json: JSON.parse(text), chain: response.peerChain() };
}

/** Over the network only with TLS: a token that travels in clear is everybody's. Throws `BadUsage`. */
export function hubUrl(text: string): string {
  const url = URL.parse(/^[a-z]+:\/\//.test(text) ? text : `https://${text}`);
  if (!url || !/^https?:$/.test(url.protocol))
    throw failure('BadUsage', `“${text}” is not the address of a hub`, {
      next: 'Give it as the hub printed it, such as https://hub.example.com:8080.',
    });
  if (url.protocol === 'http:' && !isLoopback(url.hostname))
    throw failure('BadUsage', `${url.origin} is not encrypted, and your token would travel over it`, {
      next: `Use https://${url.host}; plain http is for the hub's own machine (127.0.0.1).`,
    });
  return url.origin;
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}
