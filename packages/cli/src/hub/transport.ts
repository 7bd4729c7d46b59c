import { X509Certificate } from 'node:crypto';
import { verifyIdentity } from '@skerry/contracts';
import type { Clock, Http, HttpTls } from '@skerry/kit';
import type { SendRequest } from '@skerry/sdk';
import { failure } from '../errors.ts';

const deadlineMs = 30_000;
const maxBytes = 64 * 1024 * 1024;

export interface TransportOptions {
  readonly http: Http;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** The pinned root, PEM, and which hub; absent while nobody is known yet: then nothing secret may be sent. */
  readonly pinned?: { readonly root: string; readonly hubId: string } | undefined;
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

function tlsFor(pinned: TransportOptions['pinned'], clock: Clock): HttpTls {
  const unchecked = { rejectUnauthorized: false, checkServerIdentity: () => undefined };
  if (!pinned) return unchecked;
  const root = new X509Certificate(pinned.root).raw;
  return {
    ...unchecked,
    verifyPeer(chain) {
      const verdict = verifyIdentity(chain, { root, now: clock.now(), kind: 'hub', hubId: pinned.hubId });
      if (!verdict.ok)
        throw failure('CertificateRefused', `this is not the hub that you logged in to: ${verdict.why}`);
    },
  };
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
